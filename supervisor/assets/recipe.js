// The chain as the editor holds it, and the recipe it stands for. Pure but for the saved recipes, which the
// browser keeps.

/** @import {FilterInfo, FilterValues, FilterRow, Recipe, Value} from "./types" */

const SAVED = "supervisor-recipes";
let lastKey = 0;

/**
 * @param {FilterValues} values
 * @param {boolean} open
 * @returns {FilterRow}
 */
export function newRow(values, open) {
  return { key: ++lastKey, on: true, open, values };
}

/**
 * A filter as its example has it, `NAME`, `NAME=VALUE` or `NAME:key=value,key=value`: a start that works.
 * @param {FilterInfo} info
 * @returns {FilterValues}
 */
export function fromExample(info) {
  const values = /** @type {FilterValues} */ ({ name: info.name });
  const rest = info.example.slice(info.name.length);
  const [first] = info.parameters;
  if (rest.startsWith("=") && first) values[first.name] = typed(info, first.name, rest.slice(1));
  if (rest.startsWith(":")) {
    for (const part of rest.slice(1).split(",")) {
      const at = part.indexOf("=");
      const key = part.slice(0, at);
      values[key] = typed(info, key, part.slice(at + 1));
    }
  }
  return values;
}

/**
 * @param {FilterInfo} info
 * @param {string} name
 * @param {string} text
 * @returns {Value}
 */
function typed(info, name, text) {
  const parameter = info.parameters.find((one) => one.name === name);
  if (parameter?.type === "number" || parameter?.type === "integer") return Number(text);
  if (parameter?.type === "switch") return text === "true";
  return text;
}

/**
 * The recipe of the filters that are switched on.
 * @param {FilterRow[]} chain
 * @param {Recipe} rest what it says besides
 * @returns {Recipe}
 */
export function recipeOf(chain, rest) {
  return { ...rest, filters: chain.filter(({ on }) => on).map(({ values }) => values) };
}

/**
 * What of a recipe changes the frame, not the look: the picture "before" goes through this, so that both
 * lie over each other.
 * @param {Recipe} recipe
 * @param {Map<string, FilterInfo>} filters
 * @returns {Recipe}
 */
export function framingOf(recipe, filters) {
  const frames = (/** @type {FilterValues} */ { name }) => (filters.get(name)?.framing ?? "kept") !== "kept";
  /** @param {FilterValues[]} [all] */
  const framing = (all = []) => all.filter(frames);
  const outputs = recipe.outputs?.map((output) => ({ ...output, filters: framing(output.filters) }));
  return { ...recipe, filters: framing(recipe.filters), ...(outputs ? { outputs } : {}) };
}

/**
 * Which row of the chain is meant by "filter N" of the recipe.
 * @param {FilterRow[]} chain
 * @param {number} index
 */
export function rowAt(chain, index) {
  return chain.filter(({ on }) => on)[index];
}

/**
 * A saved recipe is its TOML, as everywhere.
 * @returns {{name: string, toml: string, text: string}[]}
 */
export function saved() {
  try {
    const list = JSON.parse(localStorage.getItem(SAVED) ?? "[]");
    return Array.isArray(list)
      ? list.filter((one) => typeof one?.name === "string" && typeof one?.toml === "string")
      : [];
  } catch {
    return [];
  }
}

/**
 * Keeps a recipe under a name; the same name replaces it.
 * @param {string} name
 * @param {string} toml
 * @param {string} text
 */
export function save(name, toml, text) {
  const others = saved().filter((one) => one.name !== name);
  localStorage.setItem(
    SAVED,
    JSON.stringify([...others, { name, toml, text }].sort((a, b) => a.name.localeCompare(b.name))),
  );
}

/** @param {string} name */
export function forget(name) {
  localStorage.setItem(SAVED, JSON.stringify(saved().filter((one) => one.name !== name)));
}
