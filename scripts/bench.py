"""Runs the workloads with us and with each peer in turns: bench.py SUPERVISOR PEERS PHOTOS OUT ROUNDS, for
scripts/bench.

Every program takes a folder of photos and leaves a folder of JPEGs of quality 85 with halved chroma, whole
process, start-up included; "delivery" leaves three (bench_delivery.py). The supervisor also keeps metadata
and converts colours to sRGB, which the peers do not. A peer counts as doing the same work if its outputs, on
a few photos without a profile, are not more than `LESS_TRUE` decibels further from a floating-point reference
(peers/reference.py) than ours; the best of these is what we are compared with. The others are shown in
brackets.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import bench_delivery
import reference
from bench_page import page
from PIL import Image, ImageDraw

SCRIPTS = Path(__file__).parent
# The options of `supervisor run`, and the ratio to the best peer that is asked for.
WORKLOADS = {
    "transcode": ([], 1.1),
    "fit": (["-f", "resize:width=1024,height=1024"], 1.25),
    "blur": (["-f", "blur=5"], 1.2),
    "edges": (["-f", "edges"], 1.4),
    "studio": (
        ["-f", "brightness=1.1", "-f", "contrast=1.2", "-f", "watermark:image={mark},opacity=0.5,scale=0.2"],
        1.4,
    ),
    "agency": (["-f", "resize=1200", "-f", "sepia", "-f", "posterize=4"], 1.3),
    "ten small": (["-f", "blur=5"], 3),
    "delivery": (["-r", "{recipe}"], 1.25),
}
# The cut of a Gaussian at 20 % of its height, which libvips makes unless told, costs as much; so do box
# blurs.
LESS_TRUE = 6
SAMPLES = 4
# The code with which a peer says that it has no such workload.
HAS_NONE = 3


def python_peer(name):
    return lambda bench, workload, photos, out: [
        bench.python,
        SCRIPTS / f"peers/{name}_peer.py",
        workload,
        bench.mark,
        photos,
        out,
    ]


def magick_peer(program):
    return lambda bench, workload, photos, out: [
        bench.python,
        SCRIPTS / "peers/magick_peer.py",
        program,
        workload,
        photos,
        out,
    ]


def sharp_peer(bench, workload, photos, out):
    node = bench.peers / "bin/node"
    return [node, SCRIPTS / "peers/sharp_peer.mjs", bench.peers / "node", workload, bench.mark, photos, out]


def version(program):
    """What it says of itself: some machines have another program of the same name."""
    return subprocess.run(
        [program, "-version"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    ).stdout


def programs():
    """Each program's name and the command that does a workload; `None` is us."""
    found = {"supervisor": None, "libvips": python_peer("vips"), "sharp": sharp_peer}
    found |= {"OpenCV": python_peer("opencv"), "Pillow": python_peer("pillow")}
    for name, program in (("ImageMagick", "magick"), ("ImageMagick", "convert"), ("GraphicsMagick", "gm")):
        if name not in found and shutil.which(program) and name in version(program):
            found[name] = magick_peer(program)
    return found


class Bench:
    def __init__(self, supervisor, peers, photos, scratch):
        self.supervisor, self.peers, self.python = supervisor, peers, peers / "bin/python"
        self.folders = {workload: photos for workload in WORKLOADS}
        self.folders["ten small"] = scratch / "small"
        self.scratch, self.mark, self.recipe = scratch, scratch / "mark.png", scratch / "delivery.toml"
        draw_mark(self.mark)
        bench_delivery.write_recipe(self.recipe)
        make_small(photos, self.folders["ten small"])
        self.samples = {workload: samples(folder) for workload, folder in self.folders.items()}

    def measure(self, name, command, workload):
        """Seconds, processor seconds and peak memory of the largest process in MB, or `None` where a
        peer has no such workload."""
        out = self.scratch / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        photos, kind = self.folders[workload], "blur" if workload == "ten small" else workload
        if command is None:
            options = WORKLOADS[workload][0]
            options = [option.format(mark=self.mark, recipe=self.recipe) for option in options]
            report = ["--report", self.scratch / "report.json"]
            line = [self.supervisor, "run", photos, "-o", out, *options, *report, "--progress", "none", "-q"]
        else:
            line = command(self, kind, photos, out)
        code, figures = self.measured(line)
        if code != 0:
            words = f"{name} ended with code {code} at {workload}"
            if command is None:
                sys.exit(words)
            if code != HAS_NONE:
                print(f"{words} and is left out", file=sys.stderr)
            return None
        if command is None:
            # How much of our processor time is work on photos.
            stages = json.loads((self.scratch / "report.json").read_text())["speed"]["stage_s"]
            figures["over_stages"] = figures["cpu_s"] / sum(
                stages[stage] for stage in ("decode", "filter", "encode")
            )
            figures["work_s"] = sum(stages.values())
        return figures

    def measured(self, line):
        """The code and the figures of a command."""
        measured = subprocess.run(
            [self.python, SCRIPTS / "measure.py", *line], check=True, stdout=subprocess.PIPE
        )
        return (json.loads(measured.stdout)[key] for key in ("code", "figures"))

    def three_runs(self):
        """Seconds of our three runs that make what one delivery makes, and the work of its parts."""
        out = self.scratch / "three"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        line = bench_delivery.three_runs(self.supervisor, self.folders["delivery"], out, self.scratch)
        code, figures = self.measured(line)
        if code != 0:
            sys.exit(f"our three runs ended with code {code}")
        return {"three_s": figures["s"], "parts_s": bench_delivery.parts(self.scratch)}

    def psnr(self, workload):
        """The mean over the samples of how true the outputs are that lie there now."""
        asked = "blur" if workload == "ten small" else workload
        outputs = [
            (photo, self.scratch / "out" / output, kind)
            for photo in self.samples[workload]
            for output, kind in reference.outputs(asked, photo)
        ]
        values = [reference.psnr(kind, photo, output, self.mark) for photo, output, kind in outputs]
        return None if None in values else statistics.mean(values)


def draw_mark(path):
    mark = Image.new("RGBA", (512, 512))
    draw = ImageDraw.Draw(mark)
    draw.ellipse((8, 8, 503, 503), fill=(255, 255, 255, 255))
    draw.ellipse((96, 96, 415, 415), fill=(200, 40, 40, 180))
    mark.save(path)


def make_small(photos, folder):
    folder.mkdir()
    for number, photo in enumerate(sorted(photos.iterdir())[:10]):
        image = Image.open(photo).convert("RGB").resize((800, 600), Image.Resampling.LANCZOS)
        image.save(folder / f"{number}.jpg", quality=90)


def samples(folder):
    """A few small photos that mean the same colours to everybody."""
    plain = []
    for photo in sorted(folder.iterdir()):
        with Image.open(photo) as image:
            if "icc_profile" not in image.info and image.mode == "RGB":
                plain.append((image.width * image.height, photo))
    if not plain:
        sys.exit(
            f"{folder}: every photo has a colour profile or is not RGB, so no outputs can be compared; "
            "add a plain one"
        )
    return [photo for _, photo in sorted(plain)[:SAMPLES]]


def run(bench, rounds):
    """For each workload and program: the medians of its figures, its seconds in every round, and how true its
    outputs are."""
    results = {}
    for workload, (_, asked) in WORKLOADS.items():
        measured, psnr, deliveries = {}, {}, []
        for turn in range(rounds):
            for name, command in programs().items():
                figures = bench.measure(name, command, workload)
                if figures is None:
                    continue
                measured.setdefault(name, []).append(figures)
                if turn == 0:
                    psnr[name] = bench.psnr(workload)
                    if command is None and psnr[name] is None:
                        sys.exit(
                            f"our outputs of {workload} are of another size than the reference's, "
                            "so no peer can be judged by them"
                        )
                print(f"{workload:<10} {name:<14} {figures['s']:7.2f} s", file=sys.stderr, flush=True)
                if workload == "delivery" and command is None:
                    deliveries.append(figures | bench.three_runs())
        results[workload] = {"asked": asked, "programs": {}}
        if deliveries:
            results[workload]["shares"] = bench_delivery.shares(deliveries)
        for name, all_figures in measured.items():
            row = {
                figure: statistics.median(each[figure] for each in all_figures) for figure in all_figures[0]
            }
            row |= {"all_s": [each["s"] for each in all_figures], "psnr": psnr[name]}
            row["same_work"] = psnr[name] is not None and psnr[name] >= psnr["supervisor"] - LESS_TRUE
            results[workload]["programs"][name] = row
        judge(results[workload])
    return results


def judge(result):
    """Adds the best peer that does the same work, and the ratio to it."""
    peers = {
        name: row for name, row in result["programs"].items() if name != "supervisor" and row["same_work"]
    }
    result["best"] = min(peers, key=lambda name: peers[name]["s"], default=None)
    result["ratio"] = result["best"] and peers[result["best"]]["s"] / result["programs"]["supervisor"]["s"]


def table(results, names):
    lines = [
        "".join(
            [f"{'seconds':<10}", *(f"{name:>16}" for name in names), f"{'ratio':>8}{'asked':>7}  best peer"]
        )
    ]
    for workload, result in results.items():
        cells = []
        for name in names:
            row = result["programs"].get(name)
            text = "" if row is None else f"{row['s']:.2f}" if row["same_work"] else f"({row['s']:.2f})"
            cells.append(f"{text:>16}")
        ratio = "" if result["ratio"] is None else f"{result['ratio']:.2f}"
        lines.append(
            "".join([f"{workload:<10}", *cells, f"{ratio:>8}{result['asked']:>7}  {result['best'] or ''}"])
        )
    for title, figure, unit in (
        ("cpu", "cpu_s", ".2f"),
        ("peak MB", "peak_mb", ".0f"),
        ("dB", "psnr", ".1f"),
    ):
        lines += ["", f"{title:<10}"]
        for workload, result in results.items():
            rows = (result["programs"].get(name, {}).get(figure) for name in names)
            lines.append(
                "".join(
                    [
                        f"{workload:<10}",
                        *(f"{'' if value is None else format(value, unit):>16}" for value in rows),
                    ]
                )
            )
    over = ", ".join(
        f"{workload} {result['programs']['supervisor']['over_stages']:.2f}"
        for workload, result in results.items()
    )
    lines += ["", f"our processor time over that of decode, filter and encode: {over}"]
    if "delivery" in results:
        lines.append(bench_delivery.in_words(results["delivery"]["shares"]))
    return "\n".join(lines)


def main():
    supervisor, peers, photos, out = map(Path, sys.argv[1:5])
    for photo in photos.iterdir():
        photo.read_bytes()  # So that nobody waits for the disk.
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        bench = Bench(supervisor, peers, photos, Path(scratch))
        results = run(bench, int(sys.argv[5]))
    about = {
        "photos": len(list(photos.iterdir())),
        "cores": len(os.sched_getaffinity(0)),
        "rounds": int(sys.argv[5]),
    }
    (out / "bench.json").write_text(json.dumps(about | {"workloads": results}, indent=1))
    (out / "bench.html").write_text(page(about, results))
    print(table(results, list(programs())))


if __name__ == "__main__":
    main()
