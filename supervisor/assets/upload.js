// Dropped files, and files chosen from this computer: sent three at a time into a new folder below a root.

import { byId, shown, toast } from "./dom.js";
import { bytes, number, t } from "./i18n.js";

/** At a time; the server allows four. */
const LANES = 3;

/**
 * @typedef {{file: File, folder: string}} Dropped `folder`: below the new folder, "" or with a slash in
 * front
 */

/**
 * Files and folders of a drop, folders with all that is in them.
 * @param {DataTransfer} transfer
 * @returns {Promise<Dropped[]>}
 */
async function dropped(transfer) {
  // Entries exist only while the event is handled, so all are taken before the first wait.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...transfer.files];
  if (entries.every((entry) => entry === null || entry.isFile))
    return files.map((file) => ({ file, folder: "" }));
  /** @type {Dropped[]} */
  const found = [];
  for (const entry of entries) if (entry) await collect(entry, "", found);
  return found;
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} folder
 * @param {Dropped[]} found
 */
async function collect(entry, folder, found) {
  if (entry.name.startsWith(".")) return;
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) =>
      /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
    );
    found.push({ file, folder });
    return;
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  for (;;) {
    const some = /** @type {FileSystemEntry[]} */ (
      await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    );
    if (some.length === 0) return;
    for (const child of some) await collect(child, `${folder}/${entry.name}`, found);
  }
}

/** A folder's name that sorts by time: `dropped 2026-11-24 15.30.12`. */
function folderName() {
  const now = new Date();
  /** @param {number} n */
  const two = (n) => String(n).padStart(2, "0");
  const date = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(".");
  return `dropped ${date} ${time}`;
}

export class Uploads {
  /**
   * @param {() => {root: string, limit: number} | null} place where they may go, and how large one may be
   * @param {(folder: string, refused: string[]) => void} done
   */
  constructor(place, done) {
    this.place = place;
    this.done = done;
    this.box = byId("uploading");
    this.bar = /** @type {HTMLProgressElement} */ (byId("upload-bar"));
    this.text = byId("upload-text");
    this.busy = false;
    this.aborter = new AbortController();
    byId("upload-cancel").addEventListener("click", () => this.aborter.abort());
    const input = /** @type {HTMLInputElement} */ (byId("files"));
    byId("choose-files").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      void this.send([...(input.files ?? [])].map((file) => ({ file, folder: "" })));
      input.value = "";
    });
    this.#listen();
  }

  #listen() {
    const veil = byId("drop-veil");
    let depth = 0;
    /** @param {DragEvent} event */
    const withFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener("dragenter", (event) => {
      if (!withFiles(event)) return;
      depth += 1;
      veil.hidden = false;
    });
    addEventListener("dragleave", (event) => {
      if (!withFiles(event)) return;
      depth = Math.max(0, depth - 1);
      veil.hidden = depth === 0;
    });
    addEventListener("dragover", (event) => {
      if (withFiles(event)) event.preventDefault();
    });
    addEventListener("drop", (event) => {
      depth = 0;
      veil.hidden = true;
      if (!event.dataTransfer || !withFiles(event)) return;
      event.preventDefault();
      void dropped(event.dataTransfer).then((files) => this.send(files));
    });
  }

  /** @param {Dropped[]} files */
  async send(files) {
    const place = this.place();
    if (files.length === 0 || !place) return;
    if (this.busy) {
      toast(t("upload_busy"), { problem: true, close: t("close") });
      return;
    }
    this.busy = true;
    this.aborter = new AbortController();
    this.box.hidden = false;
    const target = `${place.root}/${folderName()}`;
    const total = files.reduce((sum, { file }) => sum + file.size, 0);
    /** @type {string[]} */
    const refused = [];
    let sent = 0;
    let count = 0;
    let stored = 0;
    const show = () => {
      this.bar.value = total > 0 ? sent / total : 0;
      this.text.textContent = t("uploading", {
        done: number(count),
        total: number(files.length),
        size: bytes(total),
      });
    };
    show();
    const queue = [...files];
    const lane = async () => {
      for (let next = queue.shift(); next && !this.aborter.signal.aborted; next = queue.shift()) {
        const why =
          next.file.size > place.limit
            ? t("too_large", { limit: bytes(place.limit) })
            : await put(next, target, this.aborter.signal);
        if (why === null) stored += 1;
        else if (!this.aborter.signal.aborted) refused.push(`${shown(next.file.name)}: ${shown(why)}`);
        sent += next.file.size;
        count += 1;
        show();
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    this.box.hidden = true;
    this.busy = false;
    this.done(stored > 0 ? target : "", refused);
  }
}

/**
 * @param {Dropped} one
 * @param {string} target
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>} why not
 */
async function put({ file, folder }, target, signal) {
  try {
    const answer = await fetch(
      `/upload?${new URLSearchParams({ folder: target + folder, name: file.name })}`,
      { method: "PUT", body: file, signal },
    );
    if (answer.ok) return null;
    return (await answer.json().catch(() => null))?.message ?? String(answer.status);
  } catch {
    return t("upload_broken");
  }
}
