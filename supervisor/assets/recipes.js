// The dialog of recipes: saved in this browser, and read from and written to files in the TOML that
// `supervisor run --recipe` reads.

/** @import {Recipe} from "./types" */

import { Refusal, request } from "./connection.js";
import { byId, el, saveAs, shown, toast } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { forget, save, saved } from "./recipe.js";

/**
 * @typedef {object} Editor
 * @property {() => Recipe} current
 * @property {(recipe: Recipe) => void} use
 */

/** @param {Editor} editor */
export function openRecipes(editor) {
  new Recipes(editor).open();
}

class Recipes {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("dialog-recipes"));
    this.list = el("ul", { class: "recipe-list" });
    this.problem = el("p", { class: "bad", role: "alert" });
    this.name = el("input", {
      type: "text",
      "aria-label": t("recipe_name"),
      placeholder: t("recipe_name"),
      maxLength: 80,
      required: true,
    });
    this.file = el("input", {
      type: "file",
      accept: ".toml,application/toml,text/plain",
      hidden: true,
      onchange: () => void this.#read(),
    });
  }

  open() {
    this.dialog.replaceChildren(
      this.#head(),
      this.list,
      this.#saving(),
      this.problem,
      this.file,
      this.#filing(),
    );
    this.#show();
    this.dialog.showModal();
  }

  #head() {
    const close = {
      type: "button",
      class: "quiet square",
      "aria-label": t("close"),
      onclick: () => this.dialog.close(),
    };
    return el(
      "header",
      {},
      el("h2", { id: "recipes-title" }, t("saved_recipes")),
      el("button", close, icon("close")),
    );
  }

  /** The field in which the recipe is given a name, to be saved. */
  #saving() {
    const submit = (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#checked(({ toml, text }) => {
        save(this.name.value.trim(), toml, text);
        this.name.value = "";
        this.#show();
        toast(t("recipe_saved"), { close: t("close") });
      });
    };
    return el(
      "form",
      { class: "row tight", onsubmit: submit },
      this.name,
      el("button", { type: "submit" }, t("save")),
    );
  }

  /** To and from files. */
  #filing() {
    const quiet = { type: "button", class: "quiet" };
    const write = () => void this.#checked(({ toml }) => saveAs("recipe.toml", toml));
    return el(
      "footer",
      {},
      el("button", { ...quiet, onclick: () => this.file.click() }, icon("upload"), t("import_toml")),
      el("button", { ...quiet, onclick: write }, icon("download"), t("export_toml")),
    );
  }

  #show() {
    const rows = saved().map((one) => this.#row(one));
    this.list.replaceChildren(...rows);
    if (rows.length === 0) this.list.append(el("li", {}, el("span", { class: "dim" }, t("no_recipes"))));
  }

  /** @param {{name: string, toml: string, text: string}} recipe */
  #row({ name, toml, text }) {
    const drop = () => {
      forget(name);
      this.#show();
      this.name.focus();
    };
    return el(
      "li",
      {},
      el("div", { class: "about" }, el("p", {}, shown(name)), el("p", { class: "dim small" }, shown(text))),
      el(
        "button",
        {
          type: "button",
          "aria-label": t("load_recipe", { name: shown(name) }),
          onclick: () => void this.#load(toml),
        },
        t("load"),
      ),
      el(
        "button",
        {
          type: "button",
          class: "quiet square",
          "aria-label": t("forget_recipe", { name: shown(name) }),
          onclick: drop,
        },
        icon("remove"),
      ),
    );
  }

  /** @param {unknown} error */
  #complain(error) {
    if (!(error instanceof Refusal)) {
      // A bug of ours, in words for programmers.
      console.error(error);
      this.problem.textContent = t("page_failed");
      return;
    }
    const at = error.where;
    const place =
      at && "line" in at ? `${t("line_column", { line: String(at.line), column: String(at.column) })}: ` : "";
    this.problem.textContent = place + shown(error.message);
  }

  /** @param {string} toml */
  async #load(toml) {
    try {
      const answer = await request("recipe", { toml });
      this.editor.use(answer.recipe);
      this.dialog.close();
    } catch (error) {
      this.#complain(error);
    }
  }

  async #read() {
    const chosen = this.file.files?.[0];
    this.file.value = "";
    if (chosen) await this.#load(await chosen.text());
  }

  /** @param {(answer: {toml: string, text: string}) => void} with_ what is done if it is in order */
  async #checked(with_) {
    this.problem.textContent = "";
    try {
      with_(await request("recipe", { recipe: this.editor.current() }));
    } catch (error) {
      this.#complain(error);
    }
  }
}
