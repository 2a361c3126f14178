// What a recipe says of its outputs. The form has fields for one without a name; those of a recipe that names
// them are shown, and stay as they came. Holds what there is no field for.

/** @import {FilterInfo, Hello, OutputSettings, OutputValues, Recipe} from "./types" */

import { byId, chosenNumber, el, input, shown } from "./dom.js";
import { filterTexts, t, word } from "./i18n.js";

/** Settings that have a list to choose from. */
const CHOICES = /** @type {const} */ (["format", "subsampling", "color", "metadata"]);

export class OutputForm {
  /** @param {() => void} changed told after each change */
  constructor(changed) {
    this.changed = changed;
    /** What the recipe that was taken over last says besides its filters. @type {Recipe} */
    this.taken = {};
    byId("quality").addEventListener("input", changed);
    for (const name of CHOICES) byId(name).addEventListener("change", changed);
  }

  /** @param {Hello} hello */
  offer({ formats, settings }) {
    for (const name of CHOICES) {
      const setting = settings.find((one) => one.name === name);
      // A format may also be called as its files end: once is enough here.
      const words = name === "format" ? formats : (setting?.choices ?? []);
      offer(name, words, setting?.default ?? "");
    }
  }

  /** Whether the recipe names its outputs: then each has a path of its own. */
  get areNamed() {
    return this.taken.outputs !== undefined;
  }

  /** What the recipe says besides its filters. @returns {Recipe} */
  get said() {
    if (this.areNamed) return this.taken;
    const chosen = Object.fromEntries(CHOICES.map((name) => [name, input(name).value]));
    const form = /** @type {OutputSettings} */ ({ ...chosen, ...chosenNumber("quality", "quality") });
    const taken = this.taken.output?.metadata;
    // The form has a field for the policy alone; what is left out and set stays as it came.
    if (typeof taken === "object") form.metadata = { ...taken, policy: policyOf(form.metadata) };
    return { ...this.taken, output: { ...this.taken.output, ...form } };
  }

  /**
   * Takes over what a recipe says besides its filters.
   * @param {Recipe} recipe
   */
  take({ output, ...rest }) {
    this.taken = rest;
    if (!output) return;
    // A quality that is taken out of its field again is none.
    const { quality, ...others } = output;
    this.taken = { ...rest, output: others };
    input("quality").value = String(quality ?? "");
    for (const name of CHOICES) input(name).value = String(output[name]);
    input("metadata").value = policyOf(output.metadata);
  }

  /**
   * Outputs with names stand in place of the fields for the only one.
   * @param {Map<string, FilterInfo>} filters
   */
  show(filters) {
    const { outputs } = this.taken;
    const drop = () => {
      delete this.taken.outputs;
      this.show(filters);
      this.changed();
      byId("format").focus();
    };
    const place = byId("outputs");
    place.hidden = !outputs;
    place.replaceChildren(...(outputs ? list(outputs, filters, drop) : []));
    for (const one of document.querySelectorAll(".of-one"))
      /** @type {HTMLElement} */ (one).hidden = this.areNamed;
  }
}

/**
 * Which metadata goes along.
 * @param {OutputSettings["metadata"]} metadata
 */
function policyOf(metadata) {
  return (typeof metadata === "object" ? metadata.policy : metadata) ?? "keep";
}

/**
 * Fills a list to choose from; what was chosen stays.
 * @param {string} id
 * @param {readonly string[]} words
 * @param {string} usual
 */
export function offer(id, words, usual) {
  const select = /** @type {HTMLSelectElement} */ (byId(id));
  const chosen = select.value || usual;
  // The same word means something else in each of these lists.
  select.replaceChildren(...words.map((one) => el("option", { value: one }, word(`${id}:${one}`))));
  select.value = chosen;
}

/**
 * @param {OutputValues[]} outputs
 * @param {Map<string, FilterInfo>} filters
 * @param {() => void} drop when the user wants the fields of the form instead
 * @returns {Node[]}
 */
function list(outputs, filters, drop) {
  return [
    el("p", { class: "small" }, t("outputs_of_recipe", { n: outputs.length })),
    el("ul", { class: "outputs-list" }, ...outputs.map((output) => row(output, filters))),
    el("button", { type: "button", class: "quiet", id: "drop-outputs", onclick: drop }, t("drop_outputs")),
  ];
}

/**
 * @param {OutputValues} output
 * @param {Map<string, FilterInfo>} filters
 */
function row({ name, path, filters: own = [], format = "keep" }, filters) {
  const titles = own.map((values) => {
    const info = filters.get(values.name);
    return info ? filterTexts(info).title : values.name;
  });
  const what = [word(`format:${format}`), ...titles, ...(path ? [shown(path)] : [])];
  return el(
    "li",
    {},
    el("span", { class: "name" }, shown(name ?? t("output_unnamed"))),
    " ",
    el("span", { class: "dim small" }, what.join(" · ")),
  );
}
