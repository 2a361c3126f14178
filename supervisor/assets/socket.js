// The WebSocket of monitor.js: connects, reconnects with backoff, asks to go on where the feed broke off.
// Lives in the Web Worker.

/** @import {Feed, Hello, ConnectionState} from "./types" */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15000;

/**
 * What comes of a connection.
 * @typedef {object} Ears
 * @property {(state: ConnectionState, retryIn: number) => void} connection
 * @property {(hello: Hello) => void} hello
 * @property {(message: Feed) => void} feed
 * @property {(id: number, body: any) => void} answer
 */

export class Socket {
  /**
   * @param {string} url
   * @param {Ears} ears
   */
  constructor(url, ears) {
    this.url = url;
    this.ears = ears;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.greeted = false;
    this.wait = FIRST_WAIT;
    this.timer = 0;
    /** @type {{after: number, epoch: string} | null} */
    this.seen = null;
    this.epoch = "";
    /** Bytes of the largest message that the server takes. */
    this.limit = Infinity;
    /** @type {Map<number, Record<string, unknown>>} requests without an answer */
    this.asked = new Map();
  }

  connect() {
    clearTimeout(this.timer);
    this.ears.connection("connecting", 0);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", ...this.seen }));
    socket.onmessage = (event) => this.#take(JSON.parse(event.data));
    socket.onclose = () => this.#lost();
  }

  /** Tries at once instead of waiting further. */
  hurry() {
    if (this.socket?.readyState === WebSocket.CLOSED) this.connect();
  }

  /**
   * Sends a request, or keeps it until there is a connection.
   * @param {number} id
   * @param {Record<string, unknown>} body
   */
  request(id, body) {
    this.asked.set(id, body);
    if (this.greeted) this.#send(id, body);
  }

  /**
   * Sends a request, unless it is so large that the server would close the connection over it, each time
   * anew.
   * @param {number} id
   * @param {Record<string, unknown>} body
   */
  #send(id, body) {
    const text = JSON.stringify({ ...body, id });
    if (new TextEncoder().encode(text).length <= this.limit) {
      this.socket?.send(text);
      return;
    }
    this.asked.delete(id);
    this.ears.answer(id, { type: "error", limit: this.limit, message: "" });
  }

  /** @param {any} message */
  #take(message) {
    if (message.type === "hello") {
      this.greeted = true;
      this.wait = FIRST_WAIT;
      this.epoch = message.epoch;
      this.limit = message.limits.message;
      this.ears.connection("open", 0);
      this.ears.hello(message);
      for (const [id, body] of this.asked) this.#send(id, body);
    } else if (message.type === "snapshot" || message.type === "events") {
      this.seen = { after: message.seq, epoch: this.epoch };
      this.ears.feed(message);
    } else if (typeof message.id === "number") {
      this.asked.delete(message.id);
      this.ears.answer(message.id, message);
    }
  }

  #lost() {
    this.greeted = false;
    // What was asked may have been done or not: only questions may be asked again, orders are answered with
    // the mishap.
    for (const [id, body] of this.asked) {
      if (QUESTIONS.has(String(body.type))) continue;
      this.asked.delete(id);
      this.ears.answer(id, { type: "error", lost: true, message: "" });
    }
    this.ears.connection("lost", this.wait);
    this.timer = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
  }
}

const QUESTIONS = new Set(["filters", "folders", "pictures", "recipe", "plan", "images", "status"]);
