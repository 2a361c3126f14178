// What the Web Worker computes, without a worker and without a browser: batches from events, lanes, rates,
// histogram, reconnection.

import assert from "node:assert/strict";
import { test } from "node:test";

import { load } from "./lib/modules.mjs";

const { Batches } = await load("batches.js");
const { Rate, histogram, lanes, throughput } = await load("charts.js");
const { Socket } = await load("socket.js");

const none = { ok: 0, skipped: 0, failed: 0, quarantined: 0, cancelled: 0, not_run: 0 };
const queued = (id) => ({
  ...{
    id,
    state: "queued",
    created: 1,
    inputs: ["a"],
    output: "b",
    recipe: { filters: [] },
    retry_of: null,
    ending: null,
    message: null,
    warnings: [],
    images: 0,
  },
  ...{
    counts: { ...none },
    running: 0,
    recovered: 0,
    restarts: 0,
    bytes_in: 0,
    bytes_out: 0,
    pixels: 0,
    bytes: 0,
    bytes_left: 0,
    at_s: 0,
    now_s: 0,
    images_per_s: 0,
    eta_s: null,
    verdicts: "",
    workers: [],
    attempts: [],
  },
});

/** A run of two images on one worker, of which the second loses its worker once. */
function story() {
  const on = { batch: 1, lane: 0, input: "x" };
  return [
    { batch: 1, event: "queued", state: queued(1) },
    { batch: 1, event: "planning" },
    { batch: 1, event: "started", at_s: 0, counts: none, images: 2, bytes: 300, warnings: [] },
    { batch: 1, event: "worker", at_s: 0.1, counts: none, worker: "0.0", state: "spawned", pid: 7 },
    { batch: 1, event: "worker", at_s: 0.2, counts: none, worker: "0.0", state: "ready" },
    { ...on, event: "assigned", at_s: 1, counts: none, job: 0, attempt: 1, worker: "0.0" },
    { ...on, event: "answered", at_s: 2, counts: none, job: 0, attempt: 1, worker: "0.0" },
    { ...on, event: "assigned", at_s: 2, counts: none, job: 1, attempt: 1, worker: "0.0" },
    {
      ...on,
      event: "settled",
      at_s: 2.5,
      counts: { ...none, ok: 1 },
      job: 0,
      verdict: "ok",
      bytes_in: 100,
      bytes_planned: 100,
      bytes_out: 50,
    },
    {
      ...on,
      event: "lost",
      at_s: 3,
      counts: { ...none, ok: 1 },
      job: 1,
      attempt: 1,
      worker: "0.0",
      kind: "crashed",
      retried: true,
    },
    {
      batch: 1,
      event: "worker",
      at_s: 3,
      counts: { ...none, ok: 1 },
      worker: "0.0",
      state: "gone",
      end: "signal 9",
    },
    {
      batch: 1,
      event: "worker",
      at_s: 3.5,
      counts: { ...none, ok: 1 },
      worker: "0.1",
      state: "spawned",
      pid: 8,
    },
    { ...on, event: "assigned", at_s: 4, counts: { ...none, ok: 1 }, job: 1, attempt: 2, worker: "0.1" },
    { ...on, event: "answered", at_s: 5, counts: { ...none, ok: 1 }, job: 1, attempt: 2, worker: "0.1" },
    {
      ...on,
      event: "settled",
      at_s: 5,
      counts: { ...none, ok: 1, failed: 1 },
      job: 1,
      verdict: "failed",
      bytes_in: 200,
      bytes_planned: 200,
    },
    {
      batch: 1,
      event: "finished",
      at_s: 5,
      counts: { ...none, ok: 1, failed: 1 },
      recovered: 0,
      restarts: 1,
      bytes_in: 300,
      bytes_out: 100,
      pixels: 1,
    },
    { batch: 1, event: "ended", at_s: 5, ending: "complete", message: null },
  ];
}

test("a batch is what its events say, step by step", () => {
  const batches = new Batches();
  const states = [];
  const verdicts = [];
  for (const event of story()) {
    batches.take({ type: "events", seq: 0, events: [event] });
    const view = batches.view(1).chosen;
    if (states.at(-1) !== view.state) states.push(view.state);
    if (verdicts.at(-1) !== view.verdicts) verdicts.push(view.verdicts);
    assert.equal(
      view.done,
      Object.values(view.counts).reduce((a, b) => a + b),
    );
  }
  assert.deepEqual(states, ["queued", "planning", "running", "ended"]);
  assert.deepEqual(verdicts, ["", "..", "r.", "rr", "or", "o.", "or", "of"]);
  const view = batches.view(1).chosen;
  assert.equal(view.failed, 1);
  assert.equal(view.restarts, 1);
  assert.equal(view.bytesDone, 300);
  assert.equal(view.elapsed, 5);
  const [lane] = view.lanes;
  assert.deepEqual(lane.restarts, [{ at: 3.5, end: "signal 9" }]);
  assert.deepEqual(lane.lives, [
    [0.1, 3],
    [3.5, 5],
  ]);
  assert.deepEqual(lane.spans, [
    [1, 2, 0],
    [2, 3, 1],
    [4, 5, 0],
  ]);
  assert.equal(lane.job, null);
});

test("what a stopped batch has not come to is neither done nor read", () => {
  const batches = new Batches();
  for (const event of story().slice(0, 9)) batches.take({ type: "events", seq: 0, events: [event] });
  const before = batches.view(1).chosen;
  const counts = { ...before.counts, not_run: 1 };
  const settled = {
    batch: 1,
    lane: 0,
    event: "settled",
    at_s: 3,
    counts,
    job: 1,
    verdict: "not-run",
    bytes_in: 200,
    bytes_planned: 200,
  };
  batches.take({
    type: "events",
    seq: 1,
    events: [settled, { batch: 1, event: "ended", at_s: 3, ending: "stopped", message: null }],
  });
  const after = batches.view(1).chosen;
  assert.equal(after.counts.not_run, 1);
  assert.deepEqual([after.done, after.bytesDone], [1, 100]);
  const told = (view) => view.throughput.values.filter((rate) => rate > 0).length;
  assert.deepEqual([told(before), told(after)], [1, 1]);
});

test("a snapshot replaces everything, and events go on from it", () => {
  const batches = new Batches();
  for (const event of story().slice(0, 8)) batches.take({ type: "events", seq: 0, events: [event] });
  const attempts = [{ worker: "0.0", lane: 0, job: 1, attempt: 1, from_s: 2, to_s: null, lost: false }];
  const state = {
    ...queued(1),
    state: "running",
    images: 2,
    counts: { ...none, ok: 1 },
    verdicts: "or",
    attempts,
    bytes: 300,
    bytes_left: 200,
    at_s: 2.5,
    now_s: 2.6,
  };
  batches.take({ type: "snapshot", seq: 9, batches: [state, queued(2)] });
  assert.equal(batches.view(1).chosen.lanes[0].job, 1);
  batches.take({ type: "events", seq: 20, events: story().slice(9) });
  const view = batches.view(1);
  assert.equal(view.chosen.verdicts, "of");
  assert.equal(view.chosen.lanes[0].job, null);
  assert.deepEqual(
    view.batches.map(({ id, state }) => [id, state]),
    [
      [2, "queued"],
      [1, "ended"],
    ],
  );
  batches.take({ type: "events", seq: 21, events: [{ batch: 1, event: "dropped" }] });
  assert.equal(batches.view(1).chosen, null);
});

test("events of a batch that is not known are passed over", () => {
  const batches = new Batches();
  batches.take({ type: "events", seq: 0, events: story().slice(1) });
  assert.deepEqual(batches.view(null), { batches: [], chosen: null });
});

test("the rate is that of the last seconds, and the rest is estimated by bytes", () => {
  const rate = new Rate(0);
  for (let at = 0; at < 100; at++) rate.add(at, 10, true);
  for (let at = 100; at < 110; at += 0.5) rate.add(at, 30, true);
  assert.equal(rate.images(110), 19 / 10);
  // 19 photos of 30 bytes within ten seconds.
  assert.equal(rate.eta(110, 1000, 570), 10);
  assert.equal(rate.eta(110, 190, 0), 100);
  assert.equal(rate.eta(110, 0, 0), 0);
  assert.equal(new Rate(0).eta(5, 10, 10), null);
});

test("whoever comes in the middle of a run divides by the time that was watched", () => {
  const rate = new Rate(500);
  for (let i = 1; i <= 20; i++) rate.add(500 + i / 10, 30, true);
  assert.equal(rate.images(502), 10);
  assert.equal(rate.eta(502, 100, 0), 10);
  assert.equal(rate.eta(502, 100, 600), 2);
  // So does a page that is opened then, from its snapshot on.
  const batches = new Batches();
  const state = {
    ...queued(1),
    state: "running",
    images: 1000,
    counts: { ...none, ok: 500 },
    verdicts: ".".repeat(1000),
    at_s: 500,
    now_s: 500,
  };
  batches.take({ type: "snapshot", seq: 9, batches: [state] });
  const events = Array.from({ length: 20 }, (_, i) => ({
    batch: 1,
    event: "settled",
    at_s: 500.1 + i / 10,
    job: 500 + i,
    verdict: "ok",
    bytes_in: 30,
    bytes_planned: 30,
  }));
  batches.take({ type: "events", seq: 29, events });
  const { elapsed, rate: shown } = batches.view(1).chosen;
  assert.equal(Math.round(shown * (elapsed - 500)), 20);
});

test("of an ended batch everything counts, though a snapshot has its last attempts only", () => {
  const attempts = Array.from({ length: 2000 }, (_, i) => ({
    worker: "0.0",
    lane: 0,
    job: 8000 + i,
    attempt: 1,
    from_s: 80 + i / 100,
    to_s: 80.01 + i / 100,
    lost: false,
  }));
  const counts = { ...none, ok: 9000, failed: 1000, cancelled: 300, not_run: 700 };
  const state = {
    ...queued(1),
    state: "ended",
    ending: "stopped",
    images: 11_000,
    counts,
    attempts,
    verdicts: "o".repeat(11_000),
    at_s: 100,
    now_s: 100,
  };
  const batches = new Batches();
  batches.mostAttempts = attempts.length;
  batches.take({ type: "snapshot", seq: 9, batches: [state] });
  const { rate, throughput } = batches.view(1).chosen;
  assert.equal(rate, 90, "images that became ok, as in the report");
  // The plot begins where what is known does, instead of showing nothing before.
  assert.equal(throughput.from, 80);
  for (const speed of throughput.values) assert.ok(Math.abs(speed - 100) <= 4, `${speed}`);
});

test("however many attempts there are, a lane draws a bounded number of spans", () => {
  const batch = queued(1);
  for (let i = 0; i < 20_000; i++)
    batch.attempts.push({
      worker: "0.0",
      lane: 0,
      job: i,
      attempt: 1,
      from_s: i / 100,
      to_s: i / 100 + 0.0099,
      lost: i === 777,
    });
  const [lane] = lanes(batch, 200);
  assert.ok(lane.spans.length < 1600, `${lane.spans.length} spans`);
  assert.equal(lane.spans.filter(([, , lost]) => lost).length, 1);
});

test("lanes are rows in order, those of one worker too", () => {
  const batch = queued(1);
  for (const [worker, lane] of [
    ["10.0", 0],
    ["2.0", 0],
    ["2.0", 1],
  ])
    batch.attempts.push({ worker, lane, job: 0, attempt: 1, from_s: 0, to_s: 1, lost: false });
  assert.deepEqual(
    lanes(batch, 1).map(({ label }) => label),
    ["3.1", "3.2", "11.1"],
  );
});

test("a worker that was relieved is no restart", () => {
  const batch = queued(1);
  for (const [i, end] of ["stopped", "signal 9", null].entries())
    batch.workers.push({
      worker: `0.${i}`,
      slot: 0,
      generation: i,
      pid: 1,
      from_s: i,
      ready_s: i,
      to_s: end && i + 0.5,
      end,
    });
  assert.deepEqual(lanes(batch, 3)[0].restarts, [{ at: 2, end: "signal 9" }]);
});

test("throughput and histogram count every image once", () => {
  const at = Array.from({ length: 1000 }, (_, i) => (i * i) / 10_000);
  const speed = throughput(at, 0, 100);
  assert.equal(Math.round(speed.reduce((sum, one) => sum + one, 0) * (100 / speed.length)), 1000);
  const { edges, counts } = histogram(at.map((one) => one * 1000 + 1));
  assert.equal(
    counts.reduce((a, b) => a + b),
    1000,
  );
  assert.equal(edges.length, counts.length + 1);
  assert.ok(edges[0] <= 1 && edges.at(-1) >= 99_000);
  assert.deepEqual(histogram([]), { edges: [], counts: [] });
});

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
