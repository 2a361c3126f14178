// Batches and the events of a run, as the feed has them.

export const none = { ok: 0, skipped: 0, failed: 0, quarantined: 0, cancelled: 0, not_run: 0 };

/** A batch that waits. */
export const queued = (id) => ({
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

/** What has been counted: nothing but this. */
const counted = (counts) => ({ ...none, ...counts });

/** A run of two images on one worker, of which the second loses its worker once. */
export function story() {
  const [ok, all] = [counted({ ok: 1 }), counted({ ok: 1, failed: 1 })];
  /** @param {string} event @param {number} at_s @param {object} fields */
  const told = (event, at_s, counts, fields) => ({ batch: 1, event, at_s, counts, ...fields });
  const of = (job, attempt, worker) => ({ lane: 0, input: "x", job, attempt, worker });
  const verdict = (job, verdict, bytes, fields) => ({
    ...{ lane: 0, input: "x", job, verdict, bytes_in: bytes, bytes_planned: bytes },
    ...fields,
  });
  return [
    { batch: 1, event: "queued", state: queued(1) },
    { batch: 1, event: "planning" },
    told("started", 0, none, { images: 2, bytes: 300, warnings: [] }),
    told("worker", 0.1, none, { worker: "0.0", state: "spawned", pid: 7 }),
    told("worker", 0.2, none, { worker: "0.0", state: "ready" }),
    told("assigned", 1, none, of(0, 1, "0.0")),
    told("answered", 2, none, of(0, 1, "0.0")),
    told("assigned", 2, none, of(1, 1, "0.0")),
    told("settled", 2.5, ok, verdict(0, "ok", 100, { bytes_out: 50, eta_s: 5 })),
    told("lost", 3, ok, { ...of(1, 1, "0.0"), kind: "crashed", retried: true }),
    told("worker", 3, ok, { worker: "0.0", state: "gone", end: "signal 9" }),
    told("worker", 3.5, ok, { worker: "0.1", state: "spawned", pid: 8 }),
    told("assigned", 4, ok, of(1, 2, "0.1")),
    told("answered", 5, ok, of(1, 2, "0.1")),
    told("settled", 5, all, verdict(1, "failed", 200)),
    told("finished", 5, all, { recovered: 0, restarts: 1, bytes_in: 300, bytes_out: 100, pixels: 1 }),
    { batch: 1, event: "ended", at_s: 5, ending: "complete", message: null },
  ];
}
