// The two small plots of a batch: how fast it went over time, and how long photos took. Computed in
// monitor.js.

/** @import {BatchView} from "./types" */

import { el } from "./dom.js";
import { duration, milliseconds, number, t } from "./i18n.js";
import { fresh, palette } from "./lanes.js";

export class Plots {
  constructor() {
    this.speed = plot();
    this.times = plot();
    this.element = el("div", { class: "plots" }, this.speed.element, this.times.element);
  }

  /** @param {BatchView} batch */
  update(batch) {
    const { from, values } = batch.throughput;
    const most = Math.max(...values, 0);
    this.speed.title.textContent = t("plot_speed");
    this.speed.from.textContent = from === 0 ? "0" : duration(from);
    this.speed.to.textContent = duration(batch.elapsed);
    this.speed.canvas.setAttribute("aria-label", t("plot_speed_label", { most: number(most, 1) }));
    columns(this.speed.canvas, values, 0);
    const { edges, counts } = batch.histogram;
    this.times.title.textContent = t("plot_times");
    this.times.from.textContent = edges.length > 0 ? milliseconds(edges[0] ?? 0) : "";
    this.times.to.textContent = edges.length > 0 ? milliseconds(edges.at(-1) ?? 0) : "";
    const usual = counts.indexOf(Math.max(...counts));
    this.times.canvas.setAttribute(
      "aria-label",
      counts.length > 0
        ? t("plot_times_label", {
            from: milliseconds(edges[usual] ?? 0),
            to: milliseconds(edges[usual + 1] ?? 0),
          })
        : t("plot_times"),
    );
    columns(this.times.canvas, counts, 2);
  }
}

function plot() {
  const title = el("h3");
  const canvas = el("canvas", { role: "img" });
  const from = el("span");
  const to = el("span");
  const ends = el("p", { class: "ends", "aria-hidden": "true" }, from, to);
  return { title, canvas, from, to, element: el("div", {}, title, canvas, ends) };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} values
 * @param {number} gap
 */
function columns(canvas, values, gap) {
  const sheet = fresh(canvas);
  if (!sheet) return;
  const { context, width, height } = sheet;
  const colors = palette();
  context.fillStyle = colors.line;
  context.fillRect(0, height - 1, width, 1);
  const most = Math.max(...values, 0);
  if (most === 0) return;
  const step = width / values.length;
  context.fillStyle = colors.accent;
  for (const [i, value] of values.entries()) {
    const tall = (value / most) * (height - 4);
    const wide = Math.min(step, 48);
    context.fillRect(i * step + (step - wide) / 2, height - 1 - tall, Math.max(1, wide - gap), tall);
  }
}
