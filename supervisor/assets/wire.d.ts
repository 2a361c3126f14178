// Made from supervisor/src/report/wire, do not edit.
// `UPDATE_DOCS=1 cargo test -p supervisor` writes it anew. For tsc only; never served.

/** Which attempt, and where. */
export interface AttemptName {
  /** The image's place in the plan, from 0. */
  job: number;
  /** The image as the user knows it. */
  input: string;
  /** Which try this is, from 1. */
  attempt: number;
  /** `slot.generation`. */
  worker: WorkerName;
  /** Which of the worker's lanes, from 0. */
  lane: number;
}

/** An attempt's time. */
export interface AttemptSpan {
  /** `slot.generation`. */
  worker: WorkerName;
  /** Which of the worker's lanes, from 0. */
  lane: number;
  /** The image's place in the plan, from 0. */
  job: number;
  /** Which try this is, from 1. */
  attempt: number;
  /** When it began. */
  from_s: number;
  /** When it was over. */
  to_s: number | null;
  /** Whether it was lost with its worker. */
  lost: boolean;
}

/** How a batch ended. */
export type BatchEnding =
  /** Every image has its verdict. */
  | "complete"
  /** It was stopped. */
  | "stopped"
  /** Nothing more could be written. */
  | "out-of-room"
  /** No worker could be kept. */
  | "pool-failed"
  /** Nothing was run; the message says why. */
  | "refused";

/** What a batch should do. */
export interface BatchOrder {
  /** Folders or files. */
  inputs: string[];
  /** The folder for the results, made if need be. */
  output: string;
  /** Whether up-to-date results are made again. */
  fresh?: boolean;
  /** Template of the results' names. */
  name?: string | null;
  /** What to do about files in the way. */
  on_conflict?: OnConflict | null;
  /** The recipe as JSON; without any recipe, files are only encoded again. */
  recipe?: Recipe | null;
  /** How often an image is tried again. */
  retries?: number | null;
  /** Seconds that an attempt may take. */
  timeout_s?: number | null;
  /** The recipe as TOML, instead. */
  toml?: string | null;
  /** Images at a time, up to the number of cores, which is the default. */
  workers?: number | null;
}

/** A batch in a snapshot. */
export interface BatchState {
  /** Its number. */
  id: number;
  /** Where it is in its life. */
  state: State;
  /** When it was ordered, in seconds since 1970. */
  created: number;
  /** What it is about, as paths of requests. */
  inputs: string[];
  /** The folder of its results. */
  output: string;
  /** The recipe with every value filled in. */
  recipe: Recipe | null;
  /** The batch whose images it makes again. */
  retry_of: number | null;
  /** How it ended, once it has. */
  ending: BatchEnding | null;
  /** Why it ended, if there is more to say. */
  message: string | null;
  /** What the plan warns of. */
  warnings: string[];
  /** Images of the plan. */
  images: number;
  /** Images with each verdict. */
  counts: Counts;
  /** Attempts under way. */
  running: number;
  /** Images that are `ok` after a lost attempt. */
  recovered: number;
  /** Workers that took the place of a lost one. */
  restarts: number;
  /** Bytes of the inputs that became `ok`. */
  bytes_in: number;
  /** Bytes of their outputs. */
  bytes_out: number;
  /** Pixels of the inputs that became `ok`. */
  pixels: number;
  /** Bytes of all inputs that will be processed. */
  bytes: number;
  /** Bytes of those of them that have no verdict yet, were cancelled or not run. */
  bytes_left: number;
  /** Seconds from the run's start to its last event. */
  at_s: number;
  /** The same to this snapshot. */
  now_s: number;
  /** Images that became `ok`, per second of the run. */
  images_per_s: number;
  /** Seconds to go, if that is known. */
  eta_s: number | null;
  /**
   * A letter for each image in the plan's order: `.` waits, `r` runs, `o` ok, `s` skipped, `f` failed, `q`
   * quarantined, `c` cancelled, `n` not run.
   */
  verdicts: string;
  /** The latest workers. */
  workers: WorkerSpan[];
  /** The latest attempts. */
  attempts: AttemptSpan[];
}

/** A result that cannot have its name. */
export interface ClashRow {
  /** The name. */
  output: string;
  /** The images that it is for. */
  inputs: string[];
  /** In words. */
  text: string;
}

/** How many jobs have which verdict. */
export interface Counts {
  /** The output is there. */
  ok: number;
  /** Nothing had to be done. */
  skipped: number;
  /** An error was the answer. */
  failed: number;
  /** All attempts were lost. */
  quarantined: number;
  /** Under way when the run was stopped for good. */
  cancelled: number;
  /** Their turn never came. */
  not_run: number;
}

/** An order that was taken. */
export type DoneAnswer =
  /** About a batch. */
  | {
      /** Its number. */
      batch: number;
    }
  /** About a folder, which exists now. */
  | {
      /** As in requests. */
      path: string;
    };

/** A batch that has ended. */
export interface Ended {
  /** How it ended. */
  ending: BatchEnding;
  /** Why, if there is more to say. */
  message: string | null;
  /** Seconds from the run's start to its last event. */
  at_s?: number;
  /** Images with each verdict. */
  counts?: Counts;
  /** Images of the plan. */
  images?: number;
}

export type ErrorKind =
  /** is not an image */
  | "not-an-image"
  /** is an image of a kind that cannot be processed */
  | "unsupported"
  /** ends before the picture does */
  | "truncated"
  /** is damaged */
  | "corrupt"
  /** is larger than the limits allow */
  | "too-large"
  /** cannot be read */
  | "unreadable"
  /** is not there */
  | "vanished"
  /** does not fit a parameter */
  | "bad-parameter"
  /** has a result that cannot be written */
  | "write-failed"
  /** needs more memory than there is for it */
  | "out-of-memory"
  /** makes the worker crash */
  | "crashed"
  /** takes longer than the timeout */
  | "timed-out";

/** A message of the feed. */
export type Feed =
  /** Everything that is known; it replaces what was known before. */
  | { type: "snapshot" } & Snapshot
  /** What happened since. */
  | {
      type: "events";
      /** The number of the last event contained. */
      seq: number;
      /** In order. */
      events: FeedEvent[];
    };

/** Something happened to a batch. */
export type FeedEvent = {
  /** Counts events, from 1, one by one. */
  seq: number;
  /** Which batch. */
  batch: number;
} & (
  /** It waits for its turn. */
  | {
      event: "queued";
      /** The whole batch, as in a snapshot. */
      state: BatchState;
    }
  /** Its turn has come. */
  | { event: "planning" }
  /** The last of a batch; its report is there now, unless it was refused. */
  | { event: "ended" } & Ended
  /** An old batch was forgotten. */
  | { event: "dropped" }
  /** An event of its run. */
  | Line
);

/** A filter as `supervisor filters --json` has it. */
export interface FilterInfo {
  /** Its one English name. */
  name: string;
  /** Other names it answers to. */
  aliases: string[];
  /** What it does, in a line. */
  summary: string;
  /** A specification that works, for `-f`. */
  example: string;
  /** What becomes of the frame. */
  framing: Framing;
  /** In Spanish. */
  spanish: Texts;
  /** Its parameters; `NAME=VALUE` sets the first. */
  parameters: Parameter[];
}

/** A filter with its parameters. */
export type FilterValues = {
  /** Which filter. */
  name: string;
} & Record<string, Value>;

/** A run that is over. */
export interface Finished {
  /** Images that are `ok` after a lost attempt. */
  recovered: number;
  /** Workers that took the place of a lost one. */
  restarts: number;
  /** Bytes of the inputs that became `ok`. */
  bytes_in: number;
  /** Bytes of their outputs. */
  bytes_out: number;
  /** Pixels of the inputs that became `ok`. */
  pixels: number;
}

/** A folder with its subfolders, or the roots. */
export interface Folder {
  /** As in requests; null for the list of roots. */
  path: string | null;
  /** The whole path. */
  shown: string | null;
  /** The folder above, if it may be used. */
  parent: string | null;
  /** Photos in the folder itself. */
  pictures: number;
  /** Bytes of those. */
  bytes: number;
  /** Files that are no photos. */
  other_files: number;
  /** Folders in it. */
  folders: Subfolder[];
}

/** What becomes of the frame. */
export type Framing =
  /** Each pixel stays at its place. */
  | "kept"
  /** The size stays, the places change. */
  | "moved"
  /** The size changes. */
  | "resized";

/** Who answers. */
export interface HelloAnswer {
  /** Version of the protocol. */
  version: number;
  /** Version of the program. */
  program: string;
  /** Names this start of the server: numbers of events mean nothing in another. */
  epoch: string;
  /** The number of the last event. */
  seq: number;
  /** Images that are worked on at a time, if a batch does not say otherwise. */
  workers: number;
  /** The folders that may be used. */
  roots: RootName[];
  /** The output formats. */
  formats: string[];
  /** The settings of an output. */
  settings: SettingInfo[];
  /** What can be done about files in the way, the default first. */
  on_conflict: string[];
  /** What an order may leave out. */
  defaults: OrderDefaults;
  /** The largest sizes and numbers. */
  limits: ServerLimits;
}

/** One image. */
export interface Image {
  /** As the user knows it; bytes that are not UTF-8 are written as `\xNN`. */
  input: string;
  /** The first result, if this run made it or had no need to. */
  output: string | null;
  /** Every result, in the order of the recipe's outputs. */
  outputs: ImageOutput[];
  /** The final word. */
  verdict: VerdictKind;
  /** Where it went wrong, if the worker could say. */
  stage: Stage | null;
  /** What kind of trouble. */
  kind: ErrorKind | null;
  /** The trouble in words, the reason of a skip, or the warnings of an `ok` image. */
  detail: string | null;
  /** Attempts made, lost ones included. */
  attempts: number;
  /** Who made the last attempt: `slot.generation`. */
  worker: WorkerName | null;
  /** Pixels across of the first result. */
  width: number | null;
  /** Pixels down of the first result. */
  height: number | null;
  /** Bytes of the input. */
  bytes_in: number;
  /** Bytes of all results. */
  bytes_out: number | null;
  /** Milliseconds that each stage took. */
  ms: Stages | null;
}

/** One result of an image. */
export interface ImageOutput {
  /** The name of the recipe's output; `null` where there is only one. */
  name: string | null;
  /** The file. */
  output: string;
  /** Its format; `null` where this run did not make it. */
  format: string | null;
  /** Pixels across. */
  width: number | null;
  /** Pixels down. */
  height: number | null;
  /** Its size. */
  bytes: number | null;
  /** The quality, where it was chosen for this photo. */
  quality?: number | null;
  /**
   * The score that SSIMULACRA2 gives the result, where the quality was chosen for that: 100 is the picture
   * itself.
   */
  score?: number | null;
}

/** An image of a batch, as far as it is known. */
export interface ImageRow {
  /** Its place in the plan, from 0. */
  job: number;
  /** The input, for thumbnails and previews. */
  path: string;
  /** The first result, if it is there. */
  result: string | null;
  /** Every result that is there. */
  results: string[];
  /** As the user knows it; bytes that are not UTF-8 are written as `\xNN`. */
  input: string;
  /** The first result, if this run made it or had no need to. */
  output: string | null;
  /** Every result, in the order of the recipe's outputs. */
  outputs: ImageOutput[];
  /** The final word. */
  verdict: VerdictKind | null;
  /** Where it went wrong, if the worker could say. */
  stage: Stage | null;
  /** What kind of trouble. */
  kind: ErrorKind | null;
  /** The trouble in words, the reason of a skip, or the warnings of an `ok` image. */
  detail: string | null;
  /** Attempts made, lost ones included. */
  attempts: number;
  /** Who made the last attempt: `slot.generation`. */
  worker: WorkerName | null;
  /** Pixels across of the first result. */
  width: number | null;
  /** Pixels down of the first result. */
  height: number | null;
  /** Bytes of the input. */
  bytes_in: number;
  /** Bytes of all results. */
  bytes_out: number | null;
  /** Milliseconds that each stage took. */
  ms: Stages | null;
}

/** Some of the images of a batch. */
export interface Images {
  /** The batch. */
  batch: number;
  /** The number of the first of these, from 0. */
  from: number;
  /** How many there are of the kind that was asked for. */
  total: number;
  /** In the plan's order. */
  images: ImageRow[];
}

/** An event with its time and what has come of the run so far. */
export type Line = {
  /** Seconds since the run's start. */
  at_s: number;
  /** Images with each verdict so far, this event included. */
  counts: Counts;
} & (
  /** The plan is made. */
  | { event: "started" } & Started
  /** A worker came or went. */
  | { event: "worker" } & WorkerNews
  /** A lane was given an attempt. */
  | { event: "assigned" } & AttemptName
  /** The lane is free again; the result may still have to be published. */
  | { event: "answered" } & AttemptName
  /** An attempt takes unusually long. */
  | { event: "slow" } & Slow
  /** An attempt was lost with its worker. */
  | { event: "lost" } & Lost
  /** An image has its verdict. */
  | { event: "settled" } & Settled
  /** Nothing new starts, for good. */
  | { event: "stopping" } & Stopping
  /**
   * Nothing new starts; only runs of `supervisor serve` pause. While something still runs, the state in a
   * snapshot is `pausing`.
   */
  | { event: "paused" }
  /** It goes on. */
  | { event: "resumed" }
  /** The run is over. */
  | { event: "finished" } & Finished
);

/** An attempt that was lost. */
export interface Lost {
  /** The image's place in the plan, from 0. */
  job: number;
  /** The image as the user knows it. */
  input: string;
  /** Which try this is, from 1. */
  attempt: number;
  /** `slot.generation`. */
  worker: WorkerName;
  /** Which of the worker's lanes, from 0. */
  lane: number;
  /** `crashed`, `timed-out` or `out-of-memory`. */
  kind: ErrorKind;
  /** What happened, in words. */
  detail: string;
  /** Whether the image is tried again. */
  retried: boolean;
}

/** What becomes of metadata. */
export type Metadata =
  /** What goes along, and nothing more. */
  | "keep" | "copyright" | "strip"
  /** With what is changed in that. */
  | {
      /** Families that are left out of it. */
      drop?: MetadataFamily[];
      /** What goes along. */
      policy?: "keep" | "copyright" | "strip";
      /** What fields are then set to: texts with the tokens of names. */
      set?: {
        /** Who made the photo. */
        artist?: string;
        /** What it shows. */
        caption?: string;
        /** The city that it shows. */
        city?: string;
        /** How to reach whoever made it: e-mail, web, telephone or postal address. */
        contact?: string;
        /** Whose it is. */
        copyright?: string;
        /** The country that it shows. */
        country?: string;
        /** Whom to name beside it. */
        credit?: string;
        /** What is to be kept in mind when it is used. */
        instructions?: string;
        /** Words to find it by, separated by commas. */
        keywords?: string;
        /** What it is called. */
        title?: string;
      };
    };

/** What can be left out of metadata. */
export type MetadataFamily =
  /** Where the photo was taken: coordinates, height, direction of view. */
  | "gps"
  /** The names of the place: city, region, country. */
  | "location"
  /** The serial numbers of camera and lens. */
  | "serial"
  /** The notes of the camera's maker. */
  | "makernotes"
  /** Small versions of the photo; results never have others. */
  | "thumbnail"
  /** Who is in the picture: names and faces. */
  | "people"
  /** How the file came to be: steps, and files that it was made from. */
  | "history"
  /** Comments and notes, but not the caption. */
  | "comments";

/** The answer to a mistake. */
export interface Mistake {
  /** For people: what happened, to which file, what to do. */
  message: string;
  /** The request's type. */
  request?: string | null;
  /** Where it is, if that is known. */
  where?: MistakePlace | null;
}

/** Where a mistake is. */
export type MistakePlace =
  /** In a filter of the recipe. */
  | {
      /** The number of the filter, from 0. */
      filter: number;
    }
  /** In the TOML text. */
  | {
      /** The line, from 1. */
      line: number;
      /** The column, from 1. */
      column: number;
    };

/** Files of a kind that cannot be read. */
export interface NotRead {
  /** The ending of their names in lowercase, without a dot. */
  ending: string;
  /** How many there are. */
  count: number;
}

/** A number that may be left out. */
export interface NumberDefault {
  /** What it is if left out. */
  usual: number;
  /** The smallest that it may be. */
  least: number;
  /** The largest that it may be. */
  most: number;
}

export type OnConflict =
  | "error"
  | "skip"
  | "overwrite"
  | "unique";

/** Which images. */
export type Only =
  /** Failed and quarantined ones. */
  | "failed"
  /** Those that a stopped batch cancelled or did not come to. */
  | "unfinished";

/** What an order may leave out, and what that is then. */
export interface OrderDefaults {
  /** Template of the results' names. */
  name: string;
  /** The recipe's quality. */
  quality: NumberDefault;
  /** Seconds that an attempt may take. */
  timeout_s: NumberDefault;
  /** How often an image is tried again. */
  retries: NumberDefault;
}

/** The settings of an output. */
export interface OutputSettings {
  /** The colour that transparency is laid over where the format has none. */
  background?: string;
  /** What is done with the colour profile. */
  color?: "srgb" | "keep";
  /** Pixels per inch; without it, what the photo says. */
  dpi?: number;
  /** What time is spent for smaller files. */
  effort?: "fast" | "small";
  /** The format. */
  format?: "keep" | "jpeg" | "png" | "webp" | "tiff" | "avif" | "jpg" | "jpe" | "jfif" | "tif";
  /** What is done with an HDR gain map. */
  hdr?: "keep" | "drop";
  /**
   * Whether the photo's own file is the result where that is smaller and nothing but the encoding changes.
   */
  keep_smaller?: boolean;
  /** Whether nothing may be lost. */
  lossless?: boolean;
  /** The size in bytes that a JPEG, WebP or AVIF file may have, from 1024; without it, there is no limit. */
  max_bytes?: number;
  /** Which metadata is carried along. */
  metadata?: Metadata;
  /** Whether a JPEG is seen coarsely before it is seen finely. */
  progressive?: boolean;
  /** The quality, for JPEG, lossy WebP and AVIF. */
  quality?: number;
  /** How a raw photo becomes a picture. */
  raw?: "develop" | "embedded";
  /** Stops by which the light of a raw photo that is developed is multiplied, from -5 to 5. */
  raw_exposure?: number;
  /** Chroma subsampling of a JPEG. */
  subsampling?: "444" | "422" | "420";
  /** The score of SSIMULACRA2 that a JPEG, WebP or AVIF file just reaches, in place of quality. */
  target_quality?: number;
}

/** One of several outputs. */
export interface OutputValues {
  /** The colour that transparency is laid over where the format has none. */
  background?: string;
  /** What is done with the colour profile. */
  color?: "srgb" | "keep";
  /** Pixels per inch; without it, what the photo says. */
  dpi?: number;
  /** What time is spent for smaller files. */
  effort?: "fast" | "small";
  /** Its own filters, after those that all outputs share. */
  filters?: FilterValues[];
  /** The format. */
  format?: "keep" | "jpeg" | "png" | "webp" | "tiff" | "avif" | "jpg" | "jpe" | "jfif" | "tif";
  /** What is done with an HDR gain map. */
  hdr?: "keep" | "drop";
  /**
   * Whether the photo's own file is the result where that is smaller and nothing but the encoding changes.
   */
  keep_smaller?: boolean;
  /** Whether nothing may be lost. */
  lossless?: boolean;
  /** The size in bytes that a JPEG, WebP or AVIF file may have, from 1024; without it, there is no limit. */
  max_bytes?: number;
  /** Which metadata is carried along. */
  metadata?: Metadata;
  /** What it is called; with several outputs each has a name. */
  name?: string | null;
  /** Template of its files' names. */
  path?: string | null;
  /** Whether a JPEG is seen coarsely before it is seen finely. */
  progressive?: boolean;
  /** The quality, for JPEG, lossy WebP and AVIF. */
  quality?: number;
  /** How a raw photo becomes a picture. */
  raw?: "develop" | "embedded";
  /** Stops by which the light of a raw photo that is developed is multiplied, from -5 to 5. */
  raw_exposure?: number;
  /** Chroma subsampling of a JPEG. */
  subsampling?: "444" | "422" | "420";
  /** The score of SSIMULACRA2 that a JPEG, WebP or AVIF file just reaches, in place of quality. */
  target_quality?: number;
}

/** A parameter of a filter. */
export interface Parameter {
  /** As it is typed. */
  name: string;
  /** Which values it takes. */
  type: ParameterType;
  /** The value it has when none is given; null where it is then left out. */
  default: string | null;
  /** What a number counts: `px`, `bits`, `×`, or nothing. */
  unit: string;
  /** What it does, in a line. */
  summary: string;
  /** In Spanish. */
  spanish: Texts;
  /** The words to choose from. */
  choices?: string[];
  /** The largest number. */
  max?: number;
  /** Most characters of a text. */
  max_length?: number;
  /** The smallest number. */
  min?: number;
}

/** Which values a parameter takes. */
export type ParameterType =
  /** A number within bounds. */
  | "number"
  /** A whole number within bounds. */
  | "integer"
  /** One of several words. */
  | "choice"
  /** `true` or `false`. */
  | "switch"
  /** Any text. */
  | "text"
  /** A colour. */
  | "color"
  /** Proportions. */
  | "aspect"
  /** Points of a curve, from left to right. */
  | "points"
  /** A place in the picture. */
  | "place"
  /** A file's path. */
  | "file";

/** Files that were found and are no images of this run. */
export interface PassedOverCounts {
  /** No photos, hidden files, and photos in folders of results whose journal cannot be read. */
  others: number;
  /** Results of earlier runs. */
  results: number;
  /** Photos that are no results, in folders of results, which were left out. */
  among_results: number;
  /** Photos that `--exclude` named. */
  excluded: number;
  /** Photos that `--include` did not name. */
  not_included: number;
  /** Photos that were not changed since `--newer-than`. */
  older: number;
  /** Photos with fewer stars than `--rating`. */
  rating: number;
  /** Photos with another label than `--label`, or none. */
  label: number;
  /** Photos that were not picked, with `--pick`. */
  not_picked: number;
}

/** A photo in a folder. */
export interface PictureFile {
  /** Its name. */
  name: string;
  /** As in requests. */
  path: string;
  /** Its size. */
  bytes: number;
  /** Seconds since 1970. */
  modified: number;
}

/** Some of the photos of a folder. */
export interface Pictures {
  /** The folder. */
  path: string;
  /** The number of the first of these, from 0. */
  from: number;
  /** How many there are. */
  total: number;
  /** In the order of their names. */
  pictures: PictureFile[];
}

/** What a batch would do. */
export interface PlanAnswer {
  /** Whether there is anything to run, and nothing in its way. */
  ready: boolean;
  /** Images of the plan. */
  images: number;
  /** Bytes of those that would be processed. */
  bytes: number;
  /** Images that would be processed. */
  process: number;
  /** Images that need nothing. */
  skip: number;
  /** Images that are known to fail. */
  fail: number;
  /** The number of the first of `jobs`, from 0. */
  from: number;
  /** What the plan warns of. */
  warnings: string[];
  /** Why nothing could be run. */
  problem: PlanProblem | null;
  /** Some of the images. */
  jobs: PlanJob[];
}

/** One image of a plan. */
export type PlanJob = {
  /** Its place in the plan, from 0. */
  job: number;
  /** As in requests. */
  input: string;
  /** Its size. */
  bytes: number;
} & (
  /** A result would be made. */
  | {
      action: "process";
      /** Where the first result would be. */
      output: string;
      /** Where each result would be. */
      outputs: string[];
      /** Whether there is a file already. */
      replaces: boolean;
    }
  /** Nothing would be done. */
  | {
      action: "skip";
      /** Where the first result is. */
      output: string;
      /** Where each result is. */
      outputs: string[];
      /** `up-to-date` or `exists`. */
      reason: string;
    }
  /** It would fail. */
  | {
      action: "fail";
      /** What kind of trouble. */
      kind: ErrorKind;
      /** In words. */
      detail: string;
    }
);

/** Why nothing could be run. */
export interface PlanProblem {
  /** What is in the way. */
  kind: PlanProblemKind;
  /** In words. */
  message: string;
  /** Which results; may be empty. */
  rows: ClashRow[];
}

/** What is in the way. */
export type PlanProblemKind =
  /** Several images would get one name. */
  | "collisions"
  /** Files that no run has made are where results must go. */
  | "conflicts"
  /** A result would replace an input. */
  | "would-replace-input"
  /** There is nothing to process. */
  | "no-input"
  /** The output folder cannot be used. */
  | "output";

/** `POST /preview`: the body. */
export interface PreviewQuestion {
  /** The input, as in requests. */
  path: string;
  /** The square that the whole is made to fit into, in pixels. */
  edge?: number | null;
  /** The recipe as JSON; without it, only the size is changed. */
  recipe?: Recipe | null;
  /** The part of the result that is wanted, pixel by pixel; without it, all. */
  region?: Region | null;
}

/** A batch that waits. */
export interface Queued {
  /** Its number. */
  batch: number;
  /** How many run or wait before it. */
  place: number;
}

/** A recipe as JSON, like one in TOML. */
export interface Recipe {
  /** What it is for, in a sentence. */
  description?: string | null;
  /** Applied in this order, before those of the outputs. */
  filters?: FilterValues[];
  /** What becomes of the metadata of every output that says nothing of it. In answers each says it. */
  metadata?: Metadata | null;
  /** What it is called. */
  name?: string | null;
  /** How results are encoded, where each photo becomes one. */
  output?: OutputSettings | null;
  /**
   * Instead: the results that each photo becomes. A recipe is answered like this if it has several, or one
   * with a name, a path or filters of its own.
   */
  outputs?: OutputValues[] | null;
}

/** A recipe in every form. */
export interface RecipeForms {
  /** Every value filled in. */
  recipe: Recipe;
  /** As `supervisor run --recipe` reads it. */
  toml: string;
  /** On one line. */
  text: string;
}

/** Why a request got nothing. */
export interface Refused {
  /** For people. */
  message: string;
  /** What kind of trouble the photo makes that was asked for. */
  kind?: ErrorKind | null;
}

/** A part of an image, in pixels. */
export interface Region {
  /** From the left. */
  x: number;
  /** From the top. */
  y: number;
  /** How wide. */
  width: number;
  /** How high. */
  height: number;
}

/** An answer with the `id` of its request. */
export type Reply = {
  /** That of the request, if it had one. */
  id?: unknown;
} & (
  /** To `hello`. */
  | { type: "hello" } & HelloAnswer
  /** To `filters`. */
  | {
      type: "filters";
      /** The filter table, as in `supervisor filters --json`. */
      filters: FilterInfo[];
    }
  /** To `folders`. */
  | { type: "folders" } & Folder
  /** To `pictures`. */
  | { type: "pictures" } & Pictures
  /** To `recipe`. */
  | { type: "recipe" } & RecipeForms
  /** To `plan`. */
  | { type: "plan" } & PlanAnswer
  /** To `process` and `retry`. */
  | { type: "queued" } & Queued
  /** To orders that say nothing back. */
  | { type: "done" } & DoneAnswer
  /** To `status`. */
  | { type: "status" } & Snapshot
  /** To `images`. */
  | { type: "images" } & Images
  /** To a mistake. */
  | { type: "error" } & Mistake
);

/** A whole report. */
export interface Report {
  /** Of the report: 1. */
  version: number;
  /** Which run, and how it was set up. */
  run: Run;
  /** Sums over all images. */
  totals: Totals;
  /** How fast it went. */
  speed: Speed;
  /** Every worker there was, by slot and generation. */
  workers: Worker[];
  /** Every image, in the plan's order. */
  images: Image[];
  /** Files that were passed over, by reason. */
  passed_over: PassedOverCounts;
  /** Photos and pictures of kinds that cannot be read, among the images and beside them, by their ending. */
  not_read: NotRead[];
}

/** A request, by its `type` and without its `id`. */
export type Request =
  /** Begins the feed; answered with `hello`. */
  | {
      type: "hello";
      /** The last `seq` seen. */
      after?: number | null;
      /** The `epoch` in which it was seen. */
      epoch?: string | null;
    }
  /** Asks for the filter table; answered with `filters`. */
  | { type: "filters" }
  /** Asks what is in a folder; answered with `folders`. */
  | {
      type: "folders";
      /** Which folder; without it, the roots. */
      path?: string | null;
    }
  /** Asks for the photos of a folder; answered with `pictures`. */
  | {
      type: "pictures";
      /** Which folder. */
      path: string;
      /** How many. */
      count?: number;
      /** The first photo wanted, from 0. */
      from?: number;
    }
  /** Checks a recipe; answered with `recipe`. */
  | {
      type: "recipe";
      /** As JSON, instead. */
      recipe?: Recipe | null;
      /** As TOML. */
      toml?: string | null;
    }
  /** Asks what a batch would do; answered with `plan`. */
  | {
      type: "plan";
      /** Folders or files. */
      inputs: string[];
      /** The folder for the results, made if need be. */
      output: string;
      /** How many. */
      count?: number;
      /** Whether up-to-date results are made again. */
      fresh?: boolean;
      /** The first image wanted, from 0. */
      from?: number;
      /** Template of the results' names. */
      name?: string | null;
      /** What to do about files in the way. */
      on_conflict?: OnConflict | null;
      /** The recipe as JSON; without any recipe, files are only encoded again. */
      recipe?: Recipe | null;
      /** How often an image is tried again. */
      retries?: number | null;
      /** Seconds that an attempt may take. */
      timeout_s?: number | null;
      /** The recipe as TOML, instead. */
      toml?: string | null;
      /** Images at a time, up to the number of cores, which is the default. */
      workers?: number | null;
    }
  /** Queues a batch; answered with `queued`. */
  | { type: "process" } & BatchOrder
  /** Starts nothing new; answered with `done`, as are the next three. */
  | {
      type: "pause";
      /** Which batch. */
      batch: number;
    }
  /** Goes on. */
  | {
      type: "resume";
      /** Which batch. */
      batch: number;
    }
  /** Finishes what runs, and starts nothing new for good. */
  | {
      type: "stop";
      /** Which batch. */
      batch: number;
    }
  /** Kills what runs. */
  | {
      type: "stop-now";
      /** Which batch. */
      batch: number;
    }
  /** Makes a new batch of some images of one that has ended; answered with `queued`. */
  | {
      type: "retry";
      /** Which batch. */
      batch: number;
      /** Which of its images. */
      only?: Only;
    }
  /** Asks for the snapshot; answered with `status`. */
  | { type: "status" }
  /** Asks for the images of a batch; answered with `images`. */
  | {
      type: "images";
      /** Which batch. */
      batch: number;
      /** How many. */
      count?: number;
      /** The first image wanted, from 0. */
      from?: number;
      /** Which images; without it, all. */
      only?: Only | null;
    }
  /** Makes a folder, which may exist already; answered with `done`. */
  | {
      type: "make-folder";
      /** The folder. */
      path: string;
    };

/** A folder that may be used. */
export interface RootName {
  /** As paths of requests begin. */
  path: string;
  /** The whole path. */
  shown: string;
}

/** Which run, and how it was set up. */
export interface Run {
  /** The run's own name. */
  id: string;
  /** UTC, RFC 3339. */
  started: string;
  /** UTC, RFC 3339. */
  finished: string;
  /** What was typed, word by word. */
  command: string[];
  /** `process`, `thread` or `sequential`. */
  isolation: string;
  /** Slots of the pool. */
  workers: number;
  /** Lanes of each worker. */
  lanes: number;
  /** Cores that the supervisor might use. */
  cores: number;
  /** The recipe's file; `null` where there was none. */
  recipe: string | null;
  /**
   * Every filter with all its values, in the order in which they were applied; with several outputs, those
   * that they share.
   */
  filters: string[];
  /** The format of the results, `keep` for that of each photo; `null` with several outputs. */
  format: string | null;
  /** Their quality; `null` where the format has none, and with several outputs. */
  quality: number | null;
  /** What was made of each photo. */
  outputs: RunOutput[];
  /** What was in force in every worker; the weakest counts. */
  sandbox: SandboxShape;
}

/** One of the files that were made of each photo. */
export interface RunOutput {
  /** Its name in the recipe; `null` where there is only one. */
  name: string | null;
  /** The template of the files' names. */
  path: string;
  /** Filters of this output alone, after those of the run. */
  filters: string[];
  /** The format, `keep` for that of each photo. */
  format: string;
  /**
   * The quality; `null` where the format has none, where nothing is lost, and where it is chosen for each
   * photo.
   */
  quality: number | null;
  /** Every other setting that is not as by default, as `NAME=VALUE`. */
  settings: string[];
}

/** What is in force in a worker. */
export interface SandboxShape {
  /** The Landlock ABI in force, if any. */
  landlock: number | null;
  /** Whether the system-call filter is in force. */
  seccomp: boolean;
  /** Whether the resource limits are in force. */
  rlimits: boolean;
  /** What was asked for and could not be had, in words. */
  missing: string[];
}

/** The largest sizes and numbers. */
export interface ServerLimits {
  /** Bytes of a message to the server. */
  message: number;
  /** Bytes of an uploaded file. */
  upload: number;
  /** Pixels of a preview's edge. */
  preview_edge: number;
  /** Attempts that a snapshot tells of, the latest. */
  attempts: number;
}

/** A setting of an output. */
export interface SettingInfo {
  /** As it is typed. */
  name: string;
  /** Which values it takes. */
  type: SettingType;
  /** The value it has when none is given; null where it is then left out. */
  default: string | null;
  /** The words to choose from. */
  choices?: string[] | null;
  /** The largest number, if there is one. */
  max?: number | null;
  /** The smallest number. */
  min?: number | null;
}

/** Which values a setting takes. */
export type SettingType =
  /** One of several words. */
  | "choice"
  /** A whole number within bounds. */
  | "integer"
  /** A number within bounds. */
  | "number"
  /** True or false. */
  | "switch"
  /** A colour. */
  | "color";

/** An image with its verdict. */
export interface Settled {
  /** The image's place in the plan, from 0. */
  job: number;
  /** As the user knows it; bytes that are not UTF-8 are written as `\xNN`. */
  input: string;
  /** The first result, if this run made it or had no need to. */
  output: string | null;
  /** Every result, in the order of the recipe's outputs. */
  outputs: ImageOutput[];
  /** The final word. */
  verdict: VerdictKind;
  /** Where it went wrong, if the worker could say. */
  stage: Stage | null;
  /** What kind of trouble. */
  kind: ErrorKind | null;
  /** The trouble in words, the reason of a skip, or the warnings of an `ok` image. */
  detail: string | null;
  /** Attempts made, lost ones included. */
  attempts: number;
  /** Who made the last attempt: `slot.generation`. */
  worker: WorkerName | null;
  /** Pixels across of the first result. */
  width: number | null;
  /** Pixels down of the first result. */
  height: number | null;
  /** Bytes of the input. */
  bytes_in: number;
  /** Bytes of all results. */
  bytes_out: number | null;
  /** Milliseconds that each stage took. */
  ms: Stages | null;
  /**
   * Bytes that the plan counted for it: 0 if there was nothing to do. They stop being left with this event,
   * unless the verdict is `cancelled` or `not-run`.
   */
  bytes_planned: number;
  /** Pixels of the input, if it is `ok`, else 0. */
  pixels: number;
  /** Seconds to go from here on, if that is known; in the feed only. */
  eta_s?: number | null;
  /** The input, for thumbnails and previews. */
  path?: string;
  /** The first result, if it is there. */
  result?: string | null;
  /** Every result that is there. */
  results?: string[];
}

/** An attempt that takes unusually long. */
export interface Slow {
  /** The image's place in the plan, from 0. */
  job: number;
  /** The image as the user knows it. */
  input: string;
  /** Which try this is, from 1. */
  attempt: number;
  /** `slot.generation`. */
  worker: WorkerName;
  /** Which of the worker's lanes, from 0. */
  lane: number;
  /** Seconds that it has taken so far. */
  after_s: number;
}

/** All batches. */
export interface Snapshot {
  /** The number of the last event contained. */
  seq: number;
  /** Oldest first. */
  batches: BatchState[];
}

/** How fast it went. */
export interface Speed {
  /** Seconds from start to end. */
  wall_s: number;
  /** `ok` images per second. */
  images_per_s: number;
  /** Megapixels of their inputs per second. */
  megapixels_per_s: number;
  /** Share of the time, 0–1, in which the lanes of the pool had an attempt. */
  busy_fraction: number;
  /** Seconds that the stages of `ok` images took, over all lanes. */
  stage_s: Stages;
}

export type Stage =
  | "read"
  | "decode"
  | "filter"
  | "encode"
  | "write";

/** A number for each stage. */
export interface Stages {
  read: number;
  decode: number;
  filter: number;
  encode: number;
  write: number;
}

/** A plan that is about to be run. */
export interface Started {
  /** Images of the plan. */
  images: number;
  /** Bytes of those that will be processed. */
  bytes: number;
  /** What the plan warns of; in the feed only. */
  warnings?: string[] | null;
}

/** Where a batch is in its life. */
export type State =
  /** It waits for its turn. */
  | "queued"
  /** Its plan is being made. */
  | "planning"
  /** It runs. */
  | "running"
  /** Paused, and something still runs. */
  | "pausing"
  /** Nothing new starts until it is resumed. */
  | "paused"
  /** Nothing new starts, for good. */
  | "stopping"
  /** It is over. */
  | "ended";

/** A run that is being stopped. */
export interface Stopping {
  /** Whether what runs is killed as well. */
  kill: boolean;
  /** Why, for people. */
  reason: string;
}

/** A folder in a folder. */
export interface Subfolder {
  /** Its name. */
  name: string;
  /** As in requests. */
  path: string;
  /** Photos in it, of its first 10,000 entries. */
  pictures: number;
  /** Folders in it. */
  folders: number;
}

/** What the page calls a filter or a parameter, and what it does. */
export interface Texts {
  /** What the page calls it. */
  title: string;
  /** What it does, in a line. */
  summary: string;
}

/** `GET /thumbnail`: its parameters. */
export interface ThumbnailQuestion {
  /** The input, as in requests. */
  path: string;
  /** The square that it is made to fit into, in pixels. */
  edge?: number | null;
}

/** Sums over all images. */
export interface Totals {
  /** Images of the plan: the sum of the six verdicts. */
  images: number;
  /** The output is there. */
  ok: number;
  /** Nothing had to be done. */
  skipped: number;
  /** An error was the answer. */
  failed: number;
  /** All attempts were lost. */
  quarantined: number;
  /** Under way when the run was stopped for good. */
  cancelled: number;
  /** Their turn never came. */
  not_run: number;
  /** `ok` after a lost attempt. */
  recovered: number;
  /** Workers that took the place of a lost one. */
  restarts: number;
  /** Bytes of the inputs that became `ok`. */
  bytes_in: number;
  /** Bytes of their outputs. */
  bytes_out: number;
  /** Pixels of the inputs that became `ok`. */
  pixels: number;
  /** Of the skipped, results that an older engine revision made; `--refresh` makes them anew. */
  older_engine: number;
}

/** `PUT /upload`: its parameters. */
export interface UploadTarget {
  /** The folder, made if need be. */
  folder: string;
  /** The file's name. */
  name: string;
}

/** A file that was taken. */
export interface Uploaded {
  /** Its size. */
  bytes: number;
  /** The name that it was given. */
  name: string;
  /** As in requests. */
  path: string;
}

export type Value = string | number | boolean;

/** A verdict without its circumstances. */
export type VerdictKind =
  /** The output is there. */
  | "ok"
  /** Nothing had to be done. */
  | "skipped"
  /** An error was the answer. */
  | "failed"
  /** All attempts were lost. */
  | "quarantined"
  /** Under way when the run was stopped for good. */
  | "cancelled"
  /** Its turn never came. */
  | "not-run";

/** One worker process. */
export interface Worker {
  /** Its place in the pool. */
  slot: number;
  /** Its number in that place, from 0. */
  generation: number;
  /** Its process id. */
  pid: number;
  /** Attempts that it was given. */
  jobs: number;
  /** Seconds in which it had an attempt, summed over its lanes. */
  busy_s: number;
  /** How it ended, in words; `null` if that was not seen. */
  end: string | null;
}

/** A worker: `slot.generation`. */
export type WorkerName = string;

/** A worker that came or went. */
export type WorkerNews = {
  /** `slot.generation`. */
  worker: WorkerName;
} & (
  /** Its process exists. */
  | {
      state: "spawned";
      /** The process id. */
      pid: number;
    }
  /** It is locked in and waits for work. */
  | {
      state: "ready";
      /** What is in force in it. */
      sandbox: SandboxShape;
    }
  /** It is gone. */
  | {
      state: "gone";
      /** How it ended, in words; `stopped` if it left when asked to. */
      end: string;
    }
);

/** A worker's time. */
export interface WorkerSpan {
  /** `slot.generation`. */
  worker: WorkerName;
  /** Its place in the pool. */
  slot: number;
  /** Its number in that place, from 0. */
  generation: number;
  /** Its process id. */
  pid: number;
  /** When its process was there. */
  from_s: number;
  /** When it waited for work. */
  ready_s: number | null;
  /** When it was gone. */
  to_s: number | null;
  /** How it ended, in words; `stopped` if it left when asked to. */
  end: string | null;
}
