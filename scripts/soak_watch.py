"""Feeds a watch and measures it, for scripts/soak_watch, which see."""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Photos of a shift: while the first one lasts, everything grows up to its size.
SHIFT = 2_000
# Of the supervisor after that. Measured: 1.5 MiB over 22,000 photos, in pieces that the allocator keeps.
MEMORY_GROWTH = 4 << 20
# Where results stay, also what the journal takes while a shift reads it: 230 bytes each were measured.
MEMORY_OF_RESULT = 400
# A moment in which a worker is started, or a report is written.
DESCRIPTOR_GROWTH = 12
# Where results are taken away: what one shift adds, and what is kept of earlier ones.
JOURNAL = 2 << 20
# Of every report in the state folder together.
REPORTS = 20 << 20
MEASUREMENTS = 40
# How long the last photos may take.
PATIENCE = 120


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/soak_watch")
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--keep-results", action="store_true", help="nobody takes results away")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def photo(chance, number):
    """A picture of some noise, so that no two are the same; a few are large."""
    width, height = (1200, 800) if number % 50 == 0 else (160, 120)
    row = bytes(chance.randrange(256) for _ in range(3 * width))
    rows = (row[n % 90 :] + row[: n % 90] for n in range(height))
    return b"P6\n%d %d\n255\n" % (width, height) + b"".join(rows)


class Watch:
    """A watch over a folder, and what can be measured of it."""

    def __init__(self, programs, scratch):
        self.hot, self.output, self.originals = (scratch / name for name in ("hot", "out", "originals"))
        self.hot.mkdir()
        self.state = self.output / ".supervisor"
        self.errors = (scratch / "errors").open("w+b")
        command = [programs / "supervisor", "watch", self.hot, "-o", self.output, "--settle", "500ms"]
        command += ["--sweep", "5s", f"--then-originals=move={self.originals}", "--progress", "none"]
        command += ["-f", "resize=100", "--format", "jpeg", "--report", scratch / "report.html"]
        self.child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self.errors)

    def status(self, pid, field):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1])
        return 0

    def workers(self):
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text().split()
        return [int(pid) for pid in children]

    def figures(self, fed):
        pid = self.child.pid
        of_workers = 0
        for worker in self.workers():
            try:
                of_workers += self.status(worker, "VmRSS") << 10
            except OSError:
                pass
        journal = self.state / "journal"
        return {
            "fed": fed,
            "memory": self.status(pid, "VmRSS") << 10,
            "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
            "threads": self.status(pid, "Threads"),
            "workers": of_workers,
            "journal": journal.stat().st_size if journal.exists() else 0,
            "reports": sum(path.stat().st_size for path in self.state.glob("report*.json")),
        }


class Feeder:
    """Puts photos into the hot folder, each in one of the ways in which photos come."""

    def __init__(self, watch, seed):
        self.watch, self.chance = watch, random.Random(seed)
        self.expected, self.broken = set(), set()
        self.made = [photo(self.chance, number) for number in range(100)]

    def feed(self, number):
        content = self.made[number % 100] + number.to_bytes(4, "big")
        folder = self.watch.hot / f"day-{number // 1000}"
        folder.mkdir(exist_ok=True)
        name = f"{folder.name}/photo-{number:06}.ppm"
        path = self.watch.hot / name
        way = number % 20
        if way == 0:
            path.write_bytes(b"P6\n9999 9999\n255\nbroken")
            self.broken.add(name)
            return
        self.expected.add(name)
        if way == 1:
            with path.open("wb") as out:
                for start in range(0, len(content), 1 + len(content) // 4):
                    out.write(content[start : start + 1 + len(content) // 4])
                    out.flush()
        elif way == 2:
            path.write_bytes(content)
        else:
            aside = path.with_name(f".{path.name}.part")
            aside.write_bytes(content)
            aside.rename(path)


def take_results_away(watch, keep, seen):
    """What the studio's next program does."""
    for path in watch.output.glob("day-*/*.jpg"):
        seen.add(str(path.relative_to(watch.output).with_suffix(".ppm")))
        if not keep:
            path.unlink()


def clear_originals(watch):
    """What the archive does, so that this takes no disk."""
    count = 0
    for path in watch.originals.glob("day-*/*.ppm"):
        path.unlink()
        count += 1
    return count


def tell(seconds, figures):
    sizes = ("memory", "workers", "journal", "reports")
    told = [f"{name} {figures[name] / (1 << 20):.1f} MiB" for name in sizes]
    told += [f"{figures[name]} {name}" for name in ("descriptors", "threads")]
    print(f"{seconds:.0f} s, {figures['fed']} photos: {', '.join(told)}", flush=True)


def soak(options, watch):
    feeder, seen, measured = Feeder(watch, options.seed), set(), []
    seconds = options.minutes * 60
    start = time.monotonic()
    moved = 0
    for number in range(options.photos):
        feeder.feed(number)
        if watch.child.poll() is not None:
            return feeder, seen, moved, measured
        due = start + seconds * (number + 1) / options.photos
        if number % 100 == 0:
            take_results_away(watch, options.keep_results, seen)
            moved += clear_originals(watch)
        if len(measured) < MEASUREMENTS * (number + 1) // options.photos:
            measured.append(watch.figures(number + 1))
            tell(time.monotonic() - start, measured[-1])
        time.sleep(max(0, due - time.monotonic()))
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last and watch.child.poll() is None:
        take_results_away(watch, options.keep_results, seen)
        moved += clear_originals(watch)
        if seen >= feeder.expected and moved >= len(feeder.expected):
            break
        time.sleep(0.2)
    measured.append(watch.figures(options.photos))
    tell(time.monotonic() - start, measured[-1])
    return feeder, seen, moved, measured


def checks(options, feeder, seen, moved, measured, code, report):
    """Each with whether it holds, and what there is to say."""
    lost = sorted(feeder.expected - seen)
    yield not lost, f"{len(seen)} of {len(feeder.expected)} photos have results; lost: {lost[:5]}"
    yield moved == len(feeder.expected), f"{moved} of {len(feeder.expected)} originals moved away"
    yield code == 0, f"it ended with code {code}"
    totals = report["totals"]
    yield totals["images"] <= SHIFT, f"the last report covers {totals['images']} photos"
    # A soak of less than two shifts has no more than its first half for growing up.
    grown = min(SHIFT, options.photos // 2)
    early = [figures for figures in measured if figures["fed"] <= grown]
    late = [figures for figures in measured if figures["fed"] > grown]

    def most(part, name):
        return max(figures[name] for figures in part)

    kept = len(feeder.expected) if options.keep_results else 0
    growth = most(late, "memory") - most(early, "memory")
    may_grow = MEMORY_GROWTH + MEMORY_OF_RESULT * kept
    yield growth <= may_grow, f"memory after {grown} photos: {growth / (1 << 20):+.1f} MiB"
    for name in ("descriptors", "threads"):
        growth = most(late, name) - most(early, name)
        yield growth <= DESCRIPTOR_GROWTH, f"{name} after {grown} photos: {growth:+}"
    journal = most(measured, "journal")
    yield journal <= JOURNAL + 400 * kept, f"the journal had {journal / (1 << 20):.1f} MiB at most"
    reports = most(measured, "reports")
    yield reports <= REPORTS, f"the reports had {reports / (1 << 20):.1f} MiB at most"


def measured_and_checked(options, watch):
    try:
        feeder, seen, moved, measured = soak(options, watch)
        watch.child.send_signal(signal.SIGTERM)
        code = watch.child.wait(timeout=PATIENCE)
        report = json.loads((watch.state / "report.json").read_text())
        return list(checks(options, feeder, seen, moved, measured, code, report))
    finally:
        if watch.child.poll() is None:
            watch.child.kill()
        watch.errors.seek(0)
        said = watch.errors.read().decode(errors="replace").strip().splitlines()
        print("it said:", *said[:10], sep="\n  ")


def main():
    options = arguments()
    scratch = Path(tempfile.mkdtemp(prefix="soak-watch-"))
    try:
        watch = Watch(options.programs, scratch)
        results = measured_and_checked(options, watch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    for holds, what in results:
        print(f"{'ok' if holds else 'FAILED'}: {what}")
    failed = sum(not holds for holds, _ in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
