// The preview beside the steps: which photo is looked at, and getting its pictures before and after from the
// server.

/** @import {Recipe} from "./types" */

import { BeforeAfter } from "./before_after.js";
import { showThumbnail } from "./connection.js";
import { baseName, debounce, el, shown } from "./dom.js";
import { number, t } from "./i18n.js";
import { icon } from "./icons.js";

/** Photos to each side of the current one in the strip. */
const AROUND = 8;
const LARGEST = 4096;

/** @typedef {{blob: Blob, width: number, height: number, region: import("./before_after.js").Box}} Made */

/** A preview that could not be made: the server's words. */
class Unmade extends Error {}

/**
 * Asks for a picture; waits and asks again when too many wait.
 * @param {Record<string, unknown>} question
 * @param {AbortSignal} signal
 * @returns {Promise<Made>}
 */
export async function make(question, signal) {
  for (let tries = 0; ; tries++) {
    const answer = await fetch("/preview", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
      signal,
    });
    if (answer.status === 429 && tries < 8) {
      await new Promise((resolve) => setTimeout(resolve, 250 * (tries + 1)));
      signal.throwIfAborted();
      continue;
    }
    if (!answer.ok)
      throw new Unmade((await answer.json().catch(() => null))?.message ?? String(answer.status));
    const [x = 0, y = 0, w = 0, h = 0] = (answer.headers.get("X-Region") ?? "").split(",").map(Number);
    return {
      blob: await answer.blob(),
      width: Number(answer.headers.get("X-Image-Width")),
      height: Number(answer.headers.get("X-Image-Height")),
      region: { x, y, width: w, height: h },
    };
  }
}

export class Preview {
  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} welcome shown while there is no photo
   */
  constructor(panel, welcome) {
    this.panel = panel;
    this.welcome = welcome;
    /** @type {string[]} */
    this.photos = [];
    this.current = 0;
    /** @type {Recipe | null} */
    this.recipe = null;
    /** What "before" goes through. @type {Recipe | null} */
    this.framing = null;
    this.asked = new AbortController();
    /** Loads of the whole under way: a detail would call them off, and they end with one anyway. */
    this.loads = 0;
    this.later = debounce(() => void this.#load(), 150);
    this.detailLater = debounce(() => void this.#loadDetail(), 120);
    this.stage = new BeforeAfter(() => this.detailLater());
    this.stage.element.addEventListener("dblclick", () => this.#toggleReal());
    this.name = el("span", { class: "name" });
    this.size = el("span", { class: "size dim small numbers" });
    this.previous = el(
      "button",
      {
        type: "button",
        class: "quiet square",
        "data-step": "previous",
        onclick: () => this.show(this.current - 1),
      },
      icon("back"),
    );
    this.next = el(
      "button",
      {
        type: "button",
        class: "quiet square",
        "data-step": "next",
        onclick: () => this.show(this.current + 1),
      },
      icon("chevron"),
    );
    this.real = el(
      "button",
      { type: "button", "aria-pressed": "false", onclick: () => this.#toggleReal() },
      "100 %",
    );
    this.strip = el("div", { class: "strip", role: "group" });
    this.content = [
      this.stage.element,
      el("div", { class: "look-bar" }, this.previous, this.next, this.name, this.size, this.real),
      this.strip,
    ];
    this.translate();
  }

  translate() {
    this.stage.translate();
    for (const [button, key] of /** @type {const} */ ([
      [this.previous, "previous_photo"],
      [this.next, "next_photo"],
    ])) {
      button.setAttribute("aria-label", t(key));
      button.title = t(key);
    }
    this.real.setAttribute("aria-label", t("real_size"));
    this.real.title = t("real_size");
    this.strip.setAttribute("aria-label", t("photos"));
    this.#render();
  }

  /** @param {string[]} photos */
  setPhotos(photos) {
    const looked = this.photos[this.current];
    this.photos = photos;
    const again = looked === undefined ? -1 : photos.indexOf(looked);
    this.show(Math.max(0, again), again === -1);
  }

  /**
   * @param {Recipe} recipe
   * @param {Recipe} framing
   */
  setRecipe(recipe, framing) {
    this.recipe = recipe;
    this.framing = framing;
    this.later();
  }

  /**
   * @param {number} index
   * @param {boolean} [another] whether it is another photo than before
   */
  show(index, another = true) {
    this.current = Math.min(this.photos.length - 1, Math.max(0, index));
    if (another) {
      // Nothing of the last photo under the new name.
      this.asked.abort();
      this.stage.clear();
      this.stage.setTrouble(null);
      this.size.textContent = "";
      this.stage.center = { x: 0.5, y: 0.5 };
    }
    this.#render();
    if (this.photos.length > 0) this.later();
  }

  #toggleReal() {
    const real = !this.stage.real;
    this.real.setAttribute("aria-pressed", String(real));
    this.stage.setReal(real);
  }

  #render() {
    const path = this.photos[this.current];
    if (path === undefined) {
      this.asked.abort();
      this.panel.replaceChildren(this.welcome);
      return;
    }
    if (!this.stage.element.isConnected) this.panel.replaceChildren(...this.content);
    this.name.textContent = shown(baseName(path));
    this.name.title = shown(path);
    this.previous.disabled = this.current === 0;
    this.next.disabled = this.current === this.photos.length - 1;
    const from = Math.max(0, Math.min(this.current - AROUND, this.photos.length - 2 * AROUND - 1));
    const focused = this.strip.contains(document.activeElement);
    const known = new Map(
      [...this.strip.children].map((child) => [
        /** @type {HTMLElement} */ (child).dataset.path,
        /** @type {HTMLButtonElement} */ (child),
      ]),
    );
    const around = this.photos.slice(from, from + 2 * AROUND + 1).map((photo, i) => {
      const button = known.get(photo) ?? this.#stripButton(photo);
      button.onclick = () => this.show(from + i);
      button.setAttribute("aria-current", String(from + i === this.current));
      return button;
    });
    this.strip.replaceChildren(...around);
    const now = around[this.current - from];
    if (focused) now?.focus();
    if (now)
      this.strip.scrollLeft =
        now.offsetLeft - this.strip.offsetLeft - this.strip.clientWidth / 2 + now.offsetWidth / 2;
  }

  /** @param {string} photo */
  #stripButton(photo) {
    const image = el("img");
    const button = el(
      "button",
      { type: "button", "aria-label": shown(baseName(photo)) },
      icon("photos"),
      image,
    );
    button.dataset.path = photo;
    void showThumbnail(image, photo, 160);
    return button;
  }

  /** @param {Record<string, unknown>} how */
  async #both(how) {
    this.asked.abort();
    this.asked = new AbortController();
    const { signal } = this.asked;
    const path = this.photos[this.current];
    this.stage.setBusy(true);
    try {
      const both = await Promise.all([
        make({ path, recipe: this.framing, ...how }, signal),
        make({ path, recipe: this.recipe, ...how }, signal),
      ]);
      this.stage.setTrouble(null);
      return both;
    } catch (error) {
      if (signal.aborted) return null;
      this.stage.setTrouble(error instanceof Unmade ? shown(error.message) : t("preview_unreachable"));
      return null;
    } finally {
      if (!signal.aborted) this.stage.setBusy(false);
    }
  }

  async #load() {
    if (this.photos.length === 0 || !this.recipe) return;
    const { clientWidth, clientHeight } = this.stage.element;
    const edge = Math.min(
      LARGEST,
      Math.ceil((Math.max(clientWidth, clientHeight, 320) * devicePixelRatio) / 256) * 256,
    );
    this.loads += 1;
    try {
      const both = await this.#both({ edge });
      if (!both) return;
      const [before, after] = both;
      this.stage.forgetDetails();
      await Promise.all([
        this.stage.show("before", before.blob, null),
        this.stage.show("after", after.blob, null),
      ]);
      this.stage.setSize(after.width, after.height);
      this.size.textContent = t("pixels", { width: number(after.width), height: number(after.height) });
      this.part = null;
      this.detailLater();
    } finally {
      this.loads -= 1;
    }
  }

  /** What is seen at 100 %, with as much again around it, so that small moves need no new picture. */
  async #loadDetail() {
    const { stage } = this;
    if (!stage.real || stage.size.width === 0 || this.loads > 0) return;
    const seen = stage.seen;
    const { part } = this;
    if (
      part &&
      part.x <= seen.x &&
      part.y <= seen.y &&
      part.x + part.width >= seen.x + seen.width &&
      part.y + part.height >= seen.y + seen.height
    )
      return;
    /** @param {number} at @param {number} length @param {number} whole */
    const around = (at, length, whole) => {
      const more = Math.min(whole, LARGEST, length * 2);
      const from = Math.round(Math.min(whole - more, Math.max(0, at - (more - length) / 2)));
      return [from, Math.floor(more)];
    };
    const [x = 0, width = 0] = around(seen.x, seen.width, stage.size.width);
    const [y = 0, height = 0] = around(seen.y, seen.height, stage.size.height);
    const both = await this.#both({ region: { x, y, width, height } });
    if (!both) return;
    const [before, after] = both;
    this.part = after.region;
    await Promise.all([
      stage.show("before", before.blob, before.region),
      stage.show("after", after.blob, after.region),
    ]);
  }

  /** @type {import("./before_after.js").Box | null} */
  part = null;
}
