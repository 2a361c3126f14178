// The shapes that the modules share: what docs/websocket.md promises, and what monitor.js makes of it. For tsc only; never served.

/** What the page calls a filter or a parameter, and what it does. */
export interface Texts {
  title: string;
  summary: string;
}

export interface Parameter {
  name: string;
  type: "number" | "integer" | "choice" | "switch" | "text" | "color" | "aspect" | "file";
  default: string | null;
  unit: string;
  summary: string;
  spanish: Texts;
  min?: number;
  max?: number;
  choices?: string[];
  max_length?: number;
}

export interface FilterInfo {
  name: string;
  aliases: string[];
  summary: string;
  example: string;
  framing: "kept" | "moved" | "resized";
  spanish: Texts;
  parameters: Parameter[];
}

export type Value = string | number | boolean;
export type FilterValues = { name: string } & Record<string, Value>;

export interface Output {
  format: string;
  quality: number;
  subsampling: string;
  color: string;
  metadata: string;
  /** What the form has no field for: the page keeps it as a recipe brings it. */
  max_bytes?: number;
  raw?: string;
}

export interface Recipe {
  filters: FilterValues[];
  output: Output;
}

/** A filter in the chain editor: `key` names it while it moves about. */
export interface Link {
  key: number;
  on: boolean;
  open: boolean;
  values: FilterValues;
}

export interface Hello {
  version: number;
  program: string;
  epoch: string;
  workers: number;
  roots: { path: string; shown: string }[];
  limits: { message: number; upload: number; preview_edge: number };
  formats: string[];
}

export interface Folder {
  path: string | null;
  shown: string | null;
  parent: string | null;
  pictures: number;
  bytes: number;
  other_files: number;
  folders: { name: string; path: string; pictures: number; folders: number }[];
}

export interface PlanJob {
  job: number;
  input: string;
  bytes: number;
  action: "process" | "skip" | "fail";
  output?: string;
  replaces?: boolean;
  kind?: string;
  detail?: string;
  reason?: string;
}

export interface Problem {
  kind: string;
  message: string;
  rows: { output: string; inputs: string[]; text: string }[];
}

export interface Plan {
  ready: boolean;
  images: number;
  bytes: number;
  process: number;
  skip: number;
  fail: number;
  warnings: string[];
  problem: Problem | null;
  jobs: PlanJob[];
}

export interface Picture {
  job: number;
  path: string;
  result: string | null;
  input: string;
  output: string | null;
  verdict: string | null;
  stage: string | null;
  kind: string | null;
  detail: string | null;
  attempts: number;
  worker: string | null;
  width: number | null;
  height: number | null;
  bytes_in: number | null;
  bytes_out: number | null;
  ms: Record<string, number> | null;
}

export interface Mistake {
  message: string;
  /** Bytes that a message may have, where it was too large to be sent: socket.js says so, not the server. */
  limit?: number;
  request?: string;
  where?: { filter?: number; line?: number; column?: number };
}

export interface Counts {
  ok: number;
  skipped: number;
  failed: number;
  quarantined: number;
  cancelled: number;
  not_run: number;
}

export interface WorkerLife {
  worker: string;
  slot: number;
  generation: number;
  pid: number | null;
  from_s: number;
  ready_s: number | null;
  to_s: number | null;
  end: string | null;
}

export interface AttemptSpan {
  worker: string;
  lane: number;
  job: number;
  attempt: number;
  from_s: number;
  to_s: number | null;
  lost: boolean;
}

export type State = "queued" | "planning" | "running" | "pausing" | "paused" | "stopping" | "ended";

/** A batch as a snapshot has it, and as monitor.js goes on keeping it. */
export interface Batch {
  id: number;
  state: State;
  created: number;
  inputs: string[];
  output: string;
  recipe: Recipe;
  retry_of: number | null;
  ending: string | null;
  message: string | null;
  warnings: string[];
  images: number;
  counts: Counts;
  recovered: number;
  restarts: number;
  bytes_in: number;
  bytes_out: number;
  bytes: number;
  bytes_left: number;
  at_s: number;
  now_s: number;
  verdicts: string;
  workers: WorkerLife[];
  attempts: AttemptSpan[];
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

export type LinkState = "connecting" | "open" | "lost";

export type ToMonitor =
  | { kind: "connect"; url: string }
  | { kind: "request"; id: number; body: Record<string, unknown> }
  | { kind: "choose"; batch: number | null }
  | { kind: "retry-now" };

export type FromMonitor =
  | { kind: "link"; state: LinkState; retryIn: number }
  | { kind: "hello"; hello: Hello }
  | { kind: "answer"; id: number; body: any }
  | { kind: "view"; view: View };
