// The page's icons: paths on a 20 × 20 grid, drawn for this page. For the eye only: what an icon says also
// stands in words beside it or in a label.

/** Lines, and after them surfaces. @type {Record<string, [lines: string, surfaces?: string]>} */
const ICONS = {
  ok: ["M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0 -14.4 0M6.8 10.2l2.2 2.2 4.3-4.6"],
  failed: ["M10 3.2l7.3 13H2.7zM10 8.2v3.6M10 14.1v.1"],
  quarantined: ["M6.9 2.8h6.2l4.1 4.1v6.2l-4.1 4.1H6.9l-4.1-4.1V6.9zM7.3 7.3l5.4 5.4M12.7 7.3l-5.4 5.4"],
  skipped: ["M4 5.5l5 4.5-5 4.5zM10.5 5.5l5 4.5-5 4.5z"],
  waiting: ["M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0 -14.4 0"],
  running: ["M10 2.8a7.2 7.2 0 1 1-7.2 7.2"],
  cancelled: ["M2.8 10a7.2 7.2 0 1 0 14.4 0a7.2 7.2 0 1 0 -14.4 0M5.2 14.8l9.6-9.6"],
  close: ["M5 5l10 10M15 5L5 15"],
  folder: [
    "M2.5 5.2c0-.7.5-1.2 1.2-1.2h4l1.8 2h6.8c.7 0 1.2.5 1.2 1.2v7.6c0 .7-.5 1.2-1.2 1.2H3.7c-.7 " +
      "0-1.2-.5-1.2-1.2z",
  ],
  photos: [
    "M4 4h12a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1 -1.5 1.5h-12a1.5 1.5 0 0 1 -1.5 -1.5v-9a1.5 1.5 0 0 " +
      "1 1.5 -1.5zM3 14l4-4.2 3.2 3.2 2.4-2.2 4.6 4M11.8 7.6a1.2 1.2 0 1 0 2.4 0a1.2 1.2 0 1 0 -2.4 0",
  ],
  grip: [
    "",
    "M5.9 5a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0M11.3 5a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 " +
      "0M5.9 10a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0M11.3 10a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 " +
      "0M5.9 15a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0M11.3 15a1.4 1.4 0 1 0 2.8 0a1.4 1.4 0 1 0 -2.8 0",
  ],
  remove: ["M3.5 5.5h13M8 5.5V3.5h4v2M5.2 5.5l.8 11h8l.8-11"],
  chevron: ["M7.5 4.5L13 10l-5.5 5.5"],
  back: ["M12.5 4.5L7 10l5.5 5.5"],
  up: ["M10 16V4.5M5 9l5-5 5 5"],
  download: ["M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13"],
  upload: ["M10 13V3.5M6 7l4-4 4 4M3.5 16.5h13"],
  play: ["", "M6 3.6v12.8c0 .5.6.8 1 .5l9.3-6.4c.4-.2.4-.8 0-1L7 3.1c-.4-.3-1 0-1 .5z"],
  pause: [
    "",
    "M6 4h1.4a1 1 0 0 1 1 1v10a1 1 0 0 1 -1 1h-1.4a1 1 0 0 1 -1 -1v-10a1 1 0 0 1 1 -1zM12.6 4h1.4a1 1 0 " +
      "0 1 1 1v10a1 1 0 0 1 -1 1h-1.4a1 1 0 0 1 -1 -1v-10a1 1 0 0 1 1 -1z",
  ],
  stop: [
    "",
    "M6 4.6h8a1.4 1.4 0 0 1 1.4 1.4v8a1.4 1.4 0 0 1 -1.4 1.4h-8a1.4 1.4 0 0 1 -1.4 -1.4v-8a1.4 1.4 0 0 " +
      "1 1.4 -1.4z",
  ],
  retry: ["M15.8 8A6.3 6.3 0 1 0 16.3 11M16.2 3.8V8h-4.2"],
  theme: ["M3.2 10a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0 -13.6 0", "M10 3.2v13.6a6.8 6.8 0 0 0 0-13.6z"],
  copy: [
    "M8.4 7h6.7a1.4 1.4 0 0 1 1.4 1.4v6.7a1.4 1.4 0 0 1 -1.4 1.4h-6.7a1.4 1.4 0 0 1 -1.4 -1.4v-6.7a1.4 " +
      "1.4 0 0 1 1.4 -1.4zM13 7V4.9c0-.8-.6-1.4-1.4-1.4H4.9c-.8 0-1.4.6-1.4 1.4v6.7c0 .8.6 1.4 1.4 1.4H7",
  ],
  save: ["M5 3h10v14l-5-3.6L5 17z"],
  report: ["M5 2.8h7l3.2 3.2v11.2H5zM8 9.5h4.5M8 13h4.5"],
  "before-after": ["", "M7.5 5.5v9L3 10zM12.5 5.5v9L17 10z"],
  mark: [
    "M4.5 2.5h7a2 2 0 0 1 2 2v7a2 2 0 0 1 -2 2h-7a2 2 0 0 1 -2 -2v-7a2 2 0 0 1 2 -2zM6.5 17.5h9a2 2 0 0 " +
      "0 2-2v-9",
  ],
};

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} name
 * @returns {SVGSVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  for (const [i, d] of (ICONS[name] ?? []).entries()) {
    if (!d) continue;
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("class", i === 0 ? "line" : "surface");
    svg.append(path);
  }
  return svg;
}

/** Fills in the icons that the page's skeleton names: data-icon, before the element's own content. */
export function fillIcons() {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-icon]")))
    element.prepend(icon(element.dataset.icon ?? ""));
}
