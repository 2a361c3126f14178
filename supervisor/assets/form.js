// The form of a filter, made from the filter table: a field for each parameter, with unit, range and default.

/** @import {FilterInfo, FilterValues, Parameter, Value} from "./types" */

import { el } from "./dom.js";
import { filterTexts, number, t, word } from "./i18n.js";

const ASPECTS = ["1:1", "4:5", "5:4", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16"];
let lastId = 0;

/**
 * @param {FilterInfo} info
 * @param {FilterValues} values changed in place
 * @param {() => void} changed
 */
export function form(info, values, changed) {
  const texts = filterTexts(info);
  const fields = info.parameters.map((parameter) =>
    field(
      parameter,
      texts.parameters[parameter.name] ?? { title: parameter.name, summary: "" },
      values,
      changed,
    ),
  );
  return el("div", { class: "filter-form" }, el("p", { class: "dim" }, texts.summary), ...fields);
}

/**
 * @param {Parameter} parameter
 * @param {{title: string, summary: string}} texts
 * @param {FilterValues} values
 * @param {() => void} changed
 */
function field(parameter, texts, values, changed) {
  const id = `parameter-${++lastId}`;
  /** @param {Value | undefined} value undefined: the default */
  const set = (value) => {
    if (value === undefined) delete values[parameter.name];
    else values[parameter.name] = value;
    changed();
  };
  const value = values[parameter.name] ?? parameter.default;
  const help = el("p", { class: "help", id: `${id}-help` }, texts.summary);
  const control = el("div", { class: "control" }, ...controls(parameter, texts.title, id, value, set));
  const label =
    parameter.type === "choice" && isNine(parameter)
      ? el("span", { class: "label", id: `${id}-label` }, texts.title)
      : el("label", { for: id }, texts.title);
  return el(
    "div",
    { class: parameter.type === "switch" ? "param switch" : "param" },
    label,
    el("span", { class: "range" }, range(parameter)),
    control,
    help,
  );
}

/**
 * Whether the words are places: three rows of three, as they are read.
 * @param {Parameter} parameter
 */
function isNine({ choices = [] }) {
  return choices.length === 9 && choices[4] === "center";
}

/**
 * Range and default in words.
 * @param {Parameter} parameter
 */
function range(parameter) {
  const parts = [];
  const { min, max } = parameter;
  if (min !== undefined && max !== undefined)
    // Behind a minus, a dash reads as another one.
    parts.push(
      min < 0 ? t("from_to", { from: number(min), to: number(max) }) : `${number(min)}–${number(max)}`,
    );
  if (parameter.default === null) parts.push(t("optional"));
  else if (parameter.type === "number" || parameter.type === "integer")
    parts.push(t("default_is", { value: number(Number(parameter.default)) }));
  return parts.join(" · ");
}

/**
 * @param {Parameter} parameter
 * @param {string} title
 * @param {string} id
 * @param {Value | null} value
 * @param {(value: Value | undefined) => void} set
 * @returns {Node[]}
 */
function controls(parameter, title, id, value, set) {
  const described = { id, "aria-describedby": `${id}-help` };
  switch (parameter.type) {
    case "number":
    case "integer":
      return numeric(parameter, title, described, value, set);
    case "switch":
      return [
        el("input", {
          ...described,
          type: "checkbox",
          checked: String(value) === "true",
          onchange: changedTo((input) => set(input.checked)),
        }),
      ];
    case "choice":
      return isNine(parameter)
        ? [nine(id, parameter.choices ?? [], String(value), set)]
        : [choice(parameter, described, String(value), set)];
    case "color":
      return color(described, title, String(value ?? ""), set);
    case "aspect": {
      const list = el(
        "datalist",
        { id: `${id}-list` },
        ...ASPECTS.map((aspect) => el("option", { value: aspect })),
      );
      return [
        el("input", {
          ...described,
          type: "text",
          value: String(value ?? ""),
          placeholder: "3:2",
          list: `${id}-list`,
          "aria-label": title,
          oninput: changedTo((input) => set(input.value.trim() || undefined)),
        }),
        list,
      ];
    }
    case "points":
    case "place":
    case "text":
    case "file":
      return [
        el("input", {
          ...described,
          type: "text",
          // A field of one line holds no line break; written so, it means the same.
          value: String(value ?? "").replaceAll("\n", "\\n"),
          maxLength: parameter.max_length,
          placeholder: placeholderOf(parameter),
          oninput: changedTo((input) => set(input.value || undefined)),
        }),
      ];
  }
}

/**
 * @param {Parameter} parameter
 * @returns {string}
 */
function placeholderOf(parameter) {
  if (parameter.type === "file") return t("file_placeholder");
  return parameter.type === "points" ? "0:0 0.5:0.6 1:1" : "";
}

/**
 * @param {(input: HTMLInputElement) => void} take
 * @returns {(event: Event) => void}
 */
function changedTo(take) {
  return (event) => take(/** @type {HTMLInputElement} */ (event.target));
}

/**
 * A number with its unit, and a slider where the range is one that a hand can aim in.
 * @param {Parameter} parameter
 * @param {string} title
 * @param {Record<string, string>} described
 * @param {Value | null} value
 * @param {(value: Value | undefined) => void} set
 */
function numeric(parameter, title, described, value, set) {
  const scale = new Scale(parameter);
  const input = el("input", {
    ...described,
    type: "number",
    min: String(scale.min),
    max: String(scale.max),
    step: scale.whole ? "1" : "any",
    inputMode: "decimal",
    value: value === null ? "" : String(value),
    placeholder: "–",
  });
  const unit = parameter.unit ? el("span", { class: "unit" }, word(parameter.unit)) : null;
  const slider = scale.slid
    ? el("input", {
        type: "range",
        min: "0",
        max: "1",
        step: "0.001",
        value: String(scale.placeOf(Number(value))),
        "aria-label": title,
      })
    : null;
  const describe = () =>
    slider?.setAttribute("aria-valuetext", `${input.value} ${word(parameter.unit)}`.trim());
  describe();
  input.addEventListener("input", () => {
    const typed = input.value === "" ? undefined : Number(input.value);
    input.setAttribute("aria-invalid", String(!input.validity.valid));
    if (slider && typed !== undefined) slider.value = String(scale.placeOf(typed));
    describe();
    set(typed);
  });
  slider?.addEventListener("input", () => {
    input.value = String(scale.valueAt(Number(slider.value)));
    input.setAttribute("aria-invalid", "false");
    describe();
    set(Number(input.value));
  });
  slider?.addEventListener("keydown", (event) => {
    const next = scale.after(event.key, Number(input.value || scale.usual));
    if (next === undefined) return;
    event.preventDefault();
    input.value = String(next);
    slider.value = String(scale.placeOf(next));
    describe();
    set(next);
  });
  return [slider, input, unit].filter((node) => node !== null);
}

/** Where on a slider a number is, and how far a key moves it. */
class Scale {
  /** @param {Parameter} parameter */
  constructor(parameter) {
    const { min = 0, max = 100 } = parameter;
    this.min = min;
    this.max = max;
    this.whole = parameter.type === "integer";
    const usual = parameter.default === null ? null : Number(parameter.default);
    this.usual = usual;
    this.slid = max - min <= 30000 && usual !== null;
    // A default near the low end wants fine steps there: the slider then runs in powers.
    this.power =
      this.slid && usual !== null && min >= 0 && usual - min < (max - min) * 0.2 && usual > min
        ? Math.max(1, Math.log((usual - min) / (max - min)) / Math.log(0.35))
        : 1;
  }

  /** @param {number} at 0–1 */
  valueAt(at) {
    return this.#tidy(this.min + (this.max - this.min) * at ** this.power);
  }

  /** @param {number} value */
  placeOf(value) {
    const at = (value - this.min) / (this.max - this.min);
    return Math.min(1, Math.max(0, at)) ** (1 / this.power);
  }

  /**
   * What a key makes of a value: it moves by a step of the value, not by a thousandth of the way.
   * @param {string} key
   * @param {number} value
   */
  after(key, value) {
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 }[key];
    if (by === undefined) return undefined;
    const span = this.max - this.min;
    const step = this.whole ? 1 : span > 50 ? 0.5 : span / 100;
    return Math.min(this.max, Math.max(this.min, this.#tidy(value + by * step)));
  }

  /** As many decimals as the range makes sense of. @param {number} value */
  #tidy(value) {
    const span = this.max - this.min;
    if (this.whole) return Math.round(value);
    if (span > 5000) return Math.round(value / 50) * 50;
    return Number(value.toFixed(span > 50 ? 1 : span > 5 ? 2 : 3));
  }
}

/**
 * @param {Parameter} parameter
 * @param {Record<string, string>} described
 * @param {string} value
 * @param {(value: Value) => void} set
 */
function choice(parameter, described, value, set) {
  const select = el(
    "select",
    described,
    ...(parameter.choices ?? []).map((one) => el("option", { value: one }, word(one))),
  );
  select.value = value;
  select.addEventListener("change", () => set(select.value));
  return select;
}

/**
 * Where something stands: nine places.
 * @param {string} id
 * @param {string[]} anchors
 * @param {string} value
 * @param {(value: Value) => void} set
 */
function nine(id, anchors, value, set) {
  const places = anchors.map((anchor) =>
    el(
      "label",
      {},
      el("input", {
        type: "radio",
        class: "visually-hidden",
        name: id,
        value: anchor,
        checked: anchor === value,
        "aria-label": word(anchor),
        onchange: () => set(anchor),
      }),
      el("span", { title: word(anchor) }),
    ),
  );
  return el(
    "div",
    { class: "nine", role: "radiogroup", "aria-labelledby": `${id}-label`, "aria-describedby": `${id}-help` },
    ...places,
  );
}

/**
 * A colour by eye or by name.
 * @param {Record<string, string>} described
 * @param {string} title
 * @param {string} value
 * @param {(value: Value | undefined) => void} set
 */
function color(described, title, value, set) {
  const text = el("input", { ...described, type: "text", value, spellcheck: false });
  const eye = el("input", { type: "color", value: hex(value), "aria-label": title });
  text.addEventListener("input", () => {
    eye.value = hex(text.value);
    set(text.value.trim() || undefined);
  });
  eye.addEventListener("input", () => {
    text.value = eye.value;
    set(eye.value);
  });
  return [eye, text];
}

/** @param {string} css a name or `#rgb…`; anything else is black */
function hex(css) {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return "#000000";
  context.fillStyle = "#000000";
  context.fillStyle = css;
  return /^#[0-9a-f]{6}$/.test(context.fillStyle) ? context.fillStyle : "#000000";
}
