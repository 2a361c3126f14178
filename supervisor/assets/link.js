// The page's end of monitor.js: questions and orders out; answers, views and the state of the connection in.

/** @import {FromMonitor, Hello, LinkState, Mistake, ToMonitor, View} from "./types" */

/** What the server answered instead of what was asked for. */
export class Refusal extends Error {
  /** @param {Mistake} mistake */
  constructor(mistake) {
    super(mistake.message);
    this.where = mistake.where ?? {};
  }
}

/** @type {Map<number, {resolve: (body: any) => void, reject: (error: Error) => void}>} */
const waiting = new Map();
let lastId = 0;

/** @type {{link: (state: LinkState, retryIn: number) => void, hello: (hello: Hello) => void, view: (view: View) => void}} */
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
    case "link":
      ears.link(message.state, message.retryIn);
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
 * @param {string} type
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

/**
 * Where the small picture of a file is.
 * @param {string} path
 * @param {number} edge
 */
export function thumbnail(path, edge) {
  return `/thumbnail?${new URLSearchParams({ path, edge: String(edge) })}`;
}

/**
 * Lets an image element show a small picture, asking again when too many wait at the server.
 * @param {HTMLImageElement} image
 * @param {string} path
 * @param {number} edge
 */
export function showThumbnail(image, path, edge) {
  let tries = 0;
  image.decoding = "async";
  image.alt = "";
  image.onload = () => {
    image.style.visibility = "visible";
  };
  image.onerror = () => {
    image.style.visibility = "hidden";
    // Only elements that are still shown ask again: a grid that has scrolled on wants others.
    if (++tries < 6) setTimeout(() => image.isConnected && (image.src = `${thumbnail(path, edge)}&try=${tries}`), 400 * 2 ** tries);
  };
  image.style.visibility = "hidden";
  image.src = thumbnail(path, edge);
}
