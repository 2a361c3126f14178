// The dialog in which a folder below the allowed roots is chosen.

/** @import {Folder} from "./types" */

import { request } from "./connection.js";
import { byId, el, shown } from "./dom.js";
import { bytes, t } from "./i18n.js";
import { icon } from "./icons.js";

/**
 * @typedef {object} Options
 * @property {string} title
 * @property {boolean} make whether a new one may be made
 * @property {string | null} at where to begin
 */

/**
 * Lets the user choose a folder.
 * @param {Options} options
 * @returns {Promise<Folder | null>} null if it was called off
 */
export function chooseFolder(options) {
  return new Chooser(options).choose();
}

class Chooser {
  /** @param {Options} options */
  constructor({ title, make, at }) {
    this.make = make;
    this.at = at;
    /** @type {Folder | null} */
    this.here = null;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("dialog-folder"));
    this.list = el("div", { class: "folder-list", tabIndex: -1 });
    this.where = el("p", { class: "grow name", role: "status" });
    this.about = el("p", { class: "dim small", role: "status" });
    this.up = el(
      "button",
      {
        type: "button",
        class: "square",
        "aria-label": t("folder_up"),
        title: t("folder_up"),
        onclick: () => void this.#open(this.here?.parent ?? null),
      },
      icon("up"),
    );
    this.use = el(
      "button",
      { type: "button", class: "primary", onclick: () => this.dialog.close("chosen") },
      t("use_folder"),
    );
    this.name = el("input", {
      type: "text",
      "aria-label": t("new_folder_name"),
      placeholder: t("new_folder_name"),
    });
    this.maker = el(
      "form",
      { class: "row tight", onsubmit: (/** @type {Event} */ event) => void this.#create(event) },
      this.name,
      el("button", { type: "submit" }, t("new_folder")),
    );
    this.#lay(title);
  }

  /** @param {string} title */
  #lay(title) {
    const close = () => this.dialog.close();
    this.dialog.replaceChildren(
      el(
        "header",
        {},
        el("h2", { id: "folder-title" }, title),
        el(
          "button",
          { type: "button", class: "quiet square", "aria-label": t("close"), onclick: close },
          icon("close"),
        ),
      ),
      el("div", { class: "crumbs" }, this.up, this.where),
      this.list,
      el("p", { class: "small" }, this.about),
      this.maker,
      el("footer", {}, el("button", { type: "button", onclick: close }, t("cancel")), this.use),
    );
  }

  /** @returns {Promise<Folder | null>} */
  choose() {
    this.dialog.returnValue = "";
    this.dialog.showModal();
    void this.#open(this.at);
    return new Promise((resolve) => {
      const closed = () => resolve(this.dialog.returnValue === "chosen" ? this.here : null);
      this.dialog.addEventListener("close", closed, { once: true });
    });
  }

  /**
   * @param {string | null} path
   * @returns {Promise<void>}
   */
  async #open(path) {
    // Until the answer is there, "this folder" would be the one before.
    this.use.disabled = true;
    try {
      this.here = /** @type {Folder} */ (await request("folders", path === null ? {} : { path }));
    } catch (error) {
      if (path !== null && this.here === null) return this.#open(null);
      this.about.textContent = shown(String(/** @type {Error} */ (error).message));
      this.use.disabled = !this.here?.path;
      return;
    }
    this.#show(this.here);
  }

  /** @param {Folder} folder */
  #show(folder) {
    const root = folder.path === null;
    this.where.textContent = root ? t("folder_roots") : shown(folder.path ?? "");
    this.where.title = shown(folder.shown ?? "");
    this.up.disabled = root;
    this.use.disabled = root;
    this.maker.hidden = !this.make || root;
    this.about.textContent = root
      ? ""
      : folder.pictures > 0
        ? `${t("n_photos", { n: folder.pictures })} · ${bytes(folder.bytes)}`
        : t("no_photos_here");
    const rows = folder.folders.map((one) => this.#row(one));
    this.list.replaceChildren(...rows);
    if (rows.length === 0) this.list.append(el("p", { class: "names-note dim" }, t("no_folders")));
    (rows[0] ?? this.use).focus();
  }

  /** @param {Folder["folders"][number]} folder */
  #row({ name, path, pictures, folders }) {
    const counts = [
      pictures > 0 ? t("n_photos", { n: pictures }) : "",
      folders > 0 ? t("n_folders", { n: folders }) : "",
    ];
    return el(
      "button",
      { type: "button", onclick: () => void this.#open(path) },
      icon("folder"),
      el("span", { class: "name" }, shown(name)),
      el("span", { class: "count" }, counts.filter(Boolean).join(" · ")),
    );
  }

  /** @param {Event} event */
  async #create(event) {
    event.preventDefault();
    const wanted = this.name.value.trim();
    if (!wanted || !this.here?.path) return;
    const path = `${this.here.path}/${wanted}`;
    try {
      await request("make-folder", { path });
      this.name.value = "";
      await this.#open(path);
    } catch (error) {
      this.about.textContent = shown(/** @type {Error} */ (error).message);
    }
  }
}
