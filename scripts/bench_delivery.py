"""The workload "delivery" of scripts/bench: three results of each photo from one decode, beside our own three
runs that make one of them each."""

import json
import statistics

# Each output with its longest edge, format and quality.
OUTPUTS = {"print": (4096, "jpeg", 92), "web": (2048, "jpeg", 82), "thumb": (320, "webp", 75)}
# What is asked for: the time beside our own three runs, and the work beside one decode and three encodes.
OF_THREE_RUNS, OF_PARTS = 0.6, 1.1


def write_recipe(path):
    """The recipe that makes all three."""
    text = "".join(
        f'[[output]]\nname = "{name}"\npath = "{{output}}/{{stem}}.{{ext}}"\nformat = "{kind}"\n'
        f'quality = {quality}\n[[output.filter]]\nname = "resize"\nlong_edge = {edge}\n'
        for name, (edge, kind, quality) in OUTPUTS.items()
    )
    path.write_text(text)


def three_runs(supervisor, photos, out, reports):
    """The command that makes them one after the other, start-up and all."""

    def run(name, edge, kind, quality):
        options = f"-f resize:long_edge={edge} --format {kind} --quality {quality} --progress none -q"
        return f"'{supervisor}' run '{photos}' -o '{out / name}' {options} --report '{reports / name}.json'"

    return ["sh", "-c", " && ".join(run(name, *output) for name, output in OUTPUTS.items())]


def stages(report):
    return json.loads(report.read_text())["speed"]["stage_s"]


def parts(reports):
    """Seconds of work for one decode and the three encodes, by the reports of the three runs."""
    return stages(reports / "print.json")["decode"] + sum(
        stages(reports / f"{name}.json")["encode"] for name in OUTPUTS
    )


def shares(rounds):
    """What is asked for, of rounds that each have the seconds of the one run and of the three, the work of
    the one, and that of its parts."""
    return {
        "of_three_runs": statistics.median(one["s"] / one["three_s"] for one in rounds),
        "of_parts": statistics.median(one["work_s"] / one["parts_s"] for one in rounds),
    }


def in_words(shares):
    return (
        f"delivery: {shares['of_three_runs']:.2f} of the time of our own three runs, {OF_THREE_RUNS} asked; "
        f"{shares['of_parts']:.2f} of the work of one decode and three encodes, {OF_PARTS} asked"
    )
