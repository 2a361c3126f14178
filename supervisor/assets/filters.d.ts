// Recipes as JSON: the filter table decides which values a filter has, so the shapes are written by hand. For
// tsc only; never served.

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
  hdr?: string;
  background?: string;
  dpi?: number;
}

export interface Recipe {
  filters: FilterValues[];
  output: Output;
}
