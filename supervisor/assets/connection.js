// The page's end of monitor.js: questions and orders out; answers, views and the state of the connection in.

/** @import {FromMonitor, Hello, ConnectionState, Mistake, Request, ToMonitor, View} from "./types" */

import { bytes, t } from "./i18n.js";

/** What the server answered instead of what was asked for, or why it was not asked. */
export class Refusal extends Error {
  /** @param {Mistake} mistake */
  constructor(mistake) {
    super(
      mistake.limit === undefined ? mistake.message : t("message_too_large", { limit: bytes(mistake.limit) }),
    );
    this.where = mistake.where ?? null;
  }
}

/** @type {Map<number, {resolve: (body: any) => void, reject: (error: Error) => void}>} */
const waiting = new Map();
let lastId = 0;

/**
 * @type {{
 *   connection: (state: ConnectionState, retryIn: number) => void,
 *   hello: (hello: Hello) => void,
 *   view: (view: View) => void,
 * }}
 */
let ears;

const worker = new Worker("/assets/monitor.js", { type: "module" });

/** @param {ToMonitor} message */
function tell(message) {
  worker.postMessage(message);
}

/** @param {MessageEvent<FromMonitor>} event */
worker.onmessage = (event) => {
  const message = event.data;
  switch (message.kind) {
    case "connection":
      ears.connection(message.state, message.retryIn);
      break;
    case "hello":
      ears.hello(message.hello);
      break;
    case "view":
      ears.view(message.view);
      break;
    case "answer": {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.body.type === "error") asked?.reject(new Refusal(message.body));
      else asked?.resolve(message.body);
      break;
    }
  }
};

/**
 * Connects; from then on `listeners` are told.
 * @param {typeof ears} listeners
 */
export function connect(listeners) {
  ears = listeners;
  tell({ kind: "connect", url: `${location.protocol.replace("http", "ws")}//${location.host}/ws` });
}

/** Tries to connect at once, instead of waiting further. */
export function reconnect() {
  tell({ kind: "retry-now" });
}

/**
 * Asks or orders something; the fields are those of docs/websocket.md. Rejects with a `Refusal`.
 * @param {Request["type"]} type
 * @param {Record<string, unknown>} [fields]
 * @returns {Promise<any>}
 */
export function request(type, fields = {}) {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    tell({ kind: "request", id, body: { type, ...fields } });
  });
}

/**
 * Which batch is shown in full.
 * @param {number | null} batch
 */
export function choose(batch) {
  tell({ kind: "choose", batch });
}

/** What each image element waits for. @type {WeakMap<HTMLImageElement, AbortController>} */
const wanted = new WeakMap();

/**
 * Lets an image element show a small picture, or nothing if there is none. Whatever it waited for
 * before is called off.
 * @param {HTMLImageElement} image
 * @param {string} path "": nothing
 * @param {number} edge
 */
export async function showThumbnail(image, path, edge) {
  wanted.get(image)?.abort();
  const asked = new AbortController();
  wanted.set(image, asked);
  image.alt = "";
  image.style.visibility = "hidden";
  let url = "";
  try {
    const blob = path === "" ? null : await smallPicture(path, edge, asked.signal);
    if (!blob || asked.signal.aborted) return;
    url = URL.createObjectURL(blob);
    image.src = url;
    await image.decode();
    if (!asked.signal.aborted) image.style.visibility = "visible";
  } catch {
    // Called off, or not a picture: the element stays empty, and what is behind it is seen.
  } finally {
    if (url) URL.revokeObjectURL(url);
  }
}

/**
 * @param {string} path
 * @param {number} edge
 * @param {AbortSignal} signal
 */
async function smallPicture(path, edge, signal) {
  for (let tries = 1; tries <= 8; tries++) {
    const answer = await fetch(`/thumbnail?${new URLSearchParams({ path, edge: String(edge) })}`, { signal });
    if (answer.ok) return answer.blob();
    if (answer.status !== 429) return null;
    await new Promise((resolve) => setTimeout(resolve, 300 * tries));
  }
  return null;
}
