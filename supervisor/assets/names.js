// The table of target names before the run: what becomes of each photo, collisions first and in red.

/** @import {Plan, PlanJob, PlanProblem} from "./types" */

import { byId, el, shown } from "./dom.js";
import { number, t, word } from "./i18n.js";
import { icon } from "./icons.js";

const ROWS = 200;
/** Rows that are shown further at a time. */
const MORE = 2000;

/** What kinds of problem are called. */
const PROBLEMS =
  /** @type {Record<string, "problem_collisions" | "problem_conflicts" | "problem_replace">} */ ({
    collisions: "problem_collisions",
    conflicts: "problem_conflicts",
    "would-replace-input": "problem_replace",
  });

/**
 * Why nothing can be started, in one sentence: the names are in the table.
 * @param {PlanProblem} problem
 */
export function problemText({ kind, message, rows }) {
  const known = PROBLEMS[kind];
  return known ? t(known, { n: rows.length }) : shown(message.replace(/\s*\n\s*/g, " "));
}

export class Names {
  /**
   * @param {HTMLElement} panel
   * @param {(from: number, count: number) => Promise<PlanJob[]>} ask for rows that the plan did not bring
   * along
   */
  constructor(panel, ask) {
    this.panel = panel;
    this.ask = ask;
    /** @type {Plan | null} */
    this.plan = null;
    this.rows = ROWS;
  }

  /** @param {Plan | null} plan */
  setPlan(plan) {
    this.plan = plan;
    this.rows = ROWS;
    this.render();
  }

  render() {
    const { plan } = this;
    const count = byId("names-count");
    count.hidden = !plan;
    if (!plan) {
      this.panel.replaceChildren(el("p", { class: "names-note dim" }, t("names_empty")));
      return;
    }
    const clashes = plan.problem?.rows ?? [];
    count.classList.toggle("bad", clashes.length > 0);
    count.textContent = number(clashes.length || plan.images);
    // The table is only made when it is looked at.
    if (this.panel.hidden) {
      this.panel.replaceChildren();
      return;
    }
    const notes = plan.warnings.map((warning) => el("p", { class: "names-note dim" }, shown(warning)));
    if (plan.problem)
      notes.unshift(el("p", { class: "names-note clash" }, icon("failed"), " ", problemText(plan.problem)));
    const jobs = plan.jobs.slice(0, this.rows);
    const head = el(
      "thead",
      {},
      el("tr", {}, ...[t("photo"), t("becomes"), t("what")].map((text) => el("th", { scope: "col" }, text))),
    );
    const body = el(
      "tbody",
      {},
      ...clashes.flatMap((row) => row.inputs.map((input) => clash(input, row.output))),
      ...jobs.map(job),
    );
    const table = el(
      "table",
      { class: "names" },
      el("caption", { class: "visually-hidden" }, t("names")),
      head,
      body,
    );
    const left = plan.images - jobs.length;
    const more =
      left > 0
        ? el(
            "p",
            { class: "names-note" },
            el(
              "button",
              { type: "button", onclick: () => void this.#more(plan) },
              t("show_more", { n: left }),
            ),
          )
        : null;
    this.panel.replaceChildren(
      ...notes,
      ...(body.childElementCount > 0 ? [table] : []),
      ...(more ? [more] : []),
    );
  }

  /** @param {Plan} plan the one that is shown */
  async #more(plan) {
    const known = plan.jobs.length;
    const rows = this.rows < known ? [] : await this.ask(known, MORE);
    // Another plan has come meanwhile, or the button was pressed twice.
    if (plan !== this.plan || plan.jobs.length !== known) return;
    plan.jobs.push(...rows);
    this.rows = this.rows < known ? this.rows + MORE : plan.jobs.length;
    this.render();
    // The button was made anew, or there is nothing more.
    (this.panel.querySelector("button") ?? this.panel).focus({ preventScroll: true });
  }
}

/**
 * @param {string} input
 * @param {string} output
 */
function clash(input, output) {
  return el(
    "tr",
    { class: "clash" },
    el("td", {}, shown(input)),
    el("td", {}, shown(output)),
    el("td", { class: "what" }, icon("failed"), " ", t("name_taken")),
  );
}

/** @param {PlanJob} planned */
function job(planned) {
  /** @type {(outputs: string[], look: string, ...what: (Node | string)[]) => HTMLElement} */
  const row = (outputs, look, ...what) => {
    const cells = [
      el("td", {}, shown(planned.input)),
      el("td", {}, ...outputs.map((output) => el("div", {}, shown(output)))),
      el("td", { class: look }, ...what),
    ];
    return el("tr", {}, ...cells);
  };
  switch (planned.action) {
    case "process":
      return row(planned.outputs, "dim", t(planned.replaces ? "replaces" : "will_process"));
    case "skip": {
      const reason = t("will_skip", { reason: word(planned.reason) });
      return row(planned.outputs, "dim", icon("skipped"), " ", reason);
    }
    case "fail":
      return row(["–"], "bad", icon("failed"), " ", shown(planned.detail));
  }
}
