// Filters and recipes as JSON: the tables of the recipe crate decide, so the shapes are written by hand. For
// tsc only; never served.

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
  quality?: number;
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
