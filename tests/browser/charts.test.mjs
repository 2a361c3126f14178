// What the charts of a batch show, computed without a browser: rates, lanes, throughput, histogram.

import assert from "node:assert/strict";
import { test } from "node:test";

import { queued } from "./lib/batches.mjs";
import { load } from "./lib/modules.mjs";

const { Rate, histogram, lanes, throughput } = await load("charts.js");

test("the rate is that of the last seconds", () => {
  const rate = new Rate(0);
  for (let at = 0; at < 100; at++) rate.add(at);
  for (let at = 100; at < 110; at += 0.5) rate.add(at);
  assert.equal(rate.images(110), 19 / 10);
});

test("whoever comes in the middle of a run divides by the time that was watched", () => {
  const rate = new Rate(500);
  for (let i = 1; i <= 20; i++) rate.add(500 + i / 10);
  assert.equal(rate.images(502), 10);
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
