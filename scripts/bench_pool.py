"""The work of pool_bench in Python's ProcessPoolExecutor: bench_pool.py FILE WORKERS JOBS, for
scripts/bench_pool.

A job reads FILE, a small PPM, and takes the size from its header. Prints jobs per second with all submitted
at once, and the median and 95th percentile of one at a time, in microseconds.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor


def probe(path):
    with open(path, "rb") as file:
        magic, width, height = file.read().split(None, 3)[:3]
    assert magic == b"P6"
    return int(width), int(height)


def main():
    path, workers, jobs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with ProcessPoolExecutor(workers) as pool:

        def submit_all(jobs):
            for future in [pool.submit(probe, path) for _ in range(jobs)]:
                future.result()

        submit_all(200)  # Starts the workers.
        start = time.perf_counter()
        submit_all(jobs)
        per_second = jobs / (time.perf_counter() - start)

        round_trips = []
        for _ in range(jobs // 4):
            start = time.perf_counter()
            pool.submit(probe, path).result()
            round_trips.append(time.perf_counter() - start)
    round_trips.sort()
    median, late = (round_trips[int(len(round_trips) * share)] * 1e6 for share in (0.5, 0.95))
    print(f"{per_second:.0f} {median:.1f} {late:.1f}")


if __name__ == "__main__":
    main()
