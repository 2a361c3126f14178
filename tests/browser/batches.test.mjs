// How the page's Web Worker folds batches from events, without a worker and without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { none, queued, story } from "./lib/batches.mjs";
import { load } from "./lib/modules.mjs";

const { Batches } = await load("batches.js");

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

test("the time to go is what the server says it is", () => {
  const batches = new Batches();
  const etas = [];
  for (const event of story()) {
    batches.take({ type: "events", seq: 0, events: [event] });
    etas.push(batches.view(1).chosen.eta);
  }
  const until = (from, to) => etas.slice(from, to);
  assert.ok(
    until(0, 8).every((eta) => eta === null),
    "nothing is known yet",
  );
  assert.ok(
    until(8, 14).every((eta) => eta === 5),
    "as it was told last",
  );
  assert.ok(until(14).every((eta) => eta === null));
  const state = { ...queued(1), state: "running", images: 2, verdicts: "..", eta_s: 7 };
  batches.take({ type: "snapshot", seq: 9, batches: [state] });
  assert.equal(batches.view(1).chosen.eta, 7);
});

test("a page that is opened in the middle of a run divides by the time that it has watched", () => {
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
