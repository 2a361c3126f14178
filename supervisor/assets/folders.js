// The dialog in which a folder below the allowed roots is chosen.

/** @import {Folder} from "./types" */

import { request } from "./connection.js";
import { byId, el, shown } from "./dom.js";
import { bytes, t } from "./i18n.js";
import { icon } from "./icons.js";

/**
 * Lets the user choose a folder.
 * @param {{title: string, make: boolean, at: string | null}} options `make`: whether a new one may be made;
 * `at`: where to begin
 * @returns {Promise<Folder | null>} null if it was called off
 */
export function chooseFolder({ title, make, at }) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("dialog-folder"));
  const list = el("div", { class: "folder-list", tabIndex: -1 });
  const where = el("p", { class: "grow name", role: "status" });
  const about = el("p", { class: "dim small", role: "status" });
  const up = el(
    "button",
    {
      type: "button",
      class: "square",
      "aria-label": t("folder_up"),
      title: t("folder_up"),
      onclick: () => void open(here?.parent ?? null),
    },
    icon("up"),
  );
  const use = el(
    "button",
    { type: "button", class: "primary", onclick: () => dialog.close("chosen") },
    t("use_folder"),
  );
  const name = el("input", {
    type: "text",
    "aria-label": t("new_folder_name"),
    placeholder: t("new_folder_name"),
  });
  const maker = el(
    "form",
    { class: "row tight", onsubmit: (/** @type {Event} */ event) => void create(event) },
    name,
    el("button", { type: "submit" }, t("new_folder")),
  );
  /** @type {Folder | null} */
  let here = null;

  /** @param {string | null} path */
  async function open(path) {
    // Until the answer is there, "this folder" would be the one before.
    use.disabled = true;
    try {
      here = /** @type {Folder} */ (await request("folders", path === null ? {} : { path }));
    } catch (error) {
      if (path !== null && here === null) return open(null);
      about.textContent = shown(String(/** @type {Error} */ (error).message));
      use.disabled = !here?.path;
      return;
    }
    show(here);
  }

  /** @param {Folder} folder */
  function show(folder) {
    const root = folder.path === null;
    where.textContent = root ? t("folder_roots") : shown(folder.path ?? "");
    where.title = shown(folder.shown ?? "");
    up.disabled = root;
    use.disabled = root;
    maker.hidden = !make || root;
    about.textContent = root
      ? ""
      : folder.pictures > 0
        ? `${t("n_photos", { n: folder.pictures })} · ${bytes(folder.bytes)}`
        : t("no_photos_here");
    const rows = folder.folders.map((one) =>
      el(
        "button",
        { type: "button", onclick: () => void open(one.path) },
        icon("folder"),
        el("span", { class: "name" }, shown(one.name)),
        el(
          "span",
          { class: "count" },
          [
            one.pictures > 0 ? t("n_photos", { n: one.pictures }) : "",
            one.folders > 0 ? t("n_folders", { n: one.folders }) : "",
          ]
            .filter(Boolean)
            .join(" · "),
        ),
      ),
    );
    list.replaceChildren(...rows);
    if (rows.length === 0) list.append(el("p", { class: "names-note dim" }, t("no_folders")));
    (rows[0] ?? use).focus();
  }

  /** @param {Event} event */
  async function create(event) {
    event.preventDefault();
    const wanted = name.value.trim();
    if (!wanted || !here?.path) return;
    const path = `${here.path}/${wanted}`;
    try {
      await request("make-folder", { path });
      name.value = "";
      await open(path);
    } catch (error) {
      about.textContent = shown(/** @type {Error} */ (error).message);
    }
  }

  dialog.replaceChildren(
    el(
      "header",
      {},
      el("h2", { id: "folder-title" }, title),
      el(
        "button",
        { type: "button", class: "quiet square", "aria-label": t("close"), onclick: () => dialog.close() },
        icon("close"),
      ),
    ),
    el("div", { class: "crumbs" }, up, where),
    list,
    el("p", { class: "small" }, about),
    maker,
    el("footer", {}, el("button", { type: "button", onclick: () => dialog.close() }, t("cancel")), use),
  );
  dialog.returnValue = "";
  dialog.showModal();
  void open(at);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "chosen" ? here : null), {
      once: true,
    });
  });
}
