// The chain editor: filters in the order in which they are applied. Added from a list, moved by mouse, finger
// or keyboard, switched off and on.

/** @import {FilterInfo, Link} from "./types" */

import { announce, byId, el, shown as escaped } from "./dom.js";
import { form } from "./form.js";
import { filterTexts, number, t, word } from "./i18n.js";
import { icon } from "./icons.js";
import { fromExample, link } from "./recipe.js";

export class ChainEditor {
  /** @param {() => void} changed told after each change of the recipe */
  constructor(changed) {
    this.changed = changed;
    /** @type {Link[]} */
    this.links = [];
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

  /** @param {Link[]} links */
  setLinks(links) {
    this.links = links;
    this.render();
    this.changed();
  }

  /**
   * Shows what the server says about a link, or nothing.
   * @param {Link | undefined} wrong
   * @param {string} message
   */
  showMistake(wrong, message) {
    for (const item of this.list.children) {
      item.classList.remove("wrong");
      item.querySelector(".link-error")?.remove();
    }
    const item = wrong && this.#item(wrong.key);
    if (!item) return;
    item.classList.add("wrong");
    item.append(el("p", { class: "link-error" }, message));
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
    this.list.replaceChildren(...this.links.map((link) => this.#row(link)));
    byId("chain-empty").hidden = this.links.length > 0;
  }

  /** @param {number} key */
  #item(key) {
    return /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-key="${key}"]`));
  }

  #addChosen() {
    const info = this.filters.get(this.add.value);
    this.add.value = "";
    if (!info) return;
    for (const other of this.links) other.open = false;
    const added = link(fromExample(info), info.parameters.length > 0);
    this.links.push(added);
    this.render();
    /** @type {HTMLElement | null | undefined} */ (
      this.#item(added.key)?.querySelector(".link-title")
    )?.focus();
    announce(t("added", { name: filterTexts(info).title }), true);
    this.changed();
  }

  /** @param {Link} link */
  #row(link) {
    const info = this.filters.get(link.values.name);
    const title = info ? filterTexts(info).title : link.values.name;
    const values = el("span", { class: "values" }, summary(link, info));
    const item = el("li", { class: link.on ? "link" : "link off", "data-key": link.key });
    const on = el("input", {
      type: "checkbox",
      checked: link.on,
      "aria-label": t("switch_filter", { name: title }),
    });
    on.addEventListener("change", () => {
      link.on = on.checked;
      item.classList.toggle("off", !link.on);
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
      { type: "button", class: "quiet link-title", "aria-expanded": String(link.open) },
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
        onclick: () => this.#remove(link, title),
      },
      icon("remove"),
    );
    item.append(el("div", { class: "link-head" }, grip, on, opener, remove));
    const fill = () => {
      item.querySelector(".link-form")?.remove();
      opener.setAttribute("aria-expanded", String(link.open));
      if (link.open && info) {
        const opened = form(info, link.values, () => {
          values.textContent = summary(link, info);
          this.changed();
        });
        item.querySelector(".link-head")?.after(opened);
      }
    };
    opener.addEventListener("click", () => {
      link.open = !link.open;
      fill();
    });
    fill();
    item.addEventListener("keydown", (event) => {
      const wanted = event.target === grip || event.altKey;
      const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (!wanted || by === 0) return;
      event.preventDefault();
      this.#move(link, this.links.indexOf(link) + by, title);
    });
    grip.addEventListener("pointerdown", (event) => this.#drag(event, grip, item, link, title));
    return item;
  }

  /**
   * @param {Link} link
   * @param {string} title
   */
  #remove(link, title) {
    const at = this.links.indexOf(link);
    this.links.splice(at, 1);
    this.render();
    const next = this.links[Math.min(at, this.links.length - 1)];
    const target = next ? this.#item(next.key)?.querySelector("button") : this.add;
    /** @type {HTMLElement | null | undefined} */ (target)?.focus();
    announce(t("removed", { name: title }), true);
    this.changed();
  }

  /**
   * Moves a link within the chain.
   * @param {Link} link
   * @param {number} to
   * @param {string} title
   */
  #move(link, to, title) {
    const from = this.links.indexOf(link);
    if (to < 0 || to >= this.links.length || to === from) return;
    this.links.splice(from, 1);
    this.links.splice(to, 0, link);
    const item = this.#item(link.key);
    // The others make way: an element that is moved itself would lose the focus, and the pointer that drags
    // it.
    const items = [...this.list.children];
    if (to > from) item?.before(...items.slice(from + 1, to + 1));
    else item?.after(...items.slice(to, from));
    announce(t("moved", { name: title, place: number(to + 1), total: number(this.links.length) }), true);
    this.changed();
  }

  /**
   * @param {PointerEvent} down
   * @param {HTMLElement} grip
   * @param {HTMLElement} item
   * @param {Link} link
   * @param {string} title
   */
  #drag(down, grip, item, link, title) {
    if (down.button !== 0) return;
    grip.setPointerCapture(down.pointerId);
    item.classList.add("dragged");
    let grabbed = down.clientY;
    /** @param {PointerEvent} move */
    const follow = (move) => {
      const at = this.links.indexOf(link);
      const before = /** @type {HTMLElement | undefined} */ (this.list.children[at - 1]);
      const after = /** @type {HTMLElement | undefined} */ (this.list.children[at + 1]);
      const top = item.offsetTop;
      // Crossing a neighbour's middle swaps the two; where it was grabbed moves along.
      if (before && move.clientY < middle(before)) this.#move(link, at - 1, title);
      else if (after && move.clientY > middle(after)) this.#move(link, at + 1, title);
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
 * @param {Link} link
 * @param {FilterInfo | undefined} info
 */
function summary(link, info) {
  const set = Object.entries(link.values).filter(([key]) => key !== "name");
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
