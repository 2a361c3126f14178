"""What must hold after every run of a round of chaos.py: end, exit code, report, outputs, what is left on the
disk.

docs/guide.md and ARCHITECTURE.md promise it. The state that it is held against is the round's, in
chaos_round.py.
"""

import os
from collections import Counter
from pathlib import Path

from chaos_material import digest, is_whole

FOREIGN = b"this file belongs to somebody else"
# What an image may be once its input was changed during the run, beside `ok`.
AFTER_CHANGE = {
    "vanish": {("failed", "vanished")},
    "grow": set(),
    "truncate": {("failed", "truncated"), ("failed", "corrupt")},
    "complete": {("failed", "truncated"), ("failed", "corrupt")},
}
# What belongs into .supervisor between two runs.
STATE = {"journal", "lock", "report.json"}
# So many descriptors more near the end of a run than in its middle are chance: each worker that comes or goes
# has a few.
DESCRIPTORS = 16


class Checks:
    """A round as the checks see it."""

    def violation(self, what):
        self.violations.append(what)

    def standing(self):
        """The good inputs whose output is there."""
        return {name for name in self.material.good if self.has_output(name)}

    def has_output(self, name):
        output = self.material.output_name(name)
        return output not in self.foreign and (self.output / output).exists()

    def check_end(self, run):
        if run.hung:
            self.violation("it did not end")
        left = run.left()
        if left:
            self.violation(f"workers were left: {left}")
        if run.descriptor_growth() > DESCRIPTORS:
            self.violation(
                f"it had {run.descriptor_growth()} descriptors more near its end than in its middle"
            )

    def check_run(self, run, standing, calm):
        """Exit code and report; returns the images that it did."""
        code, errors = run.code, run.errors
        allowed = {0, 1}
        if run.signals:
            # Before it is ready for signals, they have their usual effect.
            allowed |= {128 + run.signals[0], -run.signals[0]}
        if not calm and (self.taken or self.mounted):
            allowed.add(75)
        if code == 75 and self.twin and "another run is writing to" in errors:
            return []
        if code == 2 and self.foreign and "files stand where outputs must go" in errors:
            return []
        if code not in allowed:
            self.violation(f"exit code {code}: {errors[-600:]}")
        if code < 0:
            return []
        if any(run.sockets.iterdir()):
            self.violation(f"temporary files were left: {os.listdir(run.sockets)}")
        report = run.report()
        if report is None:
            # Nothing had begun when the folder could not be used.
            if not (code == 75 and "cannot use" in errors) and code != 2:
                self.violation(f"there is no report; exit code {code}: {errors[-600:]}")
            return []
        run.restarts = report["totals"]["restarts"]
        self.check_counts(report)
        return self.check_images(run, report, standing, calm)

    def check_counts(self, report):
        totals = report["totals"]
        verdicts = Counter(image["verdict"].replace("-", "_") for image in report["images"])
        for verdict in ["ok", "skipped", "failed", "quarantined", "cancelled", "not_run"]:
            if totals[verdict] != verdicts[verdict]:
                self.violation(f"{verdict}: {totals[verdict]} in the totals, {verdicts[verdict]} in the list")
        if totals["images"] != len(report["images"]):
            self.violation(f"{totals['images']} images, {len(report['images'])} in the list")

    def check_images(self, run, report, standing, calm):
        seen = Counter(Path(image["input"]).name for image in report["images"])
        for name, times in seen.items():
            if times > 1:
                self.violation(f"{name} stands in the report {times} times")
        missing = run.present - seen.keys() - {name for name in self.of_changed("vanish") if not calm}
        if missing or seen.keys() - run.present:
            self.violation(
                f"missing in the report: {sorted(missing)}, unknown: {sorted(seen.keys() - run.present)}"
            )
        complete = run.code in (0, 1)
        odd = 0
        for image in report["images"]:
            name = Path(image["input"]).name
            verdict = (image["verdict"], image["kind"])
            told = f"{name}: {image['verdict']} {image['kind']} ({image['detail']})"
            if image["verdict"] in ("cancelled", "not-run"):
                if complete:
                    self.violation(told)
            elif name in self.material.poison:
                # Whoever kills a worker at work on one may have the last word.
                wrong = verdict != ("quarantined", self.material.poison[name])
                odd += wrong
                if wrong and verdict not in (("quarantined", "crashed"), ("quarantined", "timed-out")):
                    self.violation(told)
            elif image["verdict"] in ("ok", "skipped"):
                self.check_done(image, name, name in standing, told)
            elif not self.may_fail(name, verdict, calm):
                self.violation(told)
        if odd > (0 if calm else self.worker_kills + self.worker_stops):
            self.violation(f"{odd} poison files have the wrong kind")
        failures = report["totals"]["failed"] + report["totals"]["quarantined"]
        if complete and run.code != (1 if failures else 0):
            self.violation(f"exit code {run.code} with {failures} failures")
        return [Path(image["input"]).name for image in report["images"] if image["verdict"] == "ok"]

    def check_done(self, image, name, stood, told):
        output = self.material.output_name(name)
        if not self.taken and not (self.output / output).exists():
            self.violation(f"{told}: there is no output")
        if image["output"] != str(self.output / output):
            self.violation(f"{told}: its output is named {image['output']}")
        if image["verdict"] == "skipped" and image["detail"] != "up-to-date":
            self.violation(told)
        if stood and image["verdict"] != "skipped":
            self.violation(f"{told}: was done again, though its output was there")

    def may_fail(self, name, verdict, calm):
        if self.material.output_name(name) in self.foreign and verdict == ("failed", "write-failed"):
            return True
        how = self.changed.get(name)
        # By the time of the calm run the input is whole again, or has been taken away.
        gone_by = calm and how in ("complete", "vanish")
        return how is not None and not gone_by and verdict in AFTER_CHANGE[how]

    def check_outputs(self):
        """Every file in the output folder is an output as it must be, or the foreign file as it was."""
        inputs = {self.material.output_name(name): name for name in self.material.good}
        for path in self.output.iterdir() if self.output.is_dir() else []:
            if path.name == ".supervisor":
                continue
            if path.name in self.foreign:
                if path.read_bytes() != FOREIGN:
                    self.violation(f"the foreign file {path.name} was changed")
            elif path.name not in inputs:
                self.violation(f"{path.name} stands among the outputs")
            elif inputs[path.name] in self.changed:
                if not is_whole(path):
                    self.violation(f"{path.name} is not whole")
            elif digest(path) != self.material.outputs[path.name]:
                self.violation(f"{path.name} is not what an undisturbed run makes of it")

    def check_state(self, exactly):
        found = set(os.listdir(self.output / ".supervisor"))
        if (found != exactly) if exactly else (found - STATE):
            self.violation(f"in .supervisor: {sorted(found)}")
