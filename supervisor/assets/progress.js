// The card that says how a batch stands: figures, orders (pause, stop), and at its end what can be done with
// the results.

/** @import {BatchLine, BatchView, Hello} from "./types" */

import { el, shown, toast } from "./dom.js";
import { bytes, duration, number, t, word } from "./i18n.js";
import { icon } from "./icons.js";

/** @typedef {"pause" | "resume" | "stop" | "stop-now"} Order */

/** @param {BatchLine} batch */
export function stateWord(batch) {
  if (batch.state !== "ended") return word(`state:${batch.state}`);
  if (batch.ending === "complete" && batch.failed > 0) return t("ended_with_failures", { n: batch.failed });
  return word(`ending:${batch.ending}`);
}

/**
 * Ten times a second: only what changes is written.
 * @param {HTMLElement} element
 * @param {string} text
 */
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A number with its caption. */
class Figure {
  /** @param {boolean} [first] */
  constructor(first = false) {
    this.value = el("b");
    this.caption = el("span");
    this.element = el("div", { class: first ? "figure first" : "figure" }, this.value, this.caption);
  }

  /** @param {string} value nothing: not shown @param {string} caption */
  set(value, caption) {
    this.element.hidden = value === "";
    this.value.textContent = value;
    this.caption.textContent = caption;
  }
}

/** Texts are in the language in which it was made; after a change of language another is made. */
export class Progress {
  /**
   * @param {(order: Order) => void} send
   * @param {(only: "failed" | "unfinished") => void} retry
   */
  constructor(send, retry) {
    this.retry = retry;
    // What matters of it is announced; read out at each change it would be too much.
    this.state = el("span");
    this.route = el("span", { class: "dim" });
    this.count = new Figure(true);
    this.data = new Figure();
    this.rate = new Figure();
    this.eta = new Figure();
    this.elapsed = new Figure();
    /** @param {Order} order @param {string} sign @param {string} style */
    const button = (order, sign, style) =>
      el(
        "button",
        {
          type: "button",
          class: style,
          "data-order": order,
          "aria-describedby": "keeps",
          onclick: () => send(order),
        },
        icon(sign),
        word(`order:${order}`),
      );
    this.buttons = {
      pause: button("pause", "pause", ""),
      resume: button("resume", "play", "primary"),
      stop: button("stop", "stop", ""),
      now: button("stop-now", "close", "danger"),
    };
    this.keeps = el("p", { class: "keeps", id: "keeps" });
    this.bar = {
      done: el("i", { class: "part done" }),
      left: el("i", { class: "part left" }),
      fail: el("i", { class: "part fail" }),
    };
    this.barBox = el(
      "div",
      { class: "bar", role: "progressbar", "aria-label": t("progress"), "aria-valuemin": 0 },
      this.bar.done,
      this.bar.left,
      this.bar.fail,
    );
    this.tally = el("ul", { class: "tally" });
    this.warnings = el("div", { class: "warnings" });
    this.ending = el("div", { class: "ending" });
    this.endingShown = "";
    const figures = [this.count, this.data, this.rate, this.eta, this.elapsed].map(({ element }) => element);
    const head = el(
      "div",
      { class: "progress-head" },
      el("div", { class: "figures" }, ...figures),
      el("div", { class: "controls" }, ...Object.values(this.buttons)),
    );
    const stateLine = el("div", { class: "state-line" }, this.state, this.route);
    this.element = el(
      "section",
      { class: "card", "aria-label": t("progress"), tabIndex: -1 },
      stateLine,
      head,
      this.barBox,
      this.tally,
      this.keeps,
      this.warnings,
      this.ending,
    );
  }

  /**
   * @param {BatchView} batch
   * @param {Hello | null} hello
   */
  update(batch, hello) {
    say(this.state, stateWord(batch));
    say(this.route, `${batch.inputs.map(shown).join(", ")} → ${shown(batch.output)}`);
    this.#showFigures(batch);
    this.#showTally(batch);
    this.#showOrders(batch);
    this.warnings.hidden = batch.warnings.length === 0;
    this.warnings.replaceChildren(...batch.warnings.map((warning) => el("p", {}, shown(warning))));
    this.#showEnding(batch, hello);
  }

  /** @param {BatchView} batch */
  #showFigures(batch) {
    const ended = batch.state === "ended";
    const begun = batch.images > 0;
    this.count.set(
      begun ? t("of_total", { done: number(batch.done), total: number(batch.images) }) : "",
      t("photos"),
    );
    this.data.set(
      begun ? t("of_total", { done: bytes(batch.bytesDone), total: bytes(batch.bytes) }) : "",
      t("data"),
    );
    this.rate.set(begun ? number(batch.rate, batch.rate < 10 ? 1 : 0) : "", t("per_second"));
    this.eta.set(ended || !begun ? "" : batch.eta === null ? "…" : duration(batch.eta), t("time_left"));
    this.elapsed.set(begun ? duration(batch.elapsed) : "", t("time_taken"));
  }

  /** @param {BatchView} batch */
  #showTally({ counts, images, done, recovered, restarts }) {
    /** @param {number} n */
    const share = (n) => `${(100 * n) / Math.max(1, images)}%`;
    this.bar.done.style.width = share(counts.ok);
    this.bar.left.style.width = share(counts.skipped + counts.cancelled + counts.not_run);
    this.bar.fail.style.width = share(counts.failed + counts.quarantined);
    this.barBox.hidden = images === 0;
    this.barBox.setAttribute("aria-valuemax", String(Math.max(1, images)));
    this.barBox.setAttribute("aria-valuenow", String(done));
    /** @type {[string, Parameters<typeof t>[0], number][]} */
    const rows = [
      ["ok", "n_ok", counts.ok],
      ["skipped", "n_skipped", counts.skipped],
      ["failed", "n_failed", counts.failed],
      ["quarantined", "n_quarantined", counts.quarantined],
      ["cancelled", "n_cancelled", counts.cancelled],
      ["cancelled", "n_not_run", counts.not_run],
      ["retry", "n_recovered", recovered],
      ["retry", "n_restarts", restarts],
    ];
    this.tally.hidden = images === 0;
    this.tally.replaceChildren(
      ...rows
        .filter(([name, , n]) => n > 0 || name === "ok")
        .map(([name, text, n]) => el("li", {}, icon(name), t(text, { n }))),
    );
  }

  /** @param {BatchView} batch */
  #showOrders({ state }) {
    const runs = state === "running" || state === "planning";
    const paused = state === "pausing" || state === "paused";
    const focused = Object.values(this.buttons).find((button) => button === document.activeElement);
    this.buttons.pause.hidden = !runs;
    this.buttons.resume.hidden = !paused;
    this.buttons.stop.hidden = !(runs || paused || state === "queued");
    this.buttons.now.hidden = state === "ended" || state === "queued";
    // A button that goes hands its focus to the one that takes its place; where none does, "stop now" must
    // not get what was meant for "stop".
    if (focused?.hidden)
      ([this.buttons.pause, this.buttons.resume].find(({ hidden }) => !hidden) ?? this.element).focus({
        preventScroll: true,
      });
    this.keeps.hidden = state === "ended";
    this.keeps.textContent = t(
      state === "queued"
        ? "keeps_queued"
        : paused
          ? "keeps_paused"
          : state === "stopping"
            ? "keeps_stopping"
            : "keeps_running",
    );
  }

  /**
   * @param {BatchView} batch
   * @param {Hello | null} hello
   */
  #showEnding(batch, hello) {
    this.ending.hidden = batch.state !== "ended";
    const key = `${batch.id} ${batch.state} ${batch.message} ${batch.failed}`;
    if (batch.state !== "ended" || key === this.endingShown) return;
    this.endingShown = key;
    const why =
      batch.message && batch.ending !== "complete"
        ? el(
            "p",
            { class: "why" },
            shown(batch.message),
            ...(batch.ending === "out-of-room" ? [" ", t("no_room_advice")] : []),
          )
        : null;
    if (batch.ending === "refused" || batch.images === 0) {
      this.ending.replaceChildren(...(why ? [why] : []));
      return;
    }
    this.ending.replaceChildren(
      ...(why ? [why] : []),
      pathBox(onDisk(batch.output, hello)),
      this.#actions(batch),
    );
  }

  /**
   * What can be done with a batch that has ended.
   * @param {BatchView} batch
   */
  #actions(batch) {
    const again =
      batch.failed > 0
        ? el(
            "button",
            { type: "button", class: "primary", id: "retry", onclick: () => this.retry("failed") },
            icon("retry"),
            t("retry_failed", { n: batch.failed }),
          )
        : null;
    const rest =
      left(batch) > 0
        ? el(
            "button",
            { type: "button", class: "primary", id: "rest", onclick: () => this.retry("unfinished") },
            icon("play"),
            t("go_on", { n: left(batch) }),
          )
        : null;
    return el(
      "div",
      { class: "row" },
      rest,
      again,
      el(
        "a",
        { class: "button", id: "zip", href: `/batches/${batch.id}/results.zip`, download: "" },
        icon("download"),
        t("zip"),
      ),
      ...reports(batch.id),
    );
  }
}

/**
 * Where the results are, to be copied.
 * @param {string} path
 */
function pathBox(path) {
  const copy = el(
    "button",
    {
      type: "button",
      class: "quiet square",
      "aria-label": t("copy_path"),
      title: t("copy_path"),
      onclick: () => void copyText(path),
    },
    icon("copy"),
  );
  return el(
    "div",
    { class: "path-box" },
    el("span", { class: "dim" }, t("results_in")),
    el("code", {}, shown(path)),
    copy,
  );
}

/** Photos that a stopped batch has not come to. @param {BatchView} batch */
function left({ counts }) {
  return counts.cancelled + counts.not_run;
}

/** @param {number} batch */
function reports(batch) {
  const links = ["html", "json", "csv"].map((kind) => {
    // HTML is looked at, the others are kept.
    const how = kind === "html" ? { target: "_blank" } : { download: "" };
    return el(
      "a",
      {
        class: "button quiet",
        href: `/batches/${batch}/report.${kind}`,
        "aria-label": `${t("report")} ${kind.toUpperCase()}`,
        ...how,
      },
      kind.toUpperCase(),
    );
  });
  return [el("span", { class: "report-word dim" }, icon("report"), " ", t("report")), ...links];
}

/**
 * The path as the file manager knows it.
 * @param {string} path
 * @param {Hello | null} hello
 */
function onDisk(path, hello) {
  const [label, ...rest] = path.split("/");
  const root = hello?.roots.find((one) => one.path === label);
  return root ? [root.shown, ...rest].join("/") : path;
}

/** @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"), { close: t("close") });
  } catch {
    toast(t("copy_by_hand"), { problem: true, close: t("close") });
  }
}
