"""One run of the supervisor under observation: started, disturbed at given moments, watched until it has
ended.

Used by chaos.py. A run's worker processes are known by the name of a socket folder of its own, which stands
in their command lines.
"""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

# Seconds. A run that takes longer hangs, for all that chaos.py does to it.
LIMIT = 120
# Seconds that a process may outlive the supervisor, as SECURITY.md promises.
OUTLIVE = 1.0
# Seconds between two looks at the run.
LOOK = 0.005


class Run:
    """What is known of a run. Times are of the monotonic clock."""

    def __init__(self, command, worker, report, errors):
        self.report_path = Path(report)
        self.report_path.unlink(missing_ok=True)
        # Short, since the name of a socket is limited to 107 bytes.
        self.sockets = Path(tempfile.mkdtemp(prefix="chaos-"))
        self.hung = False
        self.signals = []
        self.restarts = 0
        self.alive = {}
        self.ready = {}
        # Workers that were killed, with the time, and how many were stopped.
        self.kills = []
        self.stops = 0
        self.descriptors = []
        self.errors_path = Path(errors)
        environment = os.environ | {"SUPERVISOR_WORKER": str(worker), "TMPDIR": str(self.sockets)}
        command = [*command, "--report", str(report), "--progress", "json"]
        with self.errors_path.open("wb") as stderr:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
            )
        self.started = time.monotonic()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            now = time.monotonic()
            try:
                event = json.loads(line)
            except ValueError:
                continue  # The last line of a run that was killed.
            if event["event"] != "worker":
                continue
            name = event["worker"]
            if event["state"] == "spawned":
                self.alive[name] = event["pid"]
            elif event["state"] == "ready":
                self.ready[name] = now
            else:
                self.alive.pop(name, None)

    def watch(self, actions):
        """Waits for the end. `actions` are pairs of seconds since the start and a function that answers
        False to be called again later."""
        pending = sorted(actions, key=lambda action: action[0])
        while self.process.poll() is None:
            elapsed = time.monotonic() - self.started
            if elapsed > LIMIT:
                self.hung = True
                self.process.kill()
            while pending and pending[0][0] <= elapsed:
                _, action = pending.pop(0)
                if action(self) is False:
                    pending.append((elapsed + 4 * LOOK, action))
                    pending.sort(key=lambda action: action[0])
            try:
                self.descriptors.append(len(os.listdir(f"/proc/{self.process.pid}/fd")))
            except OSError:
                pass
            time.sleep(LOOK)
        self.ended = time.monotonic()
        self.reader.join()

    def signal_worker(self, number, chance):
        """Sends a signal to one of the workers; False if there is none."""
        workers = [(name, pid) for name, pid in list(self.alive.items()) if self.is_worker(pid)]
        if not workers:
            return False
        name, pid = chance.choice(workers)
        now = time.monotonic()
        os.kill(pid, number)
        if number == signal.SIGKILL:
            self.kills.append((name, now))
        else:
            self.stops += 1
        return True

    @property
    def killed(self):
        return self.code == -signal.SIGKILL

    def recoveries(self):
        """Seconds from each kill of a worker that was ready until its successor was, where it had one."""
        for name, killed in self.kills:
            if self.ready.get(name, killed) >= killed:
                continue
            slot, generation = name.split(".")
            successor = self.ready.get(f"{slot}.{int(generation) + 1}")
            if successor is not None and successor > killed:
                yield successor - killed

    def is_worker(self, pid):
        try:
            return os.fsencode(f"{self.sockets}/") in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def left(self):
        """Process ids of workers that are still there a second after the end."""
        while True:
            workers = [
                pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if self.is_worker(pid)
            ]
            if not workers or time.monotonic() - self.ended > OUTLIVE:
                return workers
            time.sleep(LOOK)

    def descriptor_growth(self):
        """By how much the most descriptors near the end exceed the most in the middle; 0 for a run too
        short to tell."""
        seen = self.descriptors
        if len(seen) < 50:
            return 0
        middle, end = seen[len(seen) * 3 // 10 : len(seen) * 6 // 10], seen[len(seen) * 7 // 10 :]
        return max(end) - max(middle)

    @property
    def code(self):
        return self.process.returncode

    @property
    def errors(self):
        return self.errors_path.read_text(errors="replace").strip()

    def report(self):
        """The report, `None` if there is none."""
        try:
            return json.loads(self.report_path.read_text())
        except FileNotFoundError:
            return None
