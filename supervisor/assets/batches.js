// The batches as the feed tells of them: a snapshot replaces everything, an event changes one batch. Lives in the Web Worker, draws nothing.

/** @import {Batch, BatchLine, BatchView, Counts, View} from "./types" */

import { histogram, lanes, Rate, STOPPED, throughput } from "./charts.js";

const LETTERS = /** @type {Record<string, string>} */ ({
  ok: "o",
  skipped: "s",
  failed: "f",
  quarantined: "q",
  cancelled: "c",
  "not-run": "n",
});

/** The most attempts that a snapshot has: the last ones. */
const ATTEMPTS = 2000;

/** A batch with what is worked out beside it. */
class Entry {
  /** @param {Batch} batch */
  constructor(batch) {
    this.batch = batch;
    /** One letter an image; an array, since strings cannot be changed. @type {string[]} */
    this.letters = [...batch.verdicts];
    /** @type {Map<string, import("./types").AttemptSpan>} */
    this.open = new Map();
    for (const attempt of batch.attempts) if (attempt.to_s === null) this.open.set(lane(attempt), attempt);
    /** Seconds at which images were settled, in order. @type {number[]} */
    this.settledAt = [];
    /** What each took in milliseconds. @type {number[]} */
    this.took = [];
    for (const attempt of batch.attempts) {
      if (attempt.to_s === null) continue;
      this.settledAt.push(attempt.to_s);
      this.took.push((attempt.to_s - attempt.from_s) * 1000);
    }
    this.settledAt.sort((a, b) => a - b);
    /** From when on `settledAt` is complete: what a snapshot has no room for is not known. */
    this.knownFrom = batch.attempts.length < ATTEMPTS ? 0 : (batch.attempts[0]?.from_s ?? 0);
    this.rate = new Rate(batch.now_s);
    // The batch's own clock: its `now_s` was now.
    this.zero = Date.now() - batch.now_s * 1000;
  }

  now() {
    const { batch } = this;
    if (batch.state === "ended") return batch.at_s;
    return Math.max(batch.at_s, (Date.now() - this.zero) / 1000);
  }
}

export class Batches {
  constructor() {
    /** @type {Map<number, Entry>} */
    this.entries = new Map();
  }

  /** @param {any} feed a `snapshot` or `events` message */
  take(feed) {
    if (feed.type === "snapshot") {
      this.entries.clear();
      for (const batch of feed.batches) this.entries.set(batch.id, new Entry(batch));
    } else {
      for (const event of feed.events) this.#event(event);
    }
  }

  /** @param {any} event */
  #event(event) {
    if (event.event === "queued") {
      this.entries.set(event.batch, new Entry(event.state));
      return;
    }
    if (event.event === "dropped") {
      this.entries.delete(event.batch);
      return;
    }
    const entry = this.entries.get(event.batch);
    if (!entry) return;
    const { batch } = entry;
    if (event.counts) batch.counts = event.counts;
    if (typeof event.at_s === "number") {
      // The first event with a time sets the clock; later ones may have waited on their way and only push it on.
      const zero = Date.now() - event.at_s * 1000;
      if (batch.at_s === 0 || zero < entry.zero) entry.zero = zero;
      batch.at_s = Math.max(batch.at_s, event.at_s);
    }
    switch (event.event) {
      case "planning":
        batch.state = "planning";
        break;
      case "started":
        batch.state = "running";
        batch.images = event.images;
        batch.bytes = event.bytes;
        batch.bytes_left = event.bytes;
        batch.warnings = event.warnings ?? [];
        entry.letters = new Array(event.images).fill(".");
        break;
      case "worker":
        worker(batch, event);
        break;
      case "assigned": {
        const span = { worker: event.worker, lane: event.lane, job: event.job, attempt: event.attempt, from_s: event.at_s, to_s: null, lost: false };
        batch.attempts.push(span);
        entry.open.set(lane(span), span);
        entry.letters[event.job] = "r";
        break;
      }
      case "answered":
      case "lost": {
        const span = entry.open.get(lane(event));
        if (!span) break;
        span.to_s = event.at_s;
        span.lost = event.event === "lost";
        entry.open.delete(lane(event));
        if (span.lost) entry.letters[span.job] = ".";
        else entry.took.push((event.at_s - span.from_s) * 1000);
        break;
      }
      case "settled":
        entry.letters[event.job] = LETTERS[event.verdict] ?? ".";
        // Nothing was done about it: it is left.
        if (event.verdict === "cancelled" || event.verdict === "not-run") break;
        batch.bytes_left = Math.max(0, batch.bytes_left - (event.bytes_in ?? 0));
        entry.settledAt.push(event.at_s);
        entry.rate.add(event.at_s, event.bytes_in ?? 0);
        break;
      case "paused":
      case "stopping":
        batch.state = event.event;
        break;
      case "resumed":
        batch.state = "running";
        break;
      case "finished":
        batch.recovered = event.recovered;
        batch.restarts = event.restarts;
        batch.bytes_out = event.bytes_out;
        break;
      case "ended":
        batch.state = "ended";
        batch.ending = event.ending;
        // What could not be read has no size of its own in the events.
        if (event.ending === "complete") batch.bytes_left = 0;
        batch.message = event.message;
        break;
    }
  }

  /**
   * What the page shows: a line for each batch, newest first, and the chosen one in full.
   * @param {number | null} chosen
   * @returns {View}
   */
  view(chosen) {
    const batches = [...this.entries.values()].map(line).sort((a, b) => b.id - a.id);
    const entry = chosen === null ? undefined : this.entries.get(chosen);
    return { batches, chosen: entry ? full(entry) : null };
  }
}

/** @param {{worker: string, lane: number}} of */
function lane({ worker, lane }) {
  return `${worker}/${lane}`;
}

/**
 * @param {Batch} batch
 * @param {any} event
 */
function worker(batch, event) {
  const known = batch.workers.find((life) => life.worker === event.worker);
  if (event.state === "spawned") {
    const [slot, generation] = event.worker.split(".").map(Number);
    const before = batch.workers.findLast((life) => life.slot === slot)?.end ?? STOPPED;
    if (before !== STOPPED) batch.restarts += 1;
    batch.workers.push({ worker: event.worker, slot, generation, pid: event.pid, from_s: event.at_s, ready_s: null, to_s: null, end: null });
  } else if (known && event.state === "ready") {
    known.ready_s = event.at_s;
  } else if (known && event.state === "gone") {
    known.to_s = event.at_s;
    known.end = event.end;
  }
}

/** @param {Counts} counts */
function sum(counts) {
  return counts.ok + counts.skipped + counts.failed + counts.quarantined + counts.cancelled + counts.not_run;
}

/** Those that something became of: what a stopped batch has not come to is not done. @param {Counts} counts */
function worked(counts) {
  return sum(counts) - counts.cancelled - counts.not_run;
}

/**
 * @param {Entry} entry
 * @returns {BatchLine}
 */
function line({ batch, open }) {
  const { id, ending, inputs, retry_of, images, counts } = batch;
  // Paused is what was ordered; until what was under way is finished, it is still on the way there.
  const ordered = batch.state === "pausing" ? "paused" : batch.state;
  const state = ordered === "paused" && open.size > 0 ? "pausing" : ordered;
  return { id, state, ending, inputs, retry_of, images, done: worked(counts), failed: counts.failed + counts.quarantined };
}

/**
 * @param {Entry} entry
 * @returns {BatchView}
 */
function full(entry) {
  const { batch } = entry;
  const now = entry.now();
  const left = batch.images - sum(batch.counts);
  const ended = batch.state === "ended";
  return {
    ...line(entry),
    output: batch.output,
    message: batch.message,
    warnings: batch.warnings,
    counts: batch.counts,
    recovered: batch.recovered,
    restarts: batch.restarts,
    bytes: batch.bytes,
    bytesDone: batch.bytes - batch.bytes_left,
    elapsed: now,
    rate: ended ? worked(batch.counts) / Math.max(now, 0.001) : entry.rate.images(now),
    eta: ended ? null : entry.rate.eta(now, left, batch.bytes_left),
    verdicts: entry.letters.join(""),
    lanes: lanes(batch, now),
    throughput: { from: entry.knownFrom, values: throughput(entry.settledAt, entry.knownFrom, now) },
    histogram: histogram(entry.took),
  };
}
