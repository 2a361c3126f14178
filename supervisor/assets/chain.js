// The chain editor: filters in the order in which they are applied. Added from a list, moved by mouse, finger
// or keyboard, switched off and on.

/** @import {FilterInfo, FilterRow} from "./types" */

import { announce, byId, el, shown as escaped } from "./dom.js";
import { form } from "./form.js";
import { filterTexts, number, t, word } from "./i18n.js";
import { icon } from "./icons.js";
import { fromExample, newRow } from "./recipe.js";

export class ChainEditor {
  /** @param {() => void} changed told after each change of the recipe */
  constructor(changed) {
    this.changed = changed;
    /** @type {FilterRow[]} */
    this.rows = [];
    /** @type {Map<string, FilterInfo>} */
    this.filters = new Map();
    this.list = byId("chain");
    this.add = /** @type {HTMLSelectElement} */ (byId("add-filter"));
    this.add.addEventListener("change", () => this.#addChosen());
  }

  /** @param {FilterInfo[]} filters */
  setFilters(filters) {
    this.filters = new Map(filters.map((info) => [info.name, info]));
    this.render();
  }

  /** @param {FilterRow[]} rows */
  setRows(rows) {
    this.rows = rows;
    this.render();
    this.changed();
  }

  /**
   * Shows what the server says about a row, or nothing.
   * @param {FilterRow | undefined} wrong
   * @param {string} message
   */
  showMistake(wrong, message) {
    for (const item of this.list.children) {
      item.classList.remove("wrong");
      item.querySelector(".filter-error")?.remove();
    }
    const item = wrong && this.#item(wrong.key);
    if (!item) return;
    item.classList.add("wrong");
    item.append(el("p", { class: "filter-error" }, message));
  }

  render() {
    const names = [...this.filters.values()].map((info) => ({
      name: info.name,
      title: filterTexts(info).title,
    }));
    names.sort((a, b) => a.title.localeCompare(b.title));
    this.add.replaceChildren(
      el("option", { value: "" }, t("add_filter_option")),
      ...names.map(({ name, title }) => el("option", { value: name }, title)),
    );
    this.list.replaceChildren(...this.rows.map((row) => this.#element(row)));
    byId("chain-empty").hidden = this.rows.length > 0;
  }

  /** @param {number} key */
  #item(key) {
    return /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-key="${key}"]`));
  }

  #addChosen() {
    const info = this.filters.get(this.add.value);
    this.add.value = "";
    if (!info) return;
    for (const other of this.rows) other.open = false;
    const added = newRow(fromExample(info), info.parameters.length > 0);
    this.rows.push(added);
    this.render();
    /** @type {HTMLElement | null | undefined} */ (
      this.#item(added.key)?.querySelector(".filter-title")
    )?.focus();
    announce(t("added", { name: filterTexts(info).title }), true);
    this.changed();
  }

  /** @param {FilterRow} row */
  #element(row) {
    const info = this.filters.get(row.values.name);
    const title = info ? filterTexts(info).title : row.values.name;
    const values = el("span", { class: "values" }, summary(row, info));
    const item = el("li", { class: row.on ? "filter-row" : "filter-row off", "data-key": row.key });
    const on = el("input", {
      type: "checkbox",
      checked: row.on,
      "aria-label": t("switch_filter", { name: title }),
    });
    on.addEventListener("change", () => {
      row.on = on.checked;
      item.classList.toggle("off", !row.on);
      this.changed();
    });
    const grip = el(
      "button",
      {
        type: "button",
        class: "quiet grip",
        "aria-label": t("move_filter", { name: title }),
        title: t("move_hint"),
      },
      icon("grip"),
    );
    const opener = el(
      "button",
      { type: "button", class: "quiet filter-title", "aria-expanded": String(row.open) },
      icon("chevron"),
      el("span", { class: "what" }, title),
      values,
    );
    const remove = el(
      "button",
      {
        type: "button",
        class: "quiet square",
        "aria-label": t("remove_filter", { name: title }),
        onclick: () => this.#remove(row, title),
      },
      icon("remove"),
    );
    item.append(el("div", { class: "filter-head" }, grip, on, opener, remove));
    const fill = () => {
      item.querySelector(".filter-form")?.remove();
      opener.setAttribute("aria-expanded", String(row.open));
      if (row.open && info) {
        const opened = form(info, row.values, () => {
          values.textContent = summary(row, info);
          this.changed();
        });
        item.querySelector(".filter-head")?.after(opened);
      }
    };
    opener.addEventListener("click", () => {
      row.open = !row.open;
      fill();
    });
    fill();
    item.addEventListener("keydown", (event) => {
      const wanted = event.target === grip || event.altKey;
      const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (!wanted || by === 0) return;
      event.preventDefault();
      this.#move(row, this.rows.indexOf(row) + by, title);
    });
    grip.addEventListener("pointerdown", (event) => this.#drag(event, grip, item, row, title));
    return item;
  }

  /**
   * @param {FilterRow} row
   * @param {string} title
   */
  #remove(row, title) {
    const at = this.rows.indexOf(row);
    this.rows.splice(at, 1);
    this.render();
    const next = this.rows[Math.min(at, this.rows.length - 1)];
    const target = next ? this.#item(next.key)?.querySelector("button") : this.add;
    /** @type {HTMLElement | null | undefined} */ (target)?.focus();
    announce(t("removed", { name: title }), true);
    this.changed();
  }

  /**
   * Moves a row within the chain.
   * @param {FilterRow} row
   * @param {number} to
   * @param {string} title
   */
  #move(row, to, title) {
    const from = this.rows.indexOf(row);
    if (to < 0 || to >= this.rows.length || to === from) return;
    this.rows.splice(from, 1);
    this.rows.splice(to, 0, row);
    const item = this.#item(row.key);
    // The others make way: an element that is moved itself would lose the focus, and the pointer that drags
    // it.
    const items = [...this.list.children];
    if (to > from) item?.before(...items.slice(from + 1, to + 1));
    else item?.after(...items.slice(to, from));
    announce(t("moved", { name: title, place: number(to + 1), total: number(this.rows.length) }), true);
    this.changed();
  }

  /**
   * @param {PointerEvent} down
   * @param {HTMLElement} grip
   * @param {HTMLElement} item
   * @param {FilterRow} row
   * @param {string} title
   */
  #drag(down, grip, item, row, title) {
    if (down.button !== 0) return;
    grip.setPointerCapture(down.pointerId);
    item.classList.add("dragged");
    let grabbed = down.clientY;
    /** @param {PointerEvent} move */
    const follow = (move) => {
      const at = this.rows.indexOf(row);
      const before = /** @type {HTMLElement | undefined} */ (this.list.children[at - 1]);
      const after = /** @type {HTMLElement | undefined} */ (this.list.children[at + 1]);
      const top = item.offsetTop;
      // Crossing a neighbour's middle swaps the two; where it was grabbed moves along.
      if (before && move.clientY < middle(before)) this.#move(row, at - 1, title);
      else if (after && move.clientY > middle(after)) this.#move(row, at + 1, title);
      grabbed += item.offsetTop - top;
      item.style.transform = `translateY(${move.clientY - grabbed}px)`;
    };
    const end = () => {
      grip.removeEventListener("pointermove", follow);
      item.classList.remove("dragged");
      item.style.transform = "";
    };
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("lostpointercapture", end, { once: true });
  }
}

/** @param {HTMLElement} element */
function middle(element) {
  const box = element.getBoundingClientRect();
  return box.top + box.height / 2;
}

/** Units that are short enough to stand in a summary. */
const SHORT_UNITS = new Set(["px", "K", "EV", "°", "×"]);

/**
 * The values that were set, short.
 * @param {FilterRow} row
 * @param {FilterInfo | undefined} info
 */
function summary(row, info) {
  const set = Object.entries(row.values).filter(([key]) => key !== "name");
  return set
    .map(([key, value]) => {
      const parameter = info?.parameters.find(({ name }) => name === key);
      const unit = parameter?.unit ?? "";
      if (typeof value === "number")
        return SHORT_UNITS.has(unit) ? `${number(value)} ${unit}` : number(value);
      // A choice is one of our words; a text is somebody's own.
      return parameter?.type === "choice" || parameter?.type === "switch"
        ? word(String(value))
        : escaped(String(value));
    })
    .join(" · ");
}
