// Draws what each lane of each worker did over time: busy, idle, lost, restarted. What is drawn was computed
// in monitor.js.

/** @import {BatchView, LaneView} from "./types" */

import { el } from "./dom.js";
import { duration, number, t, word } from "./i18n.js";

/** The colours of the style in force. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  /** @param {string} name */
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    accent: color("accent"),
    bad: color("bad"),
    lane: color("lane"),
    line: color("line"),
    ink: color("ink"),
    panel: color("panel"),
  };
}

/**
 * Makes a canvas as sharp as the screen and ready to be drawn on anew.
 * @param {HTMLCanvasElement} canvas
 */
export function fresh(canvas) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const context = canvas.getContext("2d");
  if (!context || width === 0) return null;
  const wide = Math.round(width * devicePixelRatio);
  const high = Math.round(height * devicePixelRatio);
  // Setting a size, even the same, costs a new buffer.
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

class Row {
  constructor() {
    this.title = el("b");
    this.what = el("span", { class: "what" });
    this.restarts = el("span", { class: "restarts" });
    this.canvas = el("canvas", { role: "img" });
    this.element = el(
      "li",
      { class: "lane" },
      el("div", { class: "who" }, this.title, this.what, this.restarts),
      this.canvas,
    );
  }
}

export class Lanes {
  /** @param {(job: number) => string} nameOf */
  constructor(nameOf) {
    this.nameOf = nameOf;
    /** @type {Row[]} */
    this.rows = [];
    this.list = el("ul", { class: "lanes", tabIndex: 0 });
    this.end = el("span");
    this.axis = el("p", { class: "axis" }, el("span", {}, "0"), this.end);
    this.axis.setAttribute("aria-hidden", "true");
  }

  /** @param {BatchView} batch */
  update(batch) {
    while (this.rows.length < batch.lanes.length) {
      const row = new Row();
      this.rows.push(row);
      this.list.append(row.element);
    }
    for (const row of this.rows.splice(batch.lanes.length)) row.element.remove();
    this.list.setAttribute("aria-label", t("lanes"));
    this.list.classList.toggle("few", batch.lanes.length <= 4);
    this.end.textContent = duration(batch.elapsed);
    const colors = palette();
    for (const [i, lane] of batch.lanes.entries()) {
      const row = this.rows[i];
      if (row) draw(row, lane, batch, colors, this.nameOf);
    }
  }
}

/**
 * @param {Row} row
 * @param {LaneView} lane
 * @param {BatchView} batch
 * @param {ReturnType<typeof palette>} colors
 * @param {(job: number) => string} nameOf
 */
function draw(row, lane, batch, colors, nameOf) {
  row.title.textContent = t("worker_n", { n: lane.label });
  const running = lane.job !== null && batch.state !== "ended";
  row.what.textContent = running
    ? nameOf(/** @type {number} */ (lane.job))
    : batch.state === "ended"
      ? ""
      : t("idle");
  const restarts = lane.restarts.length;
  row.restarts.textContent = restarts > 0 ? `↻ ${number(restarts)}` : "";
  row.restarts.title = lane.restarts
    .map(({ at, end }) => t("restarted_at", { time: duration(at), end: word(end) }))
    .join("\n");
  const busy = lane.spans.reduce((sum, [from, to]) => sum + to - from, 0);
  row.canvas.setAttribute(
    "aria-label",
    t("lane_label", {
      lane: lane.label,
      percent: number(Math.round((100 * busy) / Math.max(batch.elapsed, 0.001))),
      n: restarts,
    }),
  );

  const sheet = fresh(row.canvas);
  if (!sheet) return;
  const { context, width, height } = sheet;
  const scale = width / Math.max(batch.elapsed, 0.001);
  context.fillStyle = colors.lane;
  for (const [from, to] of lane.lives)
    context.fillRect(from * scale, 0, Math.max(1, (to - from) * scale), height);
  for (const [from, to, lost] of lane.spans) {
    const wide = (to - from) * scale;
    context.fillStyle = lost ? colors.bad : colors.accent;
    // A hair between neighbours tells one photo from the next.
    context.fillRect(
      from * scale,
      lost ? 0 : 3,
      Math.max(lost ? 3 : 1, wide - (wide > 4 ? 1 : 0)),
      lost ? height : height - 6,
    );
  }
  for (const { at } of lane.restarts) {
    const x = Math.round(at * scale);
    context.fillStyle = colors.panel;
    context.fillRect(x - 2, 0, 5, height);
    context.fillStyle = colors.ink;
    context.fillRect(x, 0, 1.5, height);
    context.beginPath();
    context.moveTo(x - 4, 0);
    context.lineTo(x + 5.5, 0);
    context.lineTo(x + 0.75, 6);
    context.fill();
  }
}
