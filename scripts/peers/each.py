"""What the Python peers share: one process per core, each handed the next photo as it frees up, as the
supervisor does it."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

# The studio workload: brightness 1.1, then contrast 1.2 around mid-grey, in one step. What the first clips,
# the second clips, too.
FACTOR, OFFSET = 1.1 * 1.2, 127.5 * (1 - 1.2)
SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
MARK_SCALE, MARGIN = 0.2, 0.03


def mark_place(width, height):
    """The edge of the square watermark on a photo of this size, and its left and top."""
    short = min(width, height)
    edge, margin = round(short * MARK_SCALE), round(short * MARGIN)
    return edge, width - edge - margin, height - edge - margin


def place(target, output):
    """Where the results of a delivery go: each output has a folder, and `thumb` is WebP."""
    folder = target.parent / output
    folder.mkdir(exist_ok=True)
    return folder / (target.stem + (".webp" if output == "thumb" else ".jpg"))


def main(workloads):
    """PEER WORKLOAD MARK IN OUT. A workload is a function of source, target and mark; exit code 3 says
    that there is none."""
    workload, mark, source, target = sys.argv[1], *map(Path, sys.argv[2:])
    if workload not in workloads:
        sys.exit(3)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        photos = sorted(source.iterdir())
        jobs = [pool.submit(workloads[workload], photo, target / photo.name, mark) for photo in photos]
        for job in jobs:
            job.result()
