"""The rounds of scripts/chaos, which see: which there are, and what they come to."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import chaos_material
from chaos_material import digest, is_whole
from chaos_round import Round
from chaos_run import Run

ROUNDS = 50


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/chaos")
    parser.add_argument("rounds", metavar="ROUNDS", type=int, nargs="?", default=ROUNDS)
    parser.add_argument(
        "--seed", type=int, action="append", default=[], help="play the round of this seed, and no others"
    )
    parser.add_argument("--without-photos", action="store_true", help="only the folder with poison files")
    parser.add_argument("--target", type=Path, required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


def materials(target, scratch, with_photos):
    programs = target / "debug"
    found = [chaos_material.poison(scratch / "poison", programs)]
    if with_photos:
        fetched = subprocess.run([Path(__file__).parent / "photos", target / "photos"], check=False)
        if fetched.returncode == 0:
            found.append(chaos_material.photos(target / "photos", programs))
        else:
            print("without photos, they could not be fetched")
    return found


def run_undisturbed(material, supervisor, scratch):
    """What the material comes to when it is left alone; every round is held against that."""
    output = scratch / f"{material.name}-undisturbed"
    command = [supervisor, "run", material.folder, "-o", output, *material.options]
    run = Run(command, material.worker, scratch / "undisturbed.json", scratch / "undisturbed.stderr")
    run.watch([])
    shutil.rmtree(run.sockets)
    for name in material.good:
        path = output / material.output_name(name)
        if not path.exists() or not is_whole(path):
            sys.exit(f"chaos: an undisturbed run makes no whole result of {name}: {run.errors}")
        material.outputs[path.name] = digest(path)
    material.seconds = run.ended - run.started
    print(
        f"{material.name}: {len(material.inputs)} inputs, {material.seconds:.1f} s when left alone, "
        f"exit code {run.code}"
    )


def tell_figures(played, seconds):
    runs = [run for round in played for run in round.runs]
    recoveries = sorted(time for run in runs for time in run.recoveries())
    supervisors = sum(run.killed for run in runs)
    kills = sum(len(run.kills) for run in runs)
    stops = sum(run.stops for run in runs)
    restarts = sum(run.restarts for run in runs)
    print(f"{len(runs)} runs in {seconds:.0f} s, {restarts} restarts of workers")
    codes = sorted(Counter(run.code for run in runs).items())
    print(f"exit codes: {', '.join(f'{code} {times} times' for code, times in codes)}")
    print(f"killed {kills} workers and {supervisors} supervisors, stopped {stops} workers")
    if recoveries:
        median, most = statistics.median(recoveries), recoveries[-1]
        print(
            f"from a SIGKILL to the next worker's ready: median {median * 1e3:.1f} ms, "
            f"at most {most * 1e3:.1f} ms, of {len(recoveries)}"
        )


def main():
    options = arguments()
    supervisor = options.target / "debug" / "supervisor"
    scratch = options.target / "chaos"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    first = int.from_bytes(os.urandom(4), "big")
    seeds = options.seed or range(first, first + options.rounds)
    known = materials(options.target, scratch, not options.without_photos)
    for material in known:
        run_undisturbed(material, supervisor, scratch)
    played, failed, start = [], 0, time.monotonic()
    for number, seed in enumerate(seeds, 1):
        round = Round(seed, known, supervisor, scratch)
        began = time.monotonic()
        print(f"round {number}, seed {seed}: {round.title()}", end="", flush=True)
        try:
            round.play()
        except OSError as error:
            # A round that cannot be played shows nothing, and must not take the figures of the others with
            # it.
            round.violations.append(f"it could not be played: {error}")
        played.append(round)
        failed += bool(round.violations)
        print(
            f": {'FAILED' if round.violations else 'passed'}"
            f" ({len(round.runs)} runs, {time.monotonic() - began:.1f} s)"
        )
        for note in round.notes:
            print(f"  {note}")
        for what in round.violations:
            print(f"  seed {seed}: {what}")
    tell_figures(played, time.monotonic() - start)
    if not failed:
        shutil.rmtree(scratch)
    print(f"{len(played) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
