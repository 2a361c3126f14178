// The Web Worker: owns the connection, keeps the batches, computes all statistics and chart data, and hands
// the page a small view of them at most ten times a second. So the page draws calmly however many events
// arrive.

/** @import {FromMonitor, ToMonitor} from "./types" */

import { Batches } from "./batches.js";
import { Socket } from "./socket.js";

const PAUSE_MS = 100;

const batches = new Batches();
/** @type {Socket | null} */
let socket = null;
/** @type {number | null} */
let chosen = null;
let due = 0;
let shownAt = 0;
let ticking = 0;

/** @param {FromMonitor} message */
function tell(message) {
  postMessage(message);
}

/** Shows the page what is known, soon. */
function changed() {
  if (due) return;
  due = setTimeout(show, Math.max(0, shownAt + PAUSE_MS - Date.now()));
}

function show() {
  due = 0;
  shownAt = Date.now();
  const view = batches.view(chosen);
  tell({ kind: "view", view });
  // While something runs the clock goes on without events.
  clearTimeout(ticking);
  if (view.chosen && view.chosen.state !== "ended" && view.chosen.state !== "queued")
    ticking = setTimeout(changed, 500);
}

/** @param {MessageEvent<ToMonitor>} event */
onmessage = (event) => {
  const message = event.data;
  switch (message.kind) {
    case "connect":
      socket = new Socket(message.url, {
        connection: (state, retryIn) => tell({ kind: "connection", state, retryIn }),
        hello: (hello) => {
          batches.mostAttempts = hello.limits.attempts;
          tell({ kind: "hello", hello });
        },
        answer: (id, body) => tell({ kind: "answer", id, body }),
        feed: (feed) => {
          batches.take(feed);
          changed();
        },
      });
      socket.connect();
      break;
    case "request":
      socket?.request(message.id, message.body);
      break;
    case "choose":
      chosen = message.batch;
      clearTimeout(due);
      show();
      break;
    case "retry-now":
      socket?.hurry();
      break;
  }
};
