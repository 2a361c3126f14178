// The page's fold on recorded runs: it must come to the same as the one in Rust, whose unit tests read the same files.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";

import { load } from "./lib/modules.mjs";

const { Batches } = await load("batches.js");
const golden = new URL("../golden/", import.meta.url);
const names = fs.readdirSync(golden).filter((name) => name.endsWith(".jsonl"));

assert.ok(names.length >= 4, "the recordings are there");
for (const name of names) {
  test(`the page counts ${name} as everyone does`, () => {
    const events = fs.readFileSync(new URL(name, golden), "utf8").trim().split("\n").map((line) => JSON.parse(line));
    const expected = JSON.parse(fs.readFileSync(new URL(name.replace(".jsonl", ".expected.json"), golden), "utf8"));
    const batches = new Batches();
    const id = events[0].batch;
    const left = [];
    for (const event of events) {
      batches.take({ type: "events", seq: event.seq, events: [event] });
      const { bytes_left } = batches.entries.get(id).batch;
      if (left.at(-1) !== bytes_left) left.push(bytes_left);
    }
    const { batch, open, okAt } = batches.entries.get(id);
    const { images, counts, recovered, restarts, bytes, bytes_in, bytes_out, bytes_left, workers, attempts, at_s } = batch;
    const { verdicts, rate } = batches.view(id).chosen;
    assert.equal(okAt.length, counts.ok);
    assert.deepEqual(
      { images, counts, running: open.size, recovered, restarts, bytes, bytes_in, bytes_out, bytes_left, at_s, verdicts, workers, attempts, left },
      Object.fromEntries(Object.entries(expected).filter(([key]) => key !== "images_per_s")),
    );
    assert.ok(Math.abs(rate - expected.images_per_s) < 0.001 + expected.images_per_s / 100);
  });
}
