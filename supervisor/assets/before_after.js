// The before/after stage: two pictures over each other, split by a handle. Knows pictures and places, not
// where they come from. Coordinates are pixels of the whole picture; `real` shows one of them on one pixel of
// the screen, else the whole is fitted in.

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";

/** @typedef {"before" | "after"} Side */
/** @typedef {{x: number, y: number, width: number, height: number}} Box */

export class BeforeAfter {
  /** @param {() => void} moved told when another part of the picture is seen */
  constructor(moved) {
    this.moved = moved;
    this.size = { width: 0, height: 0 };
    this.real = false;
    /** The middle of what is seen, as a share of the picture. */
    this.center = { x: 0.5, y: 0.5 };
    this.split = 0.5;
    /** Whether there is no picture after, only the one before. */
    this.alone = false;
    this.sides = { before: side("before"), after: side("after") };
    this.tags = { before: el("span", { class: "tag before" }), after: el("span", { class: "tag after" }) };
    this.handle = el(
      "button",
      { type: "button", class: "split", role: "slider", "aria-valuemin": 0, "aria-valuemax": 100 },
      icon("before-after"),
    );
    this.busy = el("p", { class: "busy", hidden: true }, icon("running"), el("span"));
    this.trouble = el("div", { class: "trouble", hidden: true });
    this.element = el("div", { class: "before-after", tabIndex: 0, role: "group" });
    this.element.append(
      this.sides.before.box,
      this.sides.after.box,
      this.tags.before,
      this.tags.after,
      this.handle,
      this.busy,
      this.trouble,
    );
    this.#listen();
    new ResizeObserver(() => this.#place()).observe(this.element);
    this.translate();
  }

  /** Texts anew, after a change of language. */
  translate() {
    this.element.setAttribute("aria-label", t("stage_label"));
    this.handle.setAttribute("aria-label", t("split_label"));
    this.tags.before.textContent = t("before");
    this.tags.after.textContent = t("after");
    /** @type {HTMLElement} */ (this.busy.lastElementChild).textContent = t("making_preview");
    this.#place();
  }

  /** @param {number} width @param {number} height */
  setSize(width, height) {
    this.size = { width, height };
    this.#place();
  }

  /** Shows the picture before and nothing beside it. */
  setAlone() {
    this.alone = true;
    this.#place();
  }

  /** @param {boolean} real */
  setReal(real) {
    this.real = real;
    this.element.classList.toggle("real", real);
    this.#place();
    this.moved();
  }

  /**
   * Shows a picture of the whole, or of a part.
   * @param {Side} name
   * @param {Blob} blob
   * @param {Box | null} part null: the whole
   */
  async show(name, blob, part) {
    const of = this.sides[name];
    const layer = part ? of.detail : of.whole;
    await load(layer.image, blob);
    layer.box = part;
    this.#place();
  }

  /** Takes the details away: the picture is another one now. */
  forgetDetails() {
    for (const { detail } of Object.values(this.sides)) void load(detail.image, null);
  }

  clear() {
    this.forgetDetails();
    for (const { whole } of Object.values(this.sides)) void load(whole.image, null);
    this.size = { width: 0, height: 0 };
  }

  /** @param {string | null} message */
  setTrouble(message) {
    this.trouble.hidden = message === null;
    if (message !== null) this.trouble.replaceChildren(icon("failed"), el("p", {}, message));
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.busy.hidden = !busy;
  }

  /** Screen pixels for a pixel of the picture. */
  get scale() {
    if (this.real) return 1 / devicePixelRatio;
    const { clientWidth, clientHeight } = this.element;
    return Math.min(1, clientWidth / (this.size.width || 1), clientHeight / (this.size.height || 1));
  }

  /** The part that is seen. @returns {Box} */
  get seen() {
    const { left, top } = this.#corner();
    const { scale, size } = this;
    const { clientWidth, clientHeight } = this.element;
    const x = Math.max(0, Math.floor(-left / scale));
    const y = Math.max(0, Math.floor(-top / scale));
    return {
      x,
      y,
      width: Math.min(size.width - x, Math.ceil(clientWidth / scale)),
      height: Math.min(size.height - y, Math.ceil(clientHeight / scale)),
    };
  }

  /** Where the picture's corner is on the stage; the picture is kept in sight. */
  #corner() {
    const { scale, size, center } = this;
    /** @param {number} stage @param {number} picture @param {number} at */
    const along = (stage, picture, at) =>
      picture <= stage
        ? (stage - picture) / 2
        : Math.min(0, Math.max(stage - picture, stage / 2 - picture * at));
    return {
      left: along(this.element.clientWidth, size.width * scale, center.x),
      top: along(this.element.clientHeight, size.height * scale, center.y),
    };
  }

  #place() {
    const { left, top } = this.#corner();
    const { scale, size } = this;
    for (const { whole, detail } of Object.values(this.sides)) {
      for (const { image, box } of [whole, detail]) {
        const at = box ?? { x: 0, y: 0, ...size };
        image.style.transform = `translate(${left + at.x * scale}px, ${top + at.y * scale}px)`;
        image.style.width = `${at.width * scale}px`;
        image.style.height = `${at.height * scale}px`;
      }
    }
    const split = this.alone ? 1 : this.split;
    const percent = Math.round(split * 100);
    const { clientWidth } = this.element;
    // The handle runs over the picture, not over the empty stage beside it.
    const from = Math.max(0, left);
    const to = Math.min(clientWidth, clientWidth - from);
    const x = from + (to - from) * split;
    this.handle.style.left = `${x}px`;
    this.sides.after.box.style.clipPath = `inset(0 0 0 ${x}px)`;
    this.sides.before.box.style.clipPath = `inset(0 ${clientWidth - x}px 0 0)`;
    this.handle.setAttribute("aria-valuenow", String(percent));
    this.handle.setAttribute("aria-valuetext", t("split_value", { percent: String(percent) }));
    const nothing = size.width === 0;
    this.handle.hidden = nothing || this.alone;
    this.tags.before.hidden = nothing || percent < 5;
    this.tags.after.hidden = nothing || percent > 95;
  }

  /** @param {number} x on the stage */
  #splitAt(x) {
    const { left } = this.#corner();
    const from = Math.max(0, left);
    const width = this.element.clientWidth - 2 * from;
    this.split = Math.min(1, Math.max(0, (x - from) / width));
    this.#place();
  }

  /** @param {number} dx @param {number} dy screen pixels that the picture is moved by */
  pan(dx, dy) {
    const { scale, size, element } = this;
    /** @param {number} at @param {number} by @param {number} stage @param {number} picture */
    const along = (at, by, stage, picture) =>
      picture <= stage
        ? 0.5
        : Math.min(1 - stage / 2 / picture, Math.max(stage / 2 / picture, at - by / picture));
    this.center = {
      x: along(this.center.x, dx, element.clientWidth, size.width * scale),
      y: along(this.center.y, dy, element.clientHeight, size.height * scale),
    };
    this.#place();
    this.moved();
  }

  #listen() {
    const { element, handle } = this;
    handle.addEventListener("pointerdown", (down) => {
      down.stopPropagation();
      handle.setPointerCapture(down.pointerId);
      const grabbed = down.clientX - handle.getBoundingClientRect().left - handle.offsetWidth / 2;
      /** @param {PointerEvent} move */
      const follow = (move) => this.#splitAt(move.clientX - grabbed - element.getBoundingClientRect().left);
      handle.addEventListener("pointermove", follow);
      handle.addEventListener("lostpointercapture", () => handle.removeEventListener("pointermove", follow), {
        once: true,
      });
    });
    handle.addEventListener("keydown", (event) => {
      const by = {
        ArrowLeft: -0.02,
        ArrowDown: -0.02,
        ArrowRight: 0.02,
        ArrowUp: 0.02,
        PageDown: -0.1,
        PageUp: 0.1,
        Home: -1,
        End: 1,
      }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.split = Math.min(1, Math.max(0, this.split + by));
      this.#place();
    });
    element.addEventListener("pointerdown", (down) => {
      if (down.button !== 0 || !this.real) return;
      element.setPointerCapture(down.pointerId);
      element.classList.add("panning");
      let last = down;
      /** @param {PointerEvent} move */
      const follow = (move) => {
        this.pan(move.clientX - last.clientX, move.clientY - last.clientY);
        last = move;
      };
      element.addEventListener("pointermove", follow);
      element.addEventListener(
        "lostpointercapture",
        () => {
          element.removeEventListener("pointermove", follow);
          element.classList.remove("panning");
        },
        { once: true },
      );
    });
    element.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 240 : 60;
      const by = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] }[
        event.key
      ];
      if (!by || event.target !== element || !this.real) return;
      event.preventDefault();
      this.pan(by[0] ?? 0, by[1] ?? 0);
    });
  }
}

/** @param {Side} name */
function side(name) {
  const layer = () => ({
    image: el("img", { alt: "", draggable: false, hidden: true }),
    box: /** @type {Box | null} */ (null),
  });
  const whole = layer();
  const detail = layer();
  const box = el("div", { class: `side ${name}` }, whole.image, detail.image);
  return { box, whole, detail };
}

/**
 * @param {HTMLImageElement} image
 * @param {Blob | null} blob
 */
async function load(image, blob) {
  const old = image.src;
  if (blob) {
    image.src = URL.createObjectURL(blob);
    image.hidden = false;
    await image.decode().catch(() => {});
  } else {
    image.removeAttribute("src");
    image.hidden = true;
  }
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
}
