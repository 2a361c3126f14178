"""Holds the project to budgets.toml: budgets.py dependencies | release FOLDER

`dependencies` reads what `cargo tree` and the sandbox's source say, and takes a second; `release` measures
the executables in FOLDER. Ends with one line, and with code 1 if anything is over its budget.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUDGETS = tomllib.loads((ROOT / "budgets.toml").read_text())
ROUNDS = 5
PHOTOS = 1000


def packages(crate):
    """The packages that `crate` is built of, on any machine like this one, by name and version."""
    options = ["--locked", "-e", "normal", "--prefix", "none", "--format", "{p}", "-p", crate]
    tree = subprocess.run(
        ["cargo", "tree", *options], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return {tuple(line.split()[:2]) for line in tree.stdout.splitlines() if line}


def system_calls():
    return len(set(re.findall(r"libc::(SYS_\w+)", (ROOT / "worker/src/sandbox/system_calls.rs").read_text())))


def check_dependencies():
    over = []
    for crate, most in BUDGETS["packages"].items():
        found = packages(crate)
        over += compare(f"packages under {crate}", len(found), most)
        banned = {name for name, _ in found} & set(BUDGETS["never"][crate])
        over += [f"{crate} brings in {name}" for name in sorted(banned)]
    most = BUDGETS["sandbox"]["system_calls"]
    return over + compare("system calls of a sealed worker", system_calls(), most)


def compare(what, found, most):
    print(f"{what}: {found:,} of {most:,}")
    return [f"{what}: {found:,} is more than {most:,}"] if found > most else []


def start_and_memory(programs, scratch):
    """Of a run in worker processes, as `supervisor compare` measures it: seconds until it works, bytes."""
    (scratch / "in").mkdir()
    # So many that the run is still there when its memory is looked at.
    for number in range(PHOTOS):
        (scratch / f"in/{number}.ppm").write_bytes(b"P6 8 8 255\n" + bytes(8 * 8 * 3))
    options = ["-j", "1", "--rounds", str(ROUNDS), "--json", scratch / "compare.json"]
    command = [programs / "supervisor", "compare", scratch / "in", *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    modes = json.loads((scratch / "compare.json").read_text())["modes"]
    processes = next(mode for mode in modes if mode["mode"] == "process")
    memory = processes["memory"]["median"]
    if not memory:
        sys.exit("budgets: the run was over before its memory could be looked at")
    return processes["startup_s"]["median"], memory


def memory_of_idle_server(programs, scratch):
    command = [programs / "supervisor", "serve", "--port", "0", "--root", scratch]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        # It says its address once it listens.
        server.stdout.readline()
        status = Path(f"/proc/{server.pid}/status").read_text()
        server.terminate()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10


def check_release(programs):
    budget, over = BUDGETS["release"], []
    for program in ("supervisor", "worker"):
        size = (programs / program).stat().st_size
        over += compare(f"bytes of {program}", size, budget[f"{program}_bytes"])
    with tempfile.TemporaryDirectory() as scratch:
        start, memory = start_and_memory(programs, Path(scratch))
        over += compare("seconds until a run works", round(start, 3), budget["start_seconds"])
        over += compare("bytes of a run", int(memory), budget["run_bytes"])
        memory = memory_of_idle_server(programs, Path(scratch))
        over += compare("bytes of an idle server", memory, budget["serve_bytes"])
    return over


def main():
    match sys.argv[1:]:
        case ["dependencies"]:
            over = check_dependencies()
        case ["release", folder]:
            over = check_release(Path(folder))
        case _:
            sys.exit(__doc__.splitlines()[0])
    for line in over:
        print(f"over budget: {line}", file=sys.stderr)
    print(f"budgets: {'kept' if not over else f'{len(over)} not kept'}")
    sys.exit(1 if over else 0)


main()
