// Small helpers over the DOM. Text of strangers only ever becomes text: nothing here, or anywhere, parses
// HTML.

import { icon } from "./icons.js";

/**
 * @typedef {string | Node | null | undefined | false} Child
 */

/**
 * The element of the page with this id; the page's skeleton is ours, so a missing one is a bug.
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return /** @type {T} */ (found);
}

/**
 * A field of the page's skeleton.
 * @param {string} id
 */
export const input = (id) => /** @type {HTMLInputElement} */ (byId(id));

/**
 * The number in a field, unless there is none: what is left out is as by default.
 * @template {string} K
 * @param {K} key
 * @param {string} id
 * @returns {{[key in K]?: number}}
 */
export function chosenNumber(key, id) {
  const { value } = input(id);
  return /** @type {{[key in K]?: number}} */ (value === "" ? {} : { [key]: Number(value) });
}

/**
 * Makes an element. Properties starting with `on` are listeners, `class`, `role`, `for`, `list` and names
 * with a dash are attributes, others properties.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "role" || name === "for" || name === "list" || name.includes("-"))
      element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Control characters, direction marks, zero-width ones, line separators, tags: they would change how a name
// is shown, or show nothing. The same list as `is_invisible` in escape.rs.
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/**
 * A name or message of a stranger in characters that are seen.
 * @param {string} name
 */
export function shown(name) {
  return name.replace(HIDDEN, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}

/**
 * The last part of a path.
 * @param {string} path
 */
export function baseName(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * Lets `work` run once, `wait` milliseconds after the last call.
 * @param {() => void} work
 * @param {number} wait
 */
export function debounce(work, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
}

/**
 * Lets `work` run once, `wait` milliseconds after the first call: calls that keep coming do not put it off.
 * @param {() => void} work
 * @param {number} wait
 */
export function throttle(work, wait) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      work();
    }, wait);
  };
}

/**
 * Offers a text as a file to be saved.
 * @param {string} name
 * @param {string} text
 */
export function saveAs(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

let lastSaid = 0;
let saying = 0;

/**
 * Says something to a screen reader, at most once in four seconds: the last word wins.
 * @param {string} text
 * @param {boolean} [now] whether it may not wait
 */
export function announce(text, now = false) {
  clearTimeout(saying);
  const wait = now ? 0 : Math.max(0, lastSaid + 4000 - Date.now());
  saying = setTimeout(() => {
    lastSaid = Date.now();
    byId("announcer").textContent = text;
  }, wait);
}

/**
 * Says something to everybody in a corner of the page; it goes by itself unless it is a problem, or when it
 * is closed.
 * @param {string} text
 * @param {{problem?: boolean, close: string}} options `close`: the word on the button
 */
export function toast(text, { problem = false, close }) {
  const box = el(
    "div",
    { class: problem ? "toast problem" : "toast", role: problem ? "alert" : "status" },
    icon(problem ? "failed" : "ok"),
    el("p", {}, shown(text)),
    el(
      "button",
      { type: "button", class: "quiet", "aria-label": close, onclick: () => box.remove() },
      icon("close"),
    ),
  );
  const toasts = byId("toasts");
  while (toasts.childElementCount >= 3) toasts.firstElementChild?.remove();
  toasts.append(box);
  if (!problem) setTimeout(() => box.remove(), 6000);
}
