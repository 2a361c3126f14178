// The view in which a batch is prepared: what to process, how, where to. Holds those settings; asks the
// server to check them as they change.

/** @import {FilterInfo, Folder, Hello, Plan, Recipe} from "./types" */

import { ChainEditor } from "./chain.js";
import { Refusal, request } from "./connection.js";
import { byId, chosenNumber, debounce, el, input, shown, toast } from "./dom.js";
import { chooseFolder } from "./folders.js";
import { bytes, t } from "./i18n.js";
import { icon } from "./icons.js";
import { Names, problemText } from "./names.js";
import { offer, OutputForm } from "./outputs.js";
import { Preview } from "./preview.js";
import { framingOf, newRow, rowAt, recipeOf } from "./recipe.js";
import { openRecipes } from "./recipes.js";
import { Uploads } from "./upload.js";

export class Prepare {
  /** @param {(batch: number) => void} started */
  constructor(started) {
    this.started = started;
    /** @type {Hello | null} */
    this.hello = null;
    /** @type {string[]} */
    this.inputs = [];
    /** @type {Plan | null} */
    this.plan = null;
    /** A number for each check: only the newest answer counts. */
    this.asked = 0;
    this.photosKnown = "";
    this.checkLater = debounce(() => void this.#check(), 250);
    this.chain = new ChainEditor(() => this.#changed());
    this.outputs = new OutputForm(() => this.#changed());
    this.preview = new Preview(byId("panel-preview"), this.#welcome());
    this.names = new Names(byId("panel-names"), (from, count) => this.#rows(from, count));
    this.uploads = new Uploads(
      () =>
        this.hello?.roots[0] ? { root: this.hello.roots[0].path, limit: this.hello.limits.upload } : null,
      (folder, refused) => this.#uploaded(folder, refused),
    );
    this.#listen();
    this.translate();
  }

  #welcome() {
    const choose = el(
      "button",
      { type: "button", class: "primary", onclick: () => void this.#choose() },
      icon("folder"),
      el("span"),
    );
    this.welcome = { title: el("h2"), text: el("p"), choose };
    return el(
      "div",
      { class: "welcome" },
      el("div", {}, icon("photos"), this.welcome.title, this.welcome.text, choose),
    );
  }

  #listen() {
    byId("choose-folder").addEventListener("click", () => void this.#choose());
    byId("choose-output").addEventListener("click", () => void this.#chooseOutput());
    byId("recipes-open").addEventListener("click", () =>
      openRecipes({ current: () => this.recipe, use: (recipe) => this.use(recipe) }),
    );
    byId("start").addEventListener("click", () => void this.#start());
    for (const id of ["output", "name", "workers", "timeout"])
      byId(id).addEventListener("input", () => this.#changed());
    for (const id of ["fresh", "on-conflict"]) byId(id).addEventListener("change", () => this.#changed());
    const tabs = /** @type {const} */ (["preview", "names"]).map((name) => ({
      tab: byId(`tab-${name}`),
      panel: byId(`panel-${name}`),
    }));
    for (const [i, { tab }] of tabs.entries()) {
      tab.addEventListener("click", () => this.#openTab(tabs, i));
      tab.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        this.#openTab(tabs, 1 - i);
        tabs[1 - i]?.tab.focus();
      });
    }
  }

  /**
   * @param {{tab: HTMLElement, panel: HTMLElement}[]} tabs
   * @param {number} open
   */
  #openTab(tabs, open) {
    for (const [i, { tab, panel }] of tabs.entries()) {
      tab.setAttribute("aria-selected", String(i === open));
      tab.tabIndex = i === open ? 0 : -1;
      panel.hidden = i !== open;
    }
    this.names.render();
  }

  /**
   * @param {Hello} hello
   * @param {FilterInfo[]} filters
   */
  ready(hello, filters) {
    this.hello = hello;
    this.#offer(hello);
    this.#fillDefaults(hello.defaults);
    const workers = input("workers");
    workers.max = String(hello.workers);
    workers.placeholder = String(hello.workers);
    this.chain.setFilters(filters);
    this.#changed();
  }

  translate() {
    if (this.welcome) {
      this.welcome.title.textContent = t("welcome_title");
      this.welcome.text.textContent = t("welcome_text");
      const label = this.welcome.choose.lastElementChild;
      if (label) label.textContent = t("choose_folder");
    }
    if (this.hello) this.#offer(this.hello);
    this.chain.render();
    this.preview.translate();
    this.names.render();
    this.outputs.show(this.chain.filters);
    this.#showSource();
    this.#showState();
  }

  /**
   * What the server offers to choose from.
   * @param {Hello} hello
   */
  #offer(hello) {
    this.outputs.offer(hello);
    offer("on-conflict", hello.on_conflict, hello.on_conflict[0] ?? "");
  }

  /**
   * What is not yet said stands as it is by default.
   * @param {Hello["defaults"]} defaults
   */
  #fillDefaults({ name, quality, timeout_s }) {
    input("name").value ||= name;
    for (const [id, { usual, least, most }] of Object.entries({ quality, timeout: timeout_s })) {
      const field = input(id);
      field.value ||= String(usual);
      // The field steps by whole numbers.
      field.min = String(Math.ceil(least));
      field.max = String(most);
    }
  }

  /** @returns {Recipe} */
  get recipe() {
    return recipeOf(this.chain.rows, this.outputs.said);
  }

  /**
   * Takes a recipe over, its output settings too.
   * @param {Recipe} recipe
   */
  use({ filters = [], ...rest }) {
    this.outputs.take(rest);
    this.outputs.show(this.chain.filters);
    this.chain.setRows(filters.map((values) => newRow({ ...values }, false)));
  }

  /** What has to be said before anything can be planned. */
  get #missing() {
    if (this.inputs.length === 0) return "start_first";
    return this.#batch.output === "" ? "output_first" : null;
  }

  /** The fields of a batch, as `plan` and `process` take them. */
  get #batch() {
    // Outputs with names have paths of their own.
    const name = this.outputs.areNamed ? "" : input("name").value;
    return {
      inputs: this.inputs,
      output: input("output").value.trim(),
      recipe: this.recipe,
      ...(name === "" ? {} : { name }),
      on_conflict: input("on-conflict").value,
      fresh: input("fresh").checked,
      ...chosenNumber("workers", "workers"),
      ...chosenNumber("timeout_s", "timeout"),
    };
  }

  async #choose() {
    const folder = await chooseFolder({
      title: t("choose_folder_title"),
      make: false,
      at: this.inputs[0] ?? null,
    });
    if (folder?.path) this.setFolder(folder);
  }

  /** @param {Folder} folder */
  setFolder(folder) {
    const path = folder.path ?? "";
    this.inputs = [path];
    this.plan = null;
    // Beside the folder, so that photos and results stay apart; within it where it is a root.
    input("output").value = folder.parent === null ? `${path}/results` : `${path}-results`;
    this.preview.setPhotos([]);
    this.photosKnown = "";
    this.#showSource();
    this.#changed();
  }

  async #chooseOutput() {
    const folder = await chooseFolder({ title: t("choose_output"), make: true, at: this.inputs[0] ?? null });
    if (!folder?.path) return;
    input("output").value = folder.path;
    this.#changed();
  }

  /**
   * @param {string} folder
   * @param {string[]} refused
   */
  async #uploaded(folder, refused) {
    for (const why of refused.slice(0, 3)) toast(why, { problem: true, close: t("close") });
    if (refused.length > 3)
      toast(t("more_refused", { n: refused.length - 3 }), { problem: true, close: t("close") });
    if (!folder) return;
    this.setFolder(await request("folders", { path: folder }));
  }

  #changed() {
    this.asked += 1;
    this.#showState();
    if (this.hello) this.checkLater();
  }

  async #check() {
    const mine = ++this.asked;
    const { recipe } = this;
    try {
      await request("recipe", { recipe });
    } catch (error) {
      if (mine === this.asked && error instanceof Refusal) this.#mistake(error);
      return;
    }
    if (mine !== this.asked) return;
    this.chain.showMistake(undefined, "");
    this.preview.setRecipe(recipe, framingOf(recipe, this.chain.filters));
    if (this.#missing) {
      this.plan = null;
      this.names.setPlan(null);
      this.#showState();
      return;
    }
    // The list of photos is only asked for in full when it can be another one.
    const inputs = this.inputs.join("\n");
    try {
      const plan = /** @type {Plan} */ (
        await request("plan", { ...this.#batch, count: inputs === this.photosKnown ? 500 : 10000 })
      );
      if (mine !== this.asked) return;
      this.plan = plan;
      this.names.setPlan(plan);
      if (inputs !== this.photosKnown && plan.jobs.length > 0) {
        this.photosKnown = inputs;
        this.preview.setPhotos(plan.jobs.map((job) => job.input));
      }
      this.#showSource();
      this.#showState();
    } catch (error) {
      if (mine === this.asked && error instanceof Refusal) this.#mistake(error);
    }
  }

  /**
   * Further rows of the plan that is shown.
   * @param {number} from
   * @param {number} count
   */
  async #rows(from, count) {
    try {
      return /** @type {Plan} */ (await request("plan", { ...this.#batch, from, count })).jobs;
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { problem: true, close: t("close") });
      return [];
    }
  }

  /** @param {Refusal} error */
  #mistake(error) {
    const { where } = error;
    const message = shown(error.message);
    if (where && "filter" in where) this.chain.showMistake(rowAt(this.chain.rows, where.filter), message);
    this.plan = null;
    this.names.setPlan(null);
    this.#showState(message);
  }

  #showSource() {
    const source = byId("source");
    const path = this.inputs[0];
    if (path === undefined) {
      source.replaceChildren(el("p", { class: "dim" }, t("source_empty")));
      return;
    }
    const { plan } = this;
    const about = plan
      ? `${t("n_photos", { n: plan.images })} · ${bytes(plan.bytes)}`
      : this.#missing
        ? ""
        : t("counting");
    source.replaceChildren(
      el("p", { class: "source-path" }, shown(path)),
      el("p", { class: "dim small", role: "status" }, about),
    );
  }

  /** @param {string} [mistake] */
  #showState(mistake) {
    const note = byId("start-note");
    const { plan } = this;
    const problem = mistake === undefined ? plan?.problem && problemText(plan.problem) : shown(mistake);
    note.classList.toggle("bad", Boolean(problem));
    note.classList.toggle("dim", !problem);
    const missing = this.#missing;
    if (problem) note.textContent = problem;
    else if (missing) note.textContent = t(missing);
    else if (!plan) note.textContent = t("checking");
    else if (plan.process === 0 && plan.skip > 0) note.textContent = t("all_current", { n: plan.skip });
    else
      note.textContent =
        t("will_make", { n: plan.process }) +
        (plan.skip > 0 ? ` · ${t("will_skip_n", { n: plan.skip })}` : "") +
        (plan.fail > 0 ? ` · ${t("will_fail_n", { n: plan.fail })}` : "");
    /** @type {HTMLButtonElement} */ (byId("start")).disabled =
      !plan?.ready || Boolean(problem) || missing !== null;
  }

  async #start() {
    const start = /** @type {HTMLButtonElement} */ (byId("start"));
    start.disabled = true;
    try {
      const { batch } = await request("process", this.#batch);
      this.started(batch);
    } catch (error) {
      toast(/** @type {Error} */ (error).message || t("order_lost"), { problem: true, close: t("close") });
    } finally {
      this.#changed();
    }
  }
}
