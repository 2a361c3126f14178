// The connection of the page's Web Worker, without a browser: what is asked again after a break, and what is
// never sent.

import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./lib/modules.mjs";

const { Socket } = await load("socket.js");

/** Stands in for the browser's WebSocket; those that are opened gather in the list that is given back. */
function fakeSockets() {
  const sockets = [];
  globalThis.WebSocket = class {
    static CLOSED = 3;
    constructor() {
      this.sent = [];
      sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
  };
  return sockets;
}

const limits = { message: 65536 };

test("after a break the feed goes on where it was; questions are asked again, orders are not", () => {
  const sockets = fakeSockets();
  const answers = [];
  const links = [];
  const socket = new Socket("ws://x/ws", {
    connection: (state) => links.push(state),
    hello: () => {},
    feed: () => {},
    answer: (id, body) => answers.push([id, body.type]),
  });
  socket.connect();
  const hear = (message) => sockets.at(-1).onmessage({ data: JSON.stringify(message) });
  sockets[0].onopen();
  hear({ type: "hello", epoch: "e", seq: 5, limits });
  hear({ type: "events", seq: 7, events: [] });
  socket.request(1, { type: "plan" });
  socket.request(2, { type: "process" });
  socket.request(3, { type: "filters" });
  hear({ type: "filters", id: 3 });
  sockets[0].onclose();
  assert.deepEqual(answers, [
    [3, "filters"],
    [2, "error"],
  ]);
  clearTimeout(socket.timer);
  socket.connect();
  sockets[1].onopen();
  hear({ type: "hello", epoch: "e", seq: 9, limits });
  assert.deepEqual(sockets[1].sent, [
    { type: "hello", after: 7, epoch: "e" },
    { type: "plan", id: 1 },
  ]);
  assert.deepEqual(links, ["connecting", "open", "lost", "connecting", "open"]);
});

test("what is too large for the server is never sent, not even after a break, but answered", () => {
  const sockets = fakeSockets();
  const answers = [];
  const socket = new Socket("ws://x/ws", {
    connection: () => {},
    hello: () => {},
    feed: () => {},
    answer: (id, body) => answers.push([id, body.type, body.limit]),
  });
  // It is bytes that count: each of these letters has two.
  const body = (letters) => ({ type: "recipe", toml: "ñ".repeat(letters) });
  const around = JSON.stringify({ ...body(0), id: 1 }).length;
  const most = Math.floor((limits.message - around) / 2);
  socket.connect();
  sockets[0].onopen();
  socket.request(1, body(most + 1));
  assert.deepEqual(answers, [], "the limit is not known yet");
  sockets[0].onmessage({ data: JSON.stringify({ type: "hello", epoch: "e", seq: 5, limits }) });
  socket.request(2, body(most + 1));
  socket.request(3, body(most));
  assert.deepEqual(answers, [
    [1, "error", limits.message],
    [2, "error", limits.message],
  ]);
  assert.deepEqual(
    sockets[0].sent.slice(1).map(({ id }) => id),
    [3],
  );
  sockets[0].onclose();
  clearTimeout(socket.timer);
  socket.connect();
  sockets[1].onopen();
  sockets[1].onmessage({ data: JSON.stringify({ type: "hello", epoch: "e", seq: 5, limits }) });
  assert.deepEqual(
    sockets[1].sent.slice(1).map(({ id }) => id),
    [3],
  );
});
