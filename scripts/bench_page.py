"""The figures of scripts/bench as one page that needs nothing else: a bar for each program and workload."""

from html import escape

STYLE = """
:root { color-scheme: light dark;
  --ink: #1d1f21; --paper: #fff; --us: #2f6fb0; --peer: #9aa3ab; --other: #d5d9dd }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e8; --paper: #17191b; --us: #6aa9e9; --peer: #7d868e; --other: #3c4247 }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
svg { width: 100%; height: auto; display: block } text { fill: var(--ink); font: 13px system-ui, sans-serif }
.us { fill: var(--us) } .peer { fill: var(--peer) } .other { fill: var(--other) }
.spread { stroke: var(--ink) }
h2 { margin: 2rem 0 .2rem }
p { margin: .2rem 0 .6rem }
"""
ROW, LEFT, WIDTH = 26, 110, 780


def page(about, results):
    """The whole page."""
    head = f"{about['photos']} photos, {about['cores']} cores, medians of {about['rounds']} rounds in turns; "
    head += "lines show the spread. "
    head += "A pale bar: the outputs are further from the exact result than ours, so it is not the same work."
    plots = "".join(plot(workload, result) for workload, result in results.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Speed beside others</title><style>{STYLE}</style><h1>Speed beside others</h1>"
        f"<p>{escape(head)}</p>{plots}</html>\n"
    )


def plot(workload, result):
    rows = sorted(result["programs"].items(), key=lambda item: item[1]["s"])
    longest = max(max(row["all_s"]) for _, row in rows)
    scale = (WIDTH - LEFT - 170) / longest
    bars = "".join(bar(place, name, row, scale) for place, (name, row) in enumerate(rows))
    words = "no peer does the same work"
    if result["ratio"] is not None:
        words = f"{result['ratio']:.2f} times as fast as {result['best']}, the best that does the same work; "
        words += f"{result['asked']} asked for"
    label = escape(f"Seconds for {workload}, by program", quote=True)
    return (
        f"<h2>{escape(workload)}</h2><p>{escape(words)}</p>"
        f'<svg viewBox="0 0 {WIDTH} {ROW * len(rows)}" role="img" aria-label="{label}">'
        f"{bars}</svg>"
    )


def bar(place, name, row, scale):
    top, width = place * ROW, row["s"] * scale
    kind = "us" if name == "supervisor" else "peer" if row["same_work"] else "other"
    true = "another size" if row["psnr"] is None else f"{row['psnr']:.1f} dB"
    first, last = (LEFT + pick(row["all_s"]) * scale for pick in (min, max))
    middle = top + ROW / 2
    return (
        f'<text x="{LEFT - 8}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>'
        f'<rect class="{kind}" x="{LEFT}" y="{top + 4}" width="{width:.1f}" height="{ROW - 8}"/>'
        f'<line class="spread" x1="{first:.1f}" x2="{last:.1f}" y1="{middle}" y2="{middle}"/>'
        f'<text x="{max(width + LEFT, last) + 8:.1f}" y="{middle + 4}">{row["s"]:.2f} s, {true}</text>'
    )
