// What the charts show, computed from a batch. Pure; used by monitor.js. Times are seconds since the batch's
// start.

/** @import {BatchState, LaneView, WorkerSpan} from "./types" */

/** As many as are seen apart on a wide screen. */
const COLUMNS = 800;
const POINTS = 60;
/** The end of a worker that left when asked to: the one after it is a relief, no restart. */
export const STOPPED = "stopped";

/** How fast it goes now: images settled within the last seconds. */
export class Rate {
  /** @param {number} since from when on it is told of everything that is settled */
  constructor(since) {
    this.since = since;
    this.window = 10;
    /** When each became ok. @type {number[]} */
    this.recent = [];
  }

  /** @param {number} at */
  add(at) {
    this.recent.push(at);
    if (this.recent.length > 20000) this.#forget(at);
  }

  /** @param {number} now */
  #forget(now) {
    const from = this.recent.findIndex((at) => at > now - this.window);
    if (from !== 0) this.recent.splice(0, from === -1 ? this.recent.length : from);
  }

  /**
   * The seconds that `recent` stands for: the whole window, or the time that it has been told of.
   * @param {number} now
   */
  #span(now) {
    return Math.max(0.5, Math.min(this.window, now - this.since));
  }

  /** Images that became ok, per second. @param {number} now */
  images(now) {
    this.#forget(now);
    return this.recent.length / this.#span(now);
  }
}

/**
 * Each worker with how the one before it in its slot was lost: then it is a restart. Null for the first, and
 * for one that came after a worker that left when asked to.
 * @param {WorkerSpan[]} workers
 * @returns {[worker: WorkerSpan, lost: string | null][]}
 */
export function successions(workers) {
  /** @type {Map<number, string>} */
  const ends = new Map();
  return workers.map((worker) => {
    const before = ends.get(worker.slot) ?? STOPPED;
    if (worker.end) ends.set(worker.slot, worker.end);
    return [worker, before === STOPPED ? null : before];
  });
}

/**
 * A row for each lane of each slot, in order; a slot with a single lane is named by its number alone.
 * @param {BatchState} batch
 * @param {number} now
 * @returns {LaneView[]}
 */
export function lanes(batch, now) {
  const pixel = now / COLUMNS;
  /** @type {Map<string, LaneView>} */
  const rows = new Map();
  const several = batch.attempts.some((attempt) => attempt.lane > 0);
  /** @param {number} slot @param {number} lane */
  const row = (slot, lane) => {
    const key = several ? `${slot + 1}.${lane + 1}` : `${slot + 1}`;
    let found = rows.get(key);
    if (!found) {
      found = { label: key, job: null, restarts: [], lives: [], spans: [] };
      rows.set(key, found);
    }
    return found;
  };
  for (const [life, lost] of successions(batch.workers)) {
    const view = row(life.slot, 0);
    view.lives.push([life.from_s, life.to_s ?? now]);
    if (lost !== null) view.restarts.push({ at: life.from_s, end: lost });
  }
  for (const attempt of batch.attempts) {
    const view = row(Number(attempt.worker.split(".")[0]), attempt.lane);
    const to = attempt.to_s ?? now;
    if (attempt.to_s === null) view.job = attempt.job;
    const last = view.spans.at(-1);
    const short = to - attempt.from_s < 2 * pixel;
    if (
      last &&
      short &&
      !attempt.lost &&
      !last[2] &&
      last[1] - last[0] < 8 * pixel &&
      attempt.from_s - last[1] < pixel
    )
      last[1] = to;
    else view.spans.push([attempt.from_s, to, attempt.lost ? 1 : 0]);
  }
  return [...rows.entries()]
    .sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))
    .map(([, view]) => view);
}

/**
 * Images that became ok per second, in equal steps.
 * @param {number[]} okAt
 * @param {number} from
 * @param {number} now
 */
export function throughput(okAt, from, now) {
  const span = now - from;
  const points = Math.max(1, Math.min(POINTS, Math.floor(span * 2)));
  const step = Math.max(span, 0.001) / points;
  const counts = new Array(points).fill(0);
  for (const at of okAt) if (at >= from) counts[Math.min(points - 1, Math.floor((at - from) / step))] += 1;
  return counts.map((count) => count / step);
}

/**
 * How many images took how long, in steps of which each is half as long again as the one before.
 * @param {number[]} took milliseconds
 */
export function histogram(took) {
  if (took.length === 0) return { edges: [], counts: [] };
  const step = Math.log(1.5);
  /** @param {number} ms */
  const bin = (ms) => Math.floor(Math.log(Math.max(ms, 0.1)) / step);
  let low = Infinity;
  let high = -Infinity;
  for (const ms of took) {
    low = Math.min(low, bin(ms));
    high = Math.max(high, bin(ms));
  }
  const counts = new Array(high - low + 1).fill(0);
  for (const ms of took) counts[bin(ms) - low] += 1;
  return { edges: Array.from({ length: counts.length + 1 }, (_, i) => Math.exp((low + i) * step)), counts };
}
