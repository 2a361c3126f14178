// Starts the page: language, theme, connection, and which of the two views is seen.

/** @import {ConnectionState} from "./types" */

import { BatchPage } from "./batch.js";
import { connect, reconnect, request } from "./connection.js";
import { byId } from "./dom.js";
import { chosenLanguage, setLanguage, t, translate } from "./i18n.js";
import { fillIcons } from "./icons.js";
import { Prepare } from "./prepare.js";

const THEME = "supervisor-theme";

// The token has become a cookie; in the address bar it would only be copied by mistake.
if (location.search) history.replaceState(null, "", location.pathname + location.hash);

setLanguage(chosenLanguage());
translate(document);
fillIcons();
const batches = new BatchPage();
const prepare = new Prepare((batch) => {
  batches.choose(batch);
  go("batch");
  // The button that was pressed is gone.
  byId("main").focus({ preventScroll: true });
});

/** @param {"prepare" | "batch"} view */
function go(view) {
  for (const name of ["prepare", "batch"]) {
    byId(`view-${name}`).hidden = name !== view;
    const tab = byId(`go-${name}`);
    if (name === view) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  if (location.hash !== `#${view}`) history.replaceState(null, "", `#${view}`);
  scrollTo(0, 0);
  if (view === "batch") batches.show();
}

byId("go-prepare").addEventListener("click", () => go("prepare"));
byId("go-batch").addEventListener("click", () => go("batch"));
addEventListener("hashchange", () => go(location.hash === "#batch" ? "batch" : "prepare"));
go(location.hash === "#batch" ? "batch" : "prepare");

const language = /** @type {HTMLSelectElement} */ (byId("language"));
language.value = chosenLanguage();
language.addEventListener("change", () => {
  setLanguage(language.value === "es" ? "es" : "en", true);
  translate(document);
  prepare.translate();
  batches.translate();
});

const dark = matchMedia("(prefers-color-scheme: dark)");
function applyTheme() {
  document.documentElement.dataset.theme = localStorage.getItem(THEME) ?? (dark.matches ? "dark" : "light");
}
applyTheme();
dark.addEventListener("change", applyTheme);
byId("theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  // Back at what the system says, the page follows the system again.
  if ((next === "dark") === dark.matches) localStorage.removeItem(THEME);
  else localStorage.setItem(THEME, next);
  applyTheme();
  batches.show();
});

let failures = 0;
let epoch = "";
byId("reconnect").addEventListener("click", reconnect);

/**
 * @param {ConnectionState} state
 * @param {number} retryIn
 */
function showConnection(state, retryIn) {
  if (state === "open") failures = 0;
  if (state === "lost") failures += 1;
  byId("connection-state").hidden = state === "open" || failures === 0;
  byId("connection-state").textContent = t("reconnecting");
  // A short break is only mentioned; a longer one is explained.
  byId("lost").hidden = failures < 2;
  byId("lost-detail").textContent =
    failures > 3 ? t("connection_lost_long") : retryIn > 0 ? t("connection_lost_short") : "";
}

connect({
  connection: showConnection,
  hello: async (hello) => {
    batches.ready(hello);
    if (hello.epoch === epoch) return;
    epoch = hello.epoch;
    const { filters } = await request("filters");
    prepare.ready(hello, filters);
  },
  view: (view) => {
    const active = view.batches.filter(({ state }) => state !== "ended");
    byId("active-count").hidden = active.length === 0;
    byId("active-count").textContent = String(active.length);
    const images = active.reduce((sum, batch) => sum + batch.images, 0);
    const done = active.reduce((sum, batch) => sum + batch.done, 0);
    document.title = images > 0 ? `${Math.floor((100 * done) / images)} % · supervisor` : "supervisor";
    batches.update(view);
  },
});
