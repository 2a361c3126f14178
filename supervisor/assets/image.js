// The dialog of one photo of a batch: before and after, or what went wrong and what can be done.

/** @import {BatchView, ImageRow, Stages} from "./types" */

import { BeforeAfter } from "./before_after.js";
import { request } from "./connection.js";
import { baseName, byId, el, shown, toast } from "./dom.js";
import { bytes, milliseconds, number, t, word } from "./i18n.js";
import { icon } from "./icons.js";
import { make } from "./preview.js";

const EDGE = 1536;
/** In the order in which a photo goes through them. */
/** @type {(keyof Stages)[]} */
const STAGES = ["read", "decode", "filter", "encode", "write"];

/**
 * @param {BatchView} batch
 * @param {number} job
 * @param {() => void} retry
 */
export async function openImage(batch, job, retry) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("dialog-image"));
  /** @type {ImageRow | undefined} */
  let image;
  try {
    image = (await request("images", { batch: batch.id, from: job, count: 1 })).images[0];
  } catch (error) {
    toast(/** @type {Error} */ (error).message, { problem: true, close: t("close") });
  }
  if (!image) return;
  const failed = image.verdict === "failed" || image.verdict === "quarantined";
  const stage = failed ? null : el("div", { class: "image-stage" });
  const footer = el("footer");
  if (failed && batch.state === "ended") {
    footer.append(
      el(
        "button",
        {
          type: "button",
          class: "primary",
          onclick: () => {
            dialog.close();
            retry();
          },
        },
        icon("retry"),
        t("retry_failed", { n: batch.failed }),
      ),
    );
  }
  footer.append(el("button", { type: "button", onclick: () => dialog.close() }, t("close")));
  dialog.replaceChildren(
    el(
      "header",
      {},
      el("h2", { id: "image-title", class: "name" }, shown(baseName(image.input))),
      el(
        "button",
        { type: "button", class: "quiet square", "aria-label": t("close"), onclick: () => dialog.close() },
        icon("close"),
      ),
    ),
    ...(stage ? [stage] : []),
    facts(image, batch),
    footer,
  );
  const closed = new AbortController();
  dialog.addEventListener("close", () => closed.abort(), { once: true });
  dialog.showModal();
  if (stage) await showBeforeAfter(stage, image, closed.signal);
}

/**
 * @param {ImageRow} image
 * @param {BatchView} batch
 */
function facts(image, batch) {
  const kind = image.kind ? word(image.kind) : "";
  /** @type {[string, string | null][]} */
  const rows = [
    [t("verdict"), image.verdict ? word(image.verdict) : word("waiting")],
    [t("cause"), kind && image.stage ? t("cause_in_stage", { kind, stage: word(image.stage) }) : kind],
    [t("advice"), image.kind && image.verdict !== "ok" ? word(`advice:${image.kind}`) : ""],
    [t("photo"), image.path],
    [t("result"), image.result],
    [
      t("pixel_size"),
      image.width && image.height
        ? t("pixels", { width: number(image.width), height: number(image.height) })
        : "",
    ],
    [
      t("file_size"),
      image.bytes_in
        ? image.bytes_out
          ? `${bytes(image.bytes_in)} → ${bytes(image.bytes_out)}`
          : bytes(image.bytes_in)
        : "",
    ],
    [t("attempts"), image.attempts > 1 ? number(image.attempts) : ""],
    [t("worker"), image.worker === null ? "" : number(Number.parseInt(image.worker, 10) + 1)],
    [
      t("time"),
      image.ms
        ? STAGES.flatMap((stage) =>
            typeof image.ms?.[stage] === "number" ? [`${word(stage)} ${milliseconds(image.ms[stage])}`] : [],
          ).join(" · ")
        : "",
    ],
  ];
  const list = rows
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, shown(value ?? ""))]);
  if (image.detail)
    list.push(
      el("dt", {}, t("detail")),
      el("dd", {}, el("pre", {}, image.detail.split("\n").map(shown).join("\n"))),
    );
  if (batch.state !== "ended" && image.verdict && image.verdict !== "ok")
    list.push(el("dt", {}, t("retry")), el("dd", {}, t("retry_at_end")));
  return el("dl", { class: "facts" }, ...list);
}

/**
 * @param {HTMLElement} stage
 * @param {ImageRow} image
 * @param {AbortSignal} signal
 */
async function showBeforeAfter(stage, image, signal) {
  const view = new BeforeAfter(() => {});
  stage.append(view.element);
  view.setBusy(true);
  try {
    const before = await make({ path: image.path, edge: EDGE }, signal);
    await view.show("before", before.blob, null);
    if (!image.result) {
      view.setAlone();
      view.setSize(before.width, before.height);
      return;
    }
    const after = await make({ path: image.result, edge: EDGE }, signal);
    await view.show("after", after.blob, null);
    // Shown fitted in, so that a smaller result lies over its photo; other proportions lie over each other as
    // well as they can.
    const larger = after.width >= before.width ? after : before;
    view.setSize(larger.width, larger.height);
  } catch (error) {
    if (!signal.aborted) view.setTrouble(shown(/** @type {Error} */ (error).message));
  } finally {
    view.setBusy(false);
  }
}
