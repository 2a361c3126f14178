// The language of the page, and how texts, words, numbers, sizes and times are written in it. The texts are
// in texts.js, the words of the protocol in words.js.

/** @import {FilterInfo, Parameter} from "./types" */

import { TEXTS } from "./texts.js";
import { WORDS } from "./words.js";

/** @typedef {"en" | "es"} Language */

const LANGUAGE = "supervisor-language";
/** @type {Language} */
let language = "en";
let numbers = new Map();
let plural = new Intl.PluralRules("en");

/** The language chosen earlier, else the first of the browser's that there is. @returns {Language} */
export function chosenLanguage() {
  const chosen = localStorage.getItem(LANGUAGE);
  if (chosen === "en" || chosen === "es") return chosen;
  const known = navigator.languages.map((one) => one.slice(0, 2)).find((one) => one === "en" || one === "es");
  return known === "es" ? "es" : "en";
}

/**
 * @param {Language} to
 * @param {boolean} [keep] whether it is remembered
 */
export function setLanguage(to, keep = false) {
  language = to;
  document.documentElement.lang = to;
  numbers = new Map();
  plural = new Intl.PluralRules(to);
  if (keep) localStorage.setItem(LANGUAGE, to);
}

/**
 * A text in the language chosen.
 * @param {keyof typeof TEXTS} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  /** @type {string} */
  let text = TEXTS[key][language === "es" ? 1 : 0];
  const forms = text.split("|");
  if (forms.length === 2 && typeof values.n === "number")
    text = (plural.select(values.n) === "one" ? forms[0] : forms[1]) ?? text;
  for (const [name, value] of Object.entries(values))
    text = text.replaceAll(`{${name}}`, typeof value === "number" ? number(value) : value);
  return text;
}

/**
 * A word of the protocol in the language chosen.
 * @param {string} name
 */
export function word(name) {
  const known = WORDS[name]?.[language === "es" ? 1 : 0];
  if (known !== undefined) return known;
  if (language === "es")
    return name
      .replace(/^signal (\d+)$/, "señal $1")
      .replace(/^exit code (-?\d+)$/, "código de salida $1")
      .replace(/^[a-z-]+:/, "");
  return name.replace(/^[a-z-]+:/, "");
}

/**
 * Title and help of a filter and its parameters.
 * @param {FilterInfo} info
 */
export function filterTexts(info) {
  /** @param {FilterInfo | Parameter} one */
  const texts = ({ name, summary, spanish }) =>
    language === "es" ? spanish : { title: titled(name), summary };
  const parameters = Object.fromEntries(info.parameters.map((one) => [one.name, texts(one)]));
  return { ...texts(info), parameters };
}

/** @param {string} name `long_edge` */
function titled(name) {
  // `ev`, `x` and `y` are no words.
  return name.length < 3
    ? name.toUpperCase()
    : name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
}

/**
 * Fills in the texts of a piece of the page: data-t, data-t-label, data-t-hint.
 * @param {ParentNode} root
 */
export function translate(root) {
  /** @param {string} name @param {(element: HTMLElement, text: string) => void} set */
  const each = (name, set) => {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[${name}]`)))
      set(element, t(/** @type {keyof typeof TEXTS} */ (element.getAttribute(name))));
  };
  each("data-t", (element, text) => (element.textContent = text));
  each("data-t-label", (element, text) => element.setAttribute("aria-label", text));
  each("data-t-hint", (element, text) => (element.title = text));
}

/**
 * @param {number} value
 * @param {number} [decimals] exactly so many; else as many as it has, up to three
 */
export function number(value, decimals) {
  let format = numbers.get(decimals);
  if (!format) {
    format = new Intl.NumberFormat(
      language,
      decimals === undefined
        ? { maximumFractionDigits: 3, useGrouping: true }
        : { minimumFractionDigits: decimals, maximumFractionDigits: decimals },
    );
    numbers.set(decimals, format);
  }
  return /** @type {string} */ (format.format(value));
}

/** @param {number} size decimal units, as disks and cameras count */
export function bytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${number(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return milliseconds(1000 * seconds);
  if (seconds < 10) return `${number(seconds, 1)} s`;
  const whole = Math.round(seconds);
  const h = Math.floor(whole / 3600);
  const min = Math.floor((whole % 3600) / 60);
  if (h > 0) return `${number(h)} h ${min} min`;
  return min > 0 ? `${min} min ${whole % 60} s` : `${whole} s`;
}

/** @param {number} ms */
export function milliseconds(ms) {
  return ms < 1000 ? `${number(Math.round(ms))} ms` : `${number(ms / 1000, 1)} s`;
}
