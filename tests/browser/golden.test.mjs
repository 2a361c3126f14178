// The page's fold on recorded runs: it must come to the same as the one in Rust, whose unit tests read the
// same files.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { load } from "./lib/modules.mjs";

const { Batches } = await load("batches.js");
const golden = new URL("../golden/", import.meta.url);
const names = fs.readdirSync(golden).filter((name) => name.endsWith(".jsonl"));

assert.ok(names.length >= 5, "the recordings are there");
for (const name of names) {
  test(`the page counts ${name} as everyone does`, () => {
    const read = (/** @type {string} */ file) => fs.readFileSync(new URL(file, golden), "utf8");
    const events = read(name)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { images_per_s, ...expected } = JSON.parse(read(name.replace(".jsonl", ".expected.json")));
    const batches = new Batches();
    const id = events[0].batch;
    const left = [];
    const states = [];
    for (const event of events) {
      batches.take({ type: "events", seq: event.seq, events: [event] });
      const { bytes_left } = batches.entries.get(id).batch;
      if (left.at(-1) !== bytes_left) left.push(bytes_left);
      const { state } = batches.view(id).chosen;
      if (states.at(-1) !== state) states.push(state);
    }
    const { batch, open, okAt } = batches.entries.get(id);
    const { verdicts, rate } = batches.view(id).chosen;
    assert.equal(okAt.length, batch.counts.ok);
    const own = { running: open.size, verdicts, left, states };
    const found = Object.keys(expected).map((key) => [key, own[key] ?? batch[key]]);
    assert.deepEqual(Object.fromEntries(found), expected);
    assert.ok(Math.abs(rate - images_per_s) < 0.001 + images_per_s / 100);
  });
}
