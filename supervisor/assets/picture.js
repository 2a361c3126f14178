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
export async function openPicture(batch, job, retry) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("dialog-picture"));
  /** @type {ImageRow | undefined} */
  let picture;
  try {
    picture = (await request("images", { batch: batch.id, from: job, count: 1 })).images[0];
  } catch (error) {
    toast(/** @type {Error} */ (error).message, { problem: true, close: t("close") });
  }
  if (!picture) return;
  const failed = picture.verdict === "failed" || picture.verdict === "quarantined";
  const stage = failed ? null : el("div", { class: "picture-stage" });
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
      el("h2", { id: "picture-title", class: "name" }, shown(baseName(picture.input))),
      el(
        "button",
        { type: "button", class: "quiet square", "aria-label": t("close"), onclick: () => dialog.close() },
        icon("close"),
      ),
    ),
    ...(stage ? [stage] : []),
    facts(picture, batch),
    footer,
  );
  const closed = new AbortController();
  dialog.addEventListener("close", () => closed.abort(), { once: true });
  dialog.showModal();
  if (stage) await showBeforeAfter(stage, picture, closed.signal);
}

/**
 * @param {ImageRow} picture
 * @param {BatchView} batch
 */
function facts(picture, batch) {
  const kind = picture.kind ? word(picture.kind) : "";
  /** @type {[string, string | null][]} */
  const rows = [
    [t("verdict"), picture.verdict ? word(picture.verdict) : word("waiting")],
    [t("cause"), kind && picture.stage ? t("cause_in_stage", { kind, stage: word(picture.stage) }) : kind],
    [t("advice"), picture.kind && picture.verdict !== "ok" ? word(`advice:${picture.kind}`) : ""],
    [t("photo"), picture.path],
    [t("result"), picture.result],
    [
      t("pixel_size"),
      picture.width && picture.height
        ? t("pixels", { width: number(picture.width), height: number(picture.height) })
        : "",
    ],
    [
      t("file_size"),
      picture.bytes_in
        ? picture.bytes_out
          ? `${bytes(picture.bytes_in)} → ${bytes(picture.bytes_out)}`
          : bytes(picture.bytes_in)
        : "",
    ],
    [t("attempts"), picture.attempts > 1 ? number(picture.attempts) : ""],
    [t("worker"), picture.worker === null ? "" : number(Number.parseInt(picture.worker, 10) + 1)],
    [
      t("time"),
      picture.ms
        ? STAGES.flatMap((stage) =>
            typeof picture.ms?.[stage] === "number"
              ? [`${word(stage)} ${milliseconds(picture.ms[stage])}`]
              : [],
          ).join(" · ")
        : "",
    ],
  ];
  const list = rows
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, shown(value ?? ""))]);
  if (picture.detail)
    list.push(
      el("dt", {}, t("detail")),
      el("dd", {}, el("pre", {}, picture.detail.split("\n").map(shown).join("\n"))),
    );
  if (batch.state !== "ended" && picture.verdict && picture.verdict !== "ok")
    list.push(el("dt", {}, t("retry")), el("dd", {}, t("retry_at_end")));
  return el("dl", { class: "facts" }, ...list);
}

/**
 * @param {HTMLElement} stage
 * @param {ImageRow} picture
 * @param {AbortSignal} signal
 */
async function showBeforeAfter(stage, picture, signal) {
  const view = new BeforeAfter(() => {});
  stage.append(view.element);
  view.setBusy(true);
  try {
    const before = await make({ path: picture.path, edge: EDGE }, signal);
    await view.show("before", before.blob, null);
    if (!picture.result) {
      view.setAlone();
      view.setSize(before.width, before.height);
      return;
    }
    const after = await make({ path: picture.result, edge: EDGE }, signal);
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
