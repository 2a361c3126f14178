// The dialog of recipes: saved in this browser, and read from and written to files in the TOML that
// `supervisor run --recipe` reads.

/** @import {Recipe} from "./types" */

import { Refusal, request } from "./connection.js";
import { byId, el, saveAs, shown, toast } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { forget, save, saved } from "./recipe.js";

/**
 * @param {{current: () => Recipe, use: (recipe: Recipe) => void}} editor
 */
export function openRecipes({ current, use }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("dialog-recipes"));
  const list = el("ul", { class: "recipe-list" });
  const problem = el("p", { class: "bad", role: "alert" });
  const name = el("input", {
    type: "text",
    "aria-label": t("recipe_name"),
    placeholder: t("recipe_name"),
    maxLength: 80,
    required: true,
  });
  const file = el("input", {
    type: "file",
    accept: ".toml,application/toml,text/plain",
    hidden: true,
    onchange: () => void read(),
  });

  function show() {
    const rows = saved().map((one) =>
      el(
        "li",
        {},
        el(
          "div",
          { class: "about" },
          el("p", {}, shown(one.name)),
          el("p", { class: "dim small" }, shown(one.text)),
        ),
        el(
          "button",
          {
            type: "button",
            "aria-label": t("load_recipe", { name: shown(one.name) }),
            onclick: () => void load(one.toml),
          },
          t("load"),
        ),
        el(
          "button",
          {
            type: "button",
            class: "quiet square",
            "aria-label": t("forget_recipe", { name: shown(one.name) }),
            onclick: () => {
              forget(one.name);
              show();
              name.focus();
            },
          },
          icon("remove"),
        ),
      ),
    );
    list.replaceChildren(...rows);
    if (rows.length === 0) list.append(el("li", {}, el("span", { class: "dim" }, t("no_recipes"))));
  }

  /** @param {unknown} error */
  function complain(error) {
    const at = error instanceof Refusal ? error.where : null;
    let place = "";
    if (at && "line" in at) {
      place = `${t("line_column", { line: String(at.line), column: String(at.column) })}: `;
    }
    problem.textContent = place + shown(/** @type {Error} */ (error).message);
  }

  /** @param {string} toml */
  async function load(toml) {
    try {
      const answer = await request("recipe", { toml });
      use(answer.recipe);
      dialog.close();
    } catch (error) {
      complain(error);
    }
  }

  async function read() {
    const chosen = file.files?.[0];
    file.value = "";
    if (chosen) await load(await chosen.text());
  }

  /** @param {(answer: {toml: string, text: string}) => void} with_ */
  async function checked(with_) {
    problem.textContent = "";
    try {
      with_(await request("recipe", { recipe: current() }));
    } catch (error) {
      complain(error);
    }
  }

  const keep = el(
    "form",
    {
      class: "row tight",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void checked(({ toml, text }) => {
          save(name.value.trim(), toml, text);
          name.value = "";
          show();
          toast(t("recipe_saved"), { close: t("close") });
        });
      },
    },
    name,
    el("button", { type: "submit" }, t("save")),
  );
  dialog.replaceChildren(
    el(
      "header",
      {},
      el("h2", { id: "recipes-title" }, t("saved_recipes")),
      el(
        "button",
        { type: "button", class: "quiet square", "aria-label": t("close"), onclick: () => dialog.close() },
        icon("close"),
      ),
    ),
    list,
    keep,
    problem,
    file,
    el(
      "footer",
      {},
      el(
        "button",
        { type: "button", class: "quiet", onclick: () => file.click() },
        icon("upload"),
        t("import_toml"),
      ),
      el(
        "button",
        {
          type: "button",
          class: "quiet",
          onclick: () => void checked(({ toml }) => saveAs("recipe.toml", toml)),
        },
        icon("download"),
        t("export_toml"),
      ),
    ),
  );
  show();
  dialog.showModal();
}
