"""What one killed worker costs a ProcessPoolExecutor: python3 blast_pool.py JOBS WORKERS SECONDS

All jobs are submitted at once; each takes SECONDS and does nothing. When half of them are done, the worker
that answered last, and has its next job by now, gets a SIGKILL. Prints one JSON object: how many jobs were
done and how many failed. `supervisor compare` runs this beside its own experiment.
"""

import json
import multiprocessing
import os
import platform
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed


def job(seconds):
    time.sleep(seconds)
    return os.getpid()


def main():
    jobs, workers, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    done, failed, error, killed = 0, 0, None, False
    # Only with `fork` can a script that is no file be run by workers.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for future in as_completed([pool.submit(job, seconds) for _ in range(jobs)]):
            try:
                pid = future.result()
            except Exception as broken:
                failed, error = failed + 1, type(broken).__name__
                continue
            done += 1
            # Behind the last job a kill costs nothing, and can leave the executor waiting for ever.
            if not killed and jobs // 2 <= done < jobs:
                killed = True
                os.kill(pid, signal.SIGKILL)
    print(
        json.dumps(
            {
                "python": platform.python_version(),
                "jobs": jobs,
                "done": done,
                "failed": failed,
                "error": error,
            }
        )
    )


if __name__ == "__main__":
    main()
