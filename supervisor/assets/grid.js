// The grid of photos of a batch: only the tiles in sight exist, however many photos there are. Details are
// asked for as they come into sight.

/** @import {BatchView, ImageRow} from "./types" */

import { request, showThumbnail } from "./connection.js";
import { baseName, el, shown, throttle } from "./dom.js";
import { t, word as say } from "./i18n.js";
import { icon } from "./icons.js";

const WIDTH = 168;
const HEIGHT = 164;
const GAP = 10;
const PAGE = 200;
/** Rows above and below what is seen. */
const MARGIN = 2;

/** What the letters of `verdicts` mean. */
const VERDICTS = /** @type {Record<string, {word: string, sign: string}>} */ ({
  ".": { word: "waiting", sign: "waiting" },
  r: { word: "running", sign: "running" },
  o: { word: "ok", sign: "ok" },
  s: { word: "skipped", sign: "skipped" },
  f: { word: "failed", sign: "failed" },
  q: { word: "quarantined", sign: "quarantined" },
  c: { word: "cancelled", sign: "cancelled" },
  n: { word: "not-run", sign: "cancelled" },
});
/** Which letters each filter lets through. */
const FILTERS = /** @type {const} */ ({ all: null, failed: "fq", done: "os", waiting: ".r", left: "cn" });

/** @typedef {keyof typeof FILTERS} Filter */

class Tile {
  constructor() {
    this.image = el("img", { alt: "" });
    this.behind = el("span", { class: "behind" });
    this.sign = el("span");
    this.name = el("span", { class: "name" });
    this.word = el("span", { class: "word" });
    this.element = el(
      "div",
      { class: "tile", role: "option", tabIndex: -1 },
      el("span", { class: "pic" }, this.behind, this.image),
      el("span", { class: "says" }, this.sign, this.name, this.word),
    );
    this.place = -1;
    this.state = "";
    this.path = "";
    this.wanted = "";
    this.at = "";
    this.width = 0;
  }
}

export class Grid {
  /** @param {(job: number) => void} open */
  constructor(open) {
    this.open = open;
    /** @type {Filter} */
    this.filter = "all";
    /** @type {BatchView | null} */
    this.batch = null;
    /** Jobs that the filter lets through, in order. @type {number[] | null} null: all */
    this.shown = null;
    /** @type {Map<number, ImageRow>} */
    this.images = new Map();
    /** @type {Set<number>} pages that were asked for */
    this.pages = new Set();
    /** @type {Tile[]} */
    this.tiles = [];
    this.focused = 0;
    this.element = el("div", { class: "grid", role: "listbox", tabIndex: -1 });
    // While a batch runs, views come faster than either: nothing may put these off.
    this.loadLater = throttle(() => this.#loadImages(), 90);
    this.refresh = throttle(() => this.#refresh(), 900);
    addEventListener("scroll", () => this.#place(), { passive: true });
    new ResizeObserver(() => this.#place()).observe(this.element);
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => {
      const tile = this.tiles.find(({ element }) => element.contains(/** @type {Node} */ (event.target)));
      if (tile) this.#openPlace(tile.place);
    });
  }

  /** @param {Filter} filter */
  setFilter(filter) {
    this.filter = filter;
    this.focused = 0;
    if (this.batch) this.update(this.batch);
  }

  /** @param {BatchView} batch */
  update(batch) {
    if (batch.id !== this.batch?.id || batch.images !== this.batch.images) {
      this.images.clear();
      this.pages.clear();
      this.focused = 0;
    }
    if (batch.id !== this.batch?.id) this.filter = "all";
    const ended = batch.state === "ended" && this.batch?.state !== "ended";
    this.batch = batch;
    const letters = FILTERS[this.filter];
    if (letters === null) this.shown = null;
    else {
      this.shown = [];
      for (let job = 0; job < batch.verdicts.length; job++)
        if (letters.includes(batch.verdicts[job] ?? "")) this.shown.push(job);
    }
    this.element.setAttribute("aria-label", t("photos"));
    this.#place();
    if (ended) this.#refresh();
  }

  /** How many photos a filter lets through. @param {Filter} filter */
  count(filter) {
    const letters = FILTERS[filter];
    if (!this.batch) return 0;
    if (letters === null) return this.batch.images;
    let count = 0;
    for (const letter of this.batch.verdicts) if (letters.includes(letter)) count += 1;
    return count;
  }

  get total() {
    return this.shown ? this.shown.length : (this.batch?.images ?? 0);
  }

  /** @param {number} place */
  #job(place) {
    return this.shown ? (this.shown[place] ?? -1) : place;
  }

  get #columns() {
    return Math.max(2, Math.floor((this.element.clientWidth + GAP) / (WIDTH + GAP)));
  }

  /** Gives the places in sight to tiles; a tile that is still in sight stays what it is. */
  #place() {
    const { batch, element } = this;
    if (!batch || !element.isConnected || element.clientWidth === 0) return;
    const columns = this.#columns;
    const width = (element.clientWidth - GAP * (columns - 1)) / columns;
    const rows = Math.ceil(this.total / columns);
    const top = -element.getBoundingClientRect().top;
    element.style.height = `${Math.max(0, rows * (HEIGHT + GAP) - GAP)}px`;
    const first = Math.max(0, Math.floor(top / (HEIGHT + GAP)) - MARGIN) * columns;
    const last = Math.min(this.total, (Math.ceil((top + innerHeight) / (HEIGHT + GAP)) + MARGIN) * columns);
    const wanted = new Set();
    for (let place = first; place < last; place++) wanted.add(place);
    const free = this.tiles.filter((tile) => !wanted.delete(tile.place));
    for (const place of wanted) {
      let tile = free.pop();
      if (!tile) {
        tile = new Tile();
        this.tiles.push(tile);
        element.append(tile.element);
      }
      tile.place = place;
    }
    for (const tile of free) tile.element.remove();
    this.tiles = this.tiles.filter((tile) => !free.includes(tile));
    for (const tile of this.tiles) {
      const column = tile.place % columns;
      const row = Math.floor(tile.place / columns);
      const at = `translate(${column * (width + GAP)}px, ${row * (HEIGHT + GAP)}px)`;
      if (tile.at !== at || tile.width !== width) {
        Object.assign(tile.element.style, { width: `${width}px`, height: `${HEIGHT}px`, transform: at });
        tile.at = at;
        tile.width = width;
      }
      this.#fill(tile);
    }
    this.#ask(first, last);
    this.loadLater();
  }

  /** @param {Tile} tile */
  #fill(tile) {
    const job = this.#job(tile.place);
    const letter = this.batch?.verdicts[job] ?? ".";
    const image = this.images.get(job);
    const state = `${job} ${letter} ${image?.path ?? ""} ${this.total} ${document.documentElement.lang}`;
    const tabIndex = tile.place === this.focused ? 0 : -1;
    if (tile.element.tabIndex !== tabIndex) tile.element.tabIndex = tabIndex;
    tile.wanted = image ? (image.result ?? image.path) : "";
    // A result that came in shows itself; until then its photo does.
    if (letter === "o" && image && !image.result) this.refresh();
    if (tile.state === state) return;
    tile.state = state;
    const name = image ? shown(baseName(image.input)) : "…";
    const { word, sign } = VERDICTS[letter] ?? { word: "waiting", sign: "waiting" };
    const verdict = say(word);
    const trouble = letter === "f" || letter === "q";
    tile.name.textContent = name;
    tile.word.textContent = verdict;
    tile.sign.replaceChildren(icon(sign));
    // Seen while there is no thumbnail yet, or if there will be none.
    tile.behind.replaceChildren(icon(trouble ? sign : "photos"));
    tile.element.classList.toggle("trouble", trouble);
    tile.element.title = image ? shown(image.input) : "";
    tile.element.setAttribute("aria-selected", "false");
    tile.element.setAttribute("aria-posinset", String(tile.place + 1));
    tile.element.setAttribute("aria-setsize", String(this.total));
  }

  /** Thumbnails of the tiles there are now: those that flew by since the last time are never asked for. */
  #loadImages() {
    for (const tile of this.tiles) {
      if (tile.path === tile.wanted) continue;
      tile.path = tile.wanted;
      void showThumbnail(tile.image, tile.wanted, 240);
    }
  }

  /** Asks for the pages of details that hold these places. @param {number} first @param {number} last */
  #ask(first, last) {
    const jobs = this.batch?.images ?? 0;
    const wanted = new Set();
    for (let place = first; place < last; place++) wanted.add(Math.floor(this.#job(place) / PAGE));
    for (const page of wanted) {
      if (page < 0 || page * PAGE >= jobs || this.pages.has(page)) continue;
      this.pages.add(page);
      void this.#get(page);
    }
  }

  /** @param {number} page */
  async #get(page) {
    const batch = this.batch?.id;
    try {
      const { images } = await request("images", { batch, from: page * PAGE, count: PAGE });
      if (batch !== this.batch?.id) return;
      for (const image of images) this.images.set(image.job, image);
      this.#place();
    } catch {
      this.pages.delete(page);
    }
  }

  /** Asks anew for what is in sight. */
  #refresh() {
    const pages = new Set(this.tiles.map((tile) => Math.floor(this.#job(tile.place) / PAGE)));
    for (const page of pages) if (page >= 0) void this.#get(page);
  }

  /** @param {number} place */
  #openPlace(place) {
    this.#focus(place);
    const job = this.#job(place);
    if (job >= 0) this.open(job);
  }

  /** @param {number} place */
  #focus(place) {
    this.focused = Math.min(this.total - 1, Math.max(0, place));
    const row = Math.floor(this.focused / this.#columns);
    const top = this.element.getBoundingClientRect().top + row * (HEIGHT + GAP);
    // Below the header that stays, above the lower edge.
    if (top < 70) scrollBy(0, top - 70);
    else if (top + HEIGHT > innerHeight - 10) scrollBy(0, top + HEIGHT - innerHeight + 10);
    this.#place();
    this.tiles.find((tile) => tile.place === this.focused)?.element.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const page = Math.max(1, Math.floor(innerHeight / (HEIGHT + GAP))) * this.#columns;
    const by = /** @type {Record<string, number>} */ ({
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -this.#columns,
      ArrowDown: this.#columns,
      PageUp: -page,
      PageDown: page,
      Home: -Infinity,
      End: Infinity,
    })[event.key];
    if (event.key === "Enter" || event.key === " ") this.#openPlace(this.focused);
    else if (by !== undefined)
      this.#focus(by === -Infinity ? 0 : by === Infinity ? this.total - 1 : this.focused + by);
    else return;
    event.preventDefault();
  }
}
