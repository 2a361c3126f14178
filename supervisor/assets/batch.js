// The view of the batches: which one is looked at, how it stands, its lanes, plots and photos. Shows what
// monitor.js computed.

/** @import {BatchLine, BatchView, Hello, View} from "./types" */

import { choose, request } from "./connection.js";
import { announce, baseName, byId, el, shown, toast } from "./dom.js";
import { Grid } from "./grid.js";
import { number, t, word } from "./i18n.js";
import { icon } from "./icons.js";
import { Lanes } from "./lanes.js";
import { openImage } from "./image.js";
import { Plots } from "./plots.js";
import { Progress, stateWord } from "./progress.js";

const FILTERS = /** @type {const} */ (["all", "failed", "done", "waiting", "left"]);

export class BatchPage {
  constructor() {
    /** @type {View} */
    this.view = { batches: [], chosen: null };
    /** @type {Hello | null} */
    this.hello = null;
    /** @type {number | null} */
    this.chosen = null;
    this.root = byId("view-batch");
    this.grid = new Grid(
      (job) => this.view.chosen && void openImage(this.view.chosen, job, () => void this.#retry("failed")),
    );
    this.lanes = new Lanes((job) => {
      const image = this.grid.images.get(job);
      return image ? shown(baseName(image.input)) : t("photo_n", { n: job + 1 });
    });
    this.plots = new Plots();
    this.parts = this.#build();
  }

  /** Makes the skeleton, in the language in force. */
  #build() {
    const chips = el("div", { class: "chips", role: "group", "aria-label": t("batches") });
    const none = el("div", { class: "none card" }, el("p", { class: "dim" }, t("no_batches")));
    const progress = new Progress(
      (order) => void this.#order(order),
      (only) => void this.#retry(only),
    );
    const legend = el(
      "ul",
      { class: "legend" },
      ...["busy", "idle", "lost", "restart"].map((name) =>
        el("li", {}, el("i", { class: name }), word(`lane:${name}`)),
      ),
    );
    const charts = el(
      "div",
      { class: "charts" },
      el(
        "section",
        { class: "card", "aria-labelledby": "lanes-title" },
        el("header", {}, el("h2", { id: "lanes-title" }, t("lanes")), legend),
        this.lanes.list,
        this.lanes.axis,
      ),
      el(
        "section",
        { class: "card", "aria-labelledby": "plots-title" },
        el("h2", { id: "plots-title", class: "visually-hidden" }, t("plots")),
        this.plots.element,
      ),
    );
    const filters = FILTERS.map((name) => {
      const badge = el("span", { class: "badge" });
      const button = el(
        "button",
        { type: "button", "data-filter": name, onclick: () => this.#filter(name) },
        word(`filter:${name}`),
        " ",
        badge,
      );
      return { name, badge, button };
    });
    const filterRow = el(
      "div",
      { class: "row", role: "group", "aria-label": t("show_which") },
      ...filters.map(({ button }) => button),
    );
    const nothing = el("p", { class: "dim" }, t("nothing_here"));
    const photos = el(
      "section",
      { class: "card", "aria-labelledby": "grid-title" },
      el("div", { class: "grid-head" }, el("h2", { id: "grid-title" }, t("photos")), filterRow),
      nothing,
      this.grid.element,
    );
    this.root.replaceChildren(
      el("h1", { id: "batch-title", class: "visually-hidden" }, t("batches")),
      el("div", { class: "batch-bar" }, chips),
      none,
      progress.element,
      charts,
      photos,
    );
    return { chips, none, progress, charts, filters, nothing, photos };
  }

  translate() {
    this.parts = this.#build();
    this.show();
  }

  /** @param {Hello} hello */
  ready(hello) {
    // Another epoch is another server, which counts its batches anew.
    if (this.hello && hello.epoch !== this.hello.epoch) this.chosen = null;
    this.hello = hello;
  }

  /** @param {number} batch */
  choose(batch) {
    this.chosen = batch;
    choose(batch);
  }

  /** @param {View} view */
  update(view) {
    const before = this.view;
    this.view = view;
    const newest =
      view.batches.find(({ state }) => state !== "ended" && state !== "queued") ?? view.batches[0];
    // One that was just ordered may not have come through the feed yet; an older one that is missing was
    // forgotten by the server.
    const forgotten =
      newest &&
      this.chosen !== null &&
      this.chosen < newest.id &&
      !view.batches.some(({ id }) => id === this.chosen);
    if (newest && (this.chosen === null || forgotten)) this.choose(newest.id);
    this.#announce(before.chosen, view.chosen);
    if (!this.root.hidden) this.show();
  }

  /**
   * Says what matters and keeps quiet about the rest: each tenth, each change of state.
   * @param {BatchView | null} before
   * @param {BatchView | null} now
   */
  #announce(before, now) {
    if (!now || before?.id !== now.id) return;
    const count = t("done_of", { done: now.done, n: now.images });
    if (before.state !== now.state) announce(`${stateWord(now)}. ${count}`, now.state === "ended");
    else if (
      now.images > 0 &&
      Math.floor((10 * before.done) / now.images) !== Math.floor((10 * now.done) / now.images)
    )
      announce(count);
  }

  /** Draws what is known. */
  show() {
    const { batches, chosen } = this.view;
    const { chips, none, progress, charts, photos } = this.parts;
    none.hidden = batches.length > 0;
    this.#showChips(chips, batches);
    for (const part of [progress.element, charts, photos]) part.hidden = !chosen;
    if (!chosen) return;
    progress.update(chosen, this.hello);
    charts.hidden = chosen.lanes.length === 0;
    photos.hidden = chosen.images === 0;
    this.grid.update(chosen);
    this.#showFilters();
    this.lanes.update(chosen);
    this.plots.update(chosen);
  }

  /**
   * A chip that says what it said stays, so that focus stays too.
   * @param {HTMLElement} chips
   * @param {BatchLine[]} batches
   */
  #showChips(chips, batches) {
    const known = new Map(
      [...chips.children].map((chip) => [/** @type {HTMLElement} */ (chip).dataset.key, chip]),
    );
    const wanted = batches.map((batch) => {
      const key = `${batch.id} ${batch.state} ${batch.ending} ${batch.failed > 0}`;
      const chip = known.get(key) ?? this.#chip(batch, key);
      chip.setAttribute("aria-pressed", String(batch.id === this.chosen));
      return chip;
    });
    const same =
      wanted.length === chips.childElementCount && wanted.every((chip, i) => chips.children[i] === chip);
    if (!same) chips.replaceChildren(...wanted);
  }

  /**
   * @param {BatchLine} batch
   * @param {string} key
   */
  #chip(batch, key) {
    const name = shown(baseName(batch.inputs[0] ?? "")) || String(batch.id);
    const ended = batch.ending === "complete" && batch.failed === 0 ? "ok" : "failed";
    const sign = {
      queued: "waiting",
      planning: "running",
      running: "running",
      pausing: "pause",
      paused: "pause",
      stopping: "running",
      ended,
    }[batch.state];
    const chip = el(
      "button",
      { type: "button", onclick: () => this.choose(batch.id) },
      icon(sign),
      el("span", { class: "what" }, `${number(batch.id)} · ${name}`),
      el("span", { class: "visually-hidden" }, stateWord(batch)),
    );
    chip.dataset.key = key;
    return chip;
  }

  /** @param {typeof FILTERS[number]} name */
  #filter(name) {
    this.grid.setFilter(name);
    this.#showFilters();
  }

  #showFilters() {
    this.parts.nothing.hidden = this.grid.total > 0;
    for (const { name, badge, button } of this.parts.filters) {
      const count = this.grid.count(name);
      button.hidden = count === 0 && name !== "all" && name !== "failed" && name !== this.grid.filter;
      button.setAttribute("aria-pressed", String(name === this.grid.filter));
      badge.textContent = number(count);
      badge.classList.toggle("bad", name === "failed" && count > 0);
    }
  }

  /** @param {import("./progress.js").Order} order */
  async #order(order) {
    try {
      await request(order, { batch: this.chosen });
    } catch (error) {
      toast(/** @type {Error} */ (error).message || t("order_lost"), { problem: true, close: t("close") });
    }
  }

  /** @param {"failed" | "unfinished"} only */
  async #retry(only) {
    try {
      const { batch } = await request("retry", { batch: this.chosen, only });
      this.choose(batch);
      scrollTo(0, 0);
    } catch (error) {
      toast(/** @type {Error} */ (error).message || t("order_lost"), { problem: true, close: t("close") });
    }
  }
}
