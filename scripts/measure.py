"""Runs a command and says what it took, as JSON: measure.py COMMAND..., for scripts/bench.

A program of its own because a process counts as its peak what the one that started it has ever held, and this
one holds little.
"""

import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr)
_, status, usage = os.wait4(child.pid, 0)
seconds = time.perf_counter() - start
child.returncode = os.waitstatus_to_exitcode(status)
figures = {"s": seconds, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
print(json.dumps({"code": child.returncode, "figures": figures}))
