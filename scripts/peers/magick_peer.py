"""ImageMagick or GraphicsMagick, a process for each photo: magick_peer.py PROGRAM WORKLOAD IN OUT, for
scripts/bench.

The program is `magick`, `convert` or `gm`. What takes more than its plain options is left out.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WORKLOADS = {
    "transcode": [],
    "fit": ["-filter", "Lanczos", "-resize", "1024x1024>"],
    "blur": ["-blur", "0x5"],
}


def main():
    program, workload, source, target = sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])
    if workload not in WORKLOADS:
        sys.exit(3)
    command = [program, "convert"] if program == "gm" else [program]
    one_thread = {"MAGICK_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}

    def convert(photo):
        options = [*WORKLOADS[workload], "-sampling-factor", "2x2", "-quality", "85"]
        subprocess.run(
            [*command, photo, *options, target / photo.name], check=True, env=os.environ | one_thread
        )

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        list(threads.map(convert, sorted(source.iterdir())))


if __name__ == "__main__":
    main()
