// The shapes that the modules share: the wire, as it is made from the types in Rust, and what only the page
// has. For tsc only; never served.

import type { Counts, FilterValues, HelloAnswer as Hello, Mistake as WireMistake, State } from "./wire";

export type { AttemptName, AttemptSpan, BatchState, Counts, Feed, FeedEvent, Folder, ImageRow } from "./wire";
export type { FilterInfo, FilterValues, HelloAnswer as Hello, Parameter, Texts, Value } from "./wire";
export type { OutputSettings, OutputValues, Recipe } from "./wire";
export type { PlanAnswer as Plan, PlanJob, PlanProblem, Request, Settled, Stages, State } from "./wire";
export type { WorkerNews, WorkerSpan } from "./wire";

/** A filter in the chain editor, a row of it: `key` names it while it moves about. */
export interface FilterRow {
  key: number;
  on: boolean;
  open: boolean;
  values: FilterValues;
}

/** A mistake as the page hears of it; socket.js has some of its own, for which there is no answer. */
export interface Mistake extends WireMistake {
  /** Bytes that a message may have, where it was too large to be sent. */
  limit?: number;
  /** Whether the connection was lost before the answer came. */
  lost?: boolean;
}

/** A lane as it is drawn; times are seconds since the batch's start. */
export interface LaneView {
  label: string;
  job: number | null;
  restarts: { at: number; end: string }[];
  lives: [from: number, to: number][];
  /** Neighbours too short to be seen apart are one span. */
  spans: [from: number, to: number, lost: 0 | 1][];
}

export interface BatchLine {
  id: number;
  state: State;
  ending: string | null;
  inputs: string[];
  retry_of: number | null;
  images: number;
  done: number;
  failed: number;
}

export interface BatchView extends BatchLine {
  output: string;
  message: string | null;
  warnings: string[];
  counts: Counts;
  recovered: number;
  restarts: number;
  bytes: number;
  bytesDone: number;
  elapsed: number;
  rate: number;
  eta: number | null;
  verdicts: string;
  lanes: LaneView[];
  /** Images per second, each over an equal share of the time since `from`, before which it is not known. */
  throughput: { from: number; values: number[] };
  /** How many images took how long: `edges` in milliseconds, one more than `counts`. */
  histogram: { edges: number[]; counts: number[] };
}

export interface View {
  batches: BatchLine[];
  chosen: BatchView | null;
}

export type ConnectionState = "connecting" | "open" | "lost";

export type ToMonitor =
  | { kind: "connect"; url: string }
  | { kind: "request"; id: number; body: Record<string, unknown> }
  | { kind: "choose"; batch: number | null }
  | { kind: "retry-now" };

export type FromMonitor =
  | { kind: "connection"; state: ConnectionState; retryIn: number }
  | { kind: "hello"; hello: Hello }
  | { kind: "answer"; id: number; body: any }
  | { kind: "view"; view: View };
