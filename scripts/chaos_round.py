"""One round of chaos.py: what its seed does to the runs on one output folder. What must hold after each is in
chaos_checks.py.

A round is: disturbed runs, then everything is put right again, then a calm run to the end, then a look at
what the next run would do.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter

from chaos_material import digest
from chaos_checks import AFTER_CHANGE, FOREIGN, STATE, Checks
from chaos_run import Run

# At most one of these happens in a round, for each changes what every run after it finds.
WHOLE = ["kill-supervisor", "kill-supervisor", "signals", "small-disk", "folder-gone", "twin"]


class Round(Checks):
    """Owns its folder and everything in it. `violations` says what did not hold."""

    def __init__(self, seed, materials, supervisor, folder):
        self.seed = seed
        self.chance = chance = random.Random(seed)
        self.material = chance.choice(materials)
        self.supervisor = supervisor
        self.folder = folder / f"seed-{seed}"
        self.inputs, self.output = self.folder / "in", self.folder / "out"
        self.violations = []
        self.notes = []
        self.runs = []
        # Inputs that are to change, or have: how. Outputs that are somebody else's by now. Where the output
        # folder was moved.
        self.changed = {}
        self.foreign = set()
        self.aside = None
        self.taken = False
        self.mounted = False
        # A second run at the same time, while there is one.
        self.twin = None
        self.incomplete = {}
        self.choose()

    def choose(self):
        """Everything that chance decides, but for the order in which things then happen to come about."""
        chance = self.chance
        self.isolation = chance.choice(["process", "process", "thread", "sequential"])
        self.options = ["--isolation", self.isolation]
        if self.isolation != "sequential":
            self.options += ["-j", str(chance.randint(2, 4))]
        self.options += chance.choice([["--recycle-after", "3"], [], []])
        self.options += chance.choice([["--memory", "300M"], [], []])
        whole = chance.choice([None, *WHOLE])
        self.whole = whole
        small = ["stop", "vanish", "grow", "truncate", "complete"]
        if whole not in ("small-disk", "folder-gone", "twin"):
            small.append("foreign")
        self.small = set(chance.sample(small, chance.randint(0 if whole else 1, 2)))
        # With all the attempts that they call for, more would make a hundred poison files a matter of
        # minutes. More than six at once could be more than the restart intensity allows, if none of them is
        # at work.
        most = 2 if self.material.poison else 6
        self.worker_kills = chance.randint(1, most) if chance.random() < 0.6 else 0
        self.worker_stops = chance.randint(1, 2) if "stop" in self.small else 0
        # So many may lose a photo that it is not to blame for, and so many more attempts it gets. In
        # threads it may lose one to a neighbour, too.
        self.options += ["--retries", str(self.worker_kills + self.worker_stops + 1)]
        if self.worker_stops and not self.material.poison:
            self.options += ["--timeout", "5s"]
        for how in sorted(self.small & AFTER_CHANGE.keys()):
            for name in chance.sample(self.material.good, 3):
                self.changed.setdefault(name, how)

    def title(self):
        what = [*self.small - {"stop"}, *([self.whole] if self.whole else [])]
        what += [f"kill {self.worker_kills} workers"] * bool(self.worker_kills)
        what += [f"stop {self.worker_stops} workers"] * bool(self.worker_stops)
        return f"{self.material.name}, {' '.join(self.options)}: {', '.join(sorted(what))}"

    def play(self):
        self.folder.mkdir(parents=True)
        try:
            self.material.lay_out(self.inputs, self.changed)
            for name in self.of_changed("complete"):
                data = (self.inputs / name).read_bytes()
                self.incomplete[name] = data[len(data) // 2 :]
                os.truncate(self.inputs / name, len(data) // 2)
            if self.whole == "small-disk":
                self.mount()
            for actions in self.disturbances():
                self.expect_conflict()
                self.turn(actions)
            self.expect_conflict()
            self.repair()
            self.turn([], calm=True)
            self.look()
            for name, known in self.material.inputs.items():
                if digest(self.material.folder / name) != known:
                    self.violation(f"the input {name} was changed")
        finally:
            for run in self.runs:
                if run.process.poll() is None:
                    run.process.kill()
            if self.mounted:
                subprocess.run(["umount", "-l", self.output], check=False)
        if not self.violations:
            shutil.rmtree(self.folder)

    def disturbances(self):
        """For each disturbed run, when what is done to it."""
        chance = self.chance
        seconds = self.material.seconds

        def at_random(action):
            return chance.uniform(0, seconds * 0.9), action

        first = [
            at_random(lambda run: run.signal_worker(signal.SIGKILL, chance)) for _ in range(self.worker_kills)
        ]
        first += [
            at_random(lambda run: run.signal_worker(signal.SIGSTOP, chance)) for _ in range(self.worker_stops)
        ]
        first += [at_random(lambda _, name=name: self.change(name)) for name in self.changed]
        if "foreign" in self.small:
            first.append(at_random(lambda _: self.put_foreign()))
        match self.whole:
            case "kill-supervisor":
                kills = [at_random(lambda run: run.process.kill()) for _ in range(chance.randint(1, 4))]
                return [[kills[0], *first], *([kill] for kill in kills[1:])]
            case "signals":
                at, numbers = (
                    chance.uniform(0, seconds),
                    chance.choices([signal.SIGINT, signal.SIGTERM], k=chance.randint(1, 2)),
                )
                for number in numbers:
                    first.append((at, lambda run, number=number: self.signal(run, number)))
                    at += chance.uniform(0, 0.3)
            case "folder-gone":
                first.append(at_random(lambda _: self.take_folder()))
            case "twin":
                # One that starts at once may win the race for the folder, and then nothing of the rest would
                # happen.
                at = chance.uniform(seconds * 0.1, seconds) if first else 0
                first.append((at, lambda _: self.start_twin()))
        return [first]

    def start(self, name):
        options = [*self.material.options, *self.options]
        command = [self.supervisor, "run", self.inputs, "-o", self.output, *options]
        run = Run(command, self.material.worker, self.folder / f"{name}.json", self.folder / f"{name}.stderr")
        run.present = {path.name for path in self.inputs.iterdir()}
        self.runs.append(run)
        return run

    def start_twin(self):
        self.twin = self.start("twin")

    def signal(self, run, number):
        run.signals.append(number)
        run.process.send_signal(number)

    def change(self, name):
        path = self.inputs / name
        match self.changed[name]:
            case "vanish":
                path.unlink()
            case "grow":
                with path.open("ab") as file:
                    file.write(random.Random(name).randbytes(1 << 16))
            case "truncate":
                os.truncate(path, path.stat().st_size // 2)
            case "complete":
                with path.open("ab") as file:
                    file.write(self.incomplete.pop(name))

    def of_changed(self, how):
        return [name for name, known in self.changed.items() if known == how]

    def put_foreign(self):
        """Puts a file where an output must go that is not there yet, in one step."""
        own = self.folder / "foreign"
        own.write_bytes(FOREIGN)
        missing = [name for name in self.material.outputs if not (self.output / name).exists()]
        if not self.output.is_dir() or not missing:
            return False
        name = self.chance.choice(missing)
        try:
            os.link(own, self.output / name)
        except FileExistsError:
            return False
        self.foreign.add(name)
        return True

    def take_folder(self):
        """Takes the output folder away, in one step, or removes it while files are still being put into
        it."""
        if not self.output.is_dir():
            return False
        if self.chance.random() < 0.5:
            self.aside = self.folder / "aside"
            self.output.rename(self.aside)
        else:
            shutil.rmtree(self.output, ignore_errors=True)
        self.taken = True
        return True

    def mount(self):
        self.output.mkdir()
        size = "size=300k" if self.material.poison else "size=400k"
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", self.output], capture_output=True, text=True
        )
        self.mounted = made.returncode == 0
        if not self.mounted:
            self.notes.append(f"no small disk, it cannot be mounted here: {made.stderr.strip()}")

    def repair(self):
        if self.mounted:
            # Just after a run the kernel may still be letting go of its files; then it says that the disk is
            # busy.
            for _ in range(500):
                made = subprocess.run(["mount", "-o", "remount,size=64m", self.output], capture_output=True)
                if made.returncode == 0:
                    break
                time.sleep(0.01)
        if self.aside:
            if self.output.exists():
                self.violation("the output folder that was taken away was made again")
            elif self.chance.random() < 0.5:
                self.aside.rename(self.output)
        elif self.taken:
            shutil.rmtree(self.output, ignore_errors=True)
        self.taken = False
        for name in list(self.incomplete):
            self.change(name)

    def turn(self, actions, calm=False):
        """A run, and what holds after any."""
        standing = {name for name in self.standing() if name not in self.changed}
        run = self.start(f"run-{len(self.runs)}")
        run.watch(actions)
        runs = [run]
        if self.twin:
            self.twin.watch([])
            runs.append(self.twin)
        done = Counter()
        for each in runs:
            name = each.report_path.stem
            before = len(self.violations)
            self.check_end(each)
            if not each.killed:
                done.update(self.check_run(each, standing, calm))
            shutil.rmtree(each.sockets, ignore_errors=True)
            self.violations[before:] = [f"{name}: {what}" for what in self.violations[before:]]
        for name, times in done.items():
            if times > 1:
                self.violation(f"{name} was done twice")
        self.twin = None
        self.check_outputs()
        if calm:
            self.check_state({*STATE})
        elif not run.killed and not self.taken and run.code in (0, 1, 75, 130, 143):
            self.check_state(None)

    def expect_conflict(self):
        """A run that finds a foreign file in an output's place does nothing at all."""
        inputs = {self.material.output_name(name) for name in os.listdir(self.inputs)}
        if not self.foreign & inputs:
            return self.remove_foreign()
        before = sorted(os.listdir(self.output))
        run = self.start(f"conflict-{len(self.runs)}")
        run.watch([])
        self.check_end(run)
        if run.code != 2 or "files stand where outputs must go" not in run.errors:
            self.violation(f"exit code {run.code} with a foreign file there: {run.errors[-600:]}")
        if sorted(os.listdir(self.output)) != before:
            self.violation("a run that was to do nothing changed the output folder")
        self.check_outputs()
        shutil.rmtree(run.sockets, ignore_errors=True)
        self.remove_foreign()

    def remove_foreign(self):
        for name in self.foreign:
            (self.output / name).unlink()
        self.foreign.clear()

    def look(self):
        """What the next run would do: nothing, but for what failed."""
        command = [
            self.supervisor,
            "run",
            self.inputs,
            "-o",
            self.output,
            *self.material.options,
            *self.options,
            "--dry-run",
        ]
        shown = subprocess.run(command, capture_output=True, text=True)
        current = shown.stdout.count("(skipped: up-to-date)")
        report = self.runs[-1].report() or {"totals": {"ok": 0, "skipped": 0}}
        done = report["totals"]["ok"] + report["totals"]["skipped"]
        if current != done:
            self.violation(f"{done} images are done, but the next run would take {current} for up to date")
