// The batches as the feed tells of them: a snapshot replaces everything, an event changes one batch. Lives in
// the Web Worker, draws nothing.

/** @import {AttemptName, BatchLine, BatchState, BatchView, Counts, Feed, FeedEvent} from "./types" */
/** @import {Settled, View, WorkerNews} from "./types" */

import { histogram, lanes, Rate, STOPPED, successions, throughput } from "./charts.js";

const LETTERS = /** @type {Record<string, string>} */ ({
  ok: "o",
  skipped: "s",
  failed: "f",
  quarantined: "q",
  cancelled: "c",
  "not-run": "n",
});

/** A batch with what is worked out beside it. */
class Entry {
  /**
   * @param {BatchState} batch
   * @param {number} mostAttempts that a snapshot tells of: the last ones
   */
  constructor(batch, mostAttempts) {
    this.batch = batch;
    /** One letter an image; an array, since strings cannot be changed. @type {string[]} */
    this.letters = [...batch.verdicts];
    /** @type {Map<string, import("./types").AttemptSpan>} */
    this.open = new Map();
    /** Images that have lost an attempt. @type {Set<number>} */
    this.lost = new Set();
    for (const attempt of batch.attempts) {
      if (attempt.to_s === null) this.open.set(lane(attempt), attempt);
      if (attempt.lost) this.lost.add(attempt.job);
    }
    /** Seconds at which images became ok, in order. @type {number[]} */
    this.okAt = [];
    /** What each took in milliseconds. @type {number[]} */
    this.took = [];
    for (const attempt of batch.attempts) {
      if (attempt.to_s === null) continue;
      if (!attempt.lost && this.letters[attempt.job] === LETTERS.ok) this.okAt.push(attempt.to_s);
      this.took.push((attempt.to_s - attempt.from_s) * 1000);
    }
    this.okAt.sort((a, b) => a - b);
    /** From when on `okAt` is complete: what a snapshot has no room for is not known. */
    this.knownFrom = batch.attempts.length < mostAttempts ? 0 : (batch.attempts[0]?.from_s ?? 0);
    this.rate = new Rate(batch.now_s);
    // The batch's own clock: its `now_s` was now.
    this.zero = Date.now() - batch.now_s * 1000;
  }

  /**
   * An attempt is over when it is answered or lost, its worker is gone, its lane has the next one or its
   * image its verdict, whichever comes first; as in `report/fold/recorder.rs`.
   * @param {import("./types").AttemptSpan | undefined} span
   * @param {number} at
   * @param {boolean} lost
   */
  close(span, at, lost) {
    if (!span || this.open.get(lane(span)) !== span) return;
    span.to_s = at;
    span.lost = lost;
    this.open.delete(lane(span));
    if (!lost) this.took.push((at - span.from_s) * 1000);
  }

  /** @param {{at_s: number} & AttemptName} event */
  assign({ worker, lane: lane_, job, attempt, at_s }) {
    const span = { worker, lane: lane_, job, attempt, from_s: at_s, to_s: null, lost: false };
    this.close(this.open.get(lane(span)), at_s, false);
    this.batch.attempts.push(span);
    this.open.set(lane(span), span);
    this.letters[job] = "r";
  }

  /** @param {{at_s: number} & Settled} event */
  settle({ at_s, job, verdict, bytes_planned, bytes_in, bytes_out, eta_s }) {
    const { batch } = this;
    this.close(
      [...this.open.values()].find((span) => span.job === job),
      at_s,
      false,
    );
    this.letters[job] = LETTERS[verdict] ?? ".";
    batch.eta_s = eta_s ?? null;
    // Nothing has become of it: its bytes are left.
    if (verdict === "cancelled" || verdict === "not-run") return;
    batch.bytes_left = Math.max(0, batch.bytes_left - (bytes_planned ?? 0));
    if (verdict !== "ok") return;
    this.rate.add(at_s);
    this.okAt.push(at_s);
    batch.bytes_in += bytes_in;
    batch.bytes_out += bytes_out ?? 0;
    if (this.lost.has(job)) batch.recovered += 1;
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
    /** How many attempts a snapshot tells of; `hello` says so. */
    this.mostAttempts = Infinity;
  }

  /** @param {Feed} feed */
  take(feed) {
    if (feed.type === "snapshot") {
      this.entries.clear();
      for (const batch of feed.batches) this.entries.set(batch.id, new Entry(batch, this.mostAttempts));
    } else {
      for (const event of feed.events) this.#event(event);
    }
  }

  /** @param {FeedEvent} event */
  #event(event) {
    if (event.event === "queued") {
      this.entries.set(event.batch, new Entry(event.state, this.mostAttempts));
      return;
    }
    if (event.event === "dropped") {
      this.entries.delete(event.batch);
      return;
    }
    const entry = this.entries.get(event.batch);
    if (!entry) return;
    const { batch } = entry;
    if ("counts" in event && event.counts) batch.counts = event.counts;
    if ("at_s" in event && event.at_s !== undefined) {
      // The first event with a time sets the clock; later ones may have waited on their way and only push it
      // on.
      const zero = Date.now() - event.at_s * 1000;
      if (batch.at_s === 0 || zero < entry.zero) entry.zero = zero;
      batch.at_s = Math.max(batch.at_s, event.at_s);
    }
    this.#change(entry, event);
  }

  /**
   * What an event changes besides what all of them may.
   * @param {Entry} entry
   * @param {FeedEvent} event
   */
  #change(entry, event) {
    const { batch } = entry;
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
        worker(entry, event);
        break;
      case "assigned":
        entry.assign(event);
        break;
      case "answered":
        entry.close(entry.open.get(lane(event)), event.at_s, false);
        break;
      case "lost":
        entry.close(entry.open.get(lane(event)), event.at_s, true);
        entry.letters[event.job] = ".";
        entry.lost.add(event.job);
        break;
      case "settled":
        entry.settle(event);
        break;
      case "paused":
      case "stopping":
        batch.state = event.event;
        break;
      case "resumed":
        batch.state = "running";
        break;
      case "ended":
        batch.state = "ended";
        batch.ending = event.ending;
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
 * @param {Entry} entry
 * @param {{at_s: number} & WorkerNews} event
 */
function worker(entry, event) {
  const { batch } = entry;
  const known = batch.workers.find((life) => life.worker === event.worker);
  if (event.state === "spawned") {
    const [slot = 0, generation = 0] = event.worker.split(".").map(Number);
    batch.workers.push({
      worker: event.worker,
      slot,
      generation,
      pid: event.pid,
      from_s: event.at_s,
      ready_s: null,
      to_s: null,
      end: null,
    });
    if (successions(batch.workers).at(-1)?.[1]) batch.restarts += 1;
  } else if (known && event.state === "ready") {
    known.ready_s = event.at_s;
  } else if (known && event.state === "gone") {
    known.to_s = event.at_s;
    known.end = event.end;
    for (const span of [...entry.open.values()])
      if (span.worker === event.worker) entry.close(span, event.at_s, event.end !== STOPPED);
  }
}

/** @param {Counts} counts */
function sum(counts) {
  return counts.ok + counts.skipped + counts.failed + counts.quarantined + counts.cancelled + counts.not_run;
}

/**
 * Those that something became of: what a stopped batch has not come to is not done.
 * @param {Counts} counts
 */
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
  return {
    id,
    state,
    ending,
    inputs,
    retry_of,
    images,
    done: worked(counts),
    failed: counts.failed + counts.quarantined,
  };
}

/**
 * @param {Entry} entry
 * @returns {BatchView}
 */
function full(entry) {
  const { batch } = entry;
  const now = entry.now();
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
    rate: ended ? batch.counts.ok / Math.max(now, 0.001) : entry.rate.images(now),
    eta: ended ? null : batch.eta_s,
    verdicts: entry.letters.join(""),
    lanes: lanes(batch, now),
    throughput: { from: entry.knownFrom, values: throughput(entry.okAt, entry.knownFrom, now) },
    histogram: histogram(entry.took),
  };
}
