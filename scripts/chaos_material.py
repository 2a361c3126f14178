"""What chaos.py works on: the photos, and a folder of good photos and poison files, with what an
undisturbed run makes of each."""

import hashlib
import io
import random
import shutil
from pathlib import Path

from PIL import Image

# What a poison file orders of the fault worker (tests/src/bin/fault_worker.rs), the kind of trouble it is to
# be reported as, and how many files order it.
ORDERS = [
    ("abort", "crashed", 34),
    ("panic", "crashed", 25),
    ("exit 0", "crashed", 20),
    ("alloc", "out-of-memory", 10),
    ("garbage", "crashed", 8),
    ("hang", "timed-out", 3),
]
GOOD = 60


def digest(path):
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def is_whole(path):
    """Whether an image decodes to its end."""
    data = path.read_bytes()
    if data.startswith(b"\xff\xd8") and not data.endswith(b"\xff\xd9"):
        return False
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except (OSError, ValueError, SyntaxError):
        return False
    return True


class Material:
    """A folder of inputs, and what to do with them."""

    def __init__(self, name, folder, worker, options, poison):
        self.name = name
        self.folder = folder
        self.worker = worker
        self.options = options
        # Poison files with the kind of trouble.
        self.poison = poison
        self.inputs = {path.name: digest(path) for path in sorted(folder.iterdir())}
        # Filled by the undisturbed run: digests of the outputs, and seconds that it took.
        self.outputs = {}
        self.seconds = 0.0

    @property
    def good(self):
        return [name for name in self.inputs if name not in self.poison]

    def output_name(self, name):
        path = Path(name)
        return path.with_suffix(".png").name if path.suffix == ".ppm" else name

    def lay_out(self, folder, own):
        """Puts the inputs into a folder as links, but those in `own` as files that may be changed."""
        folder.mkdir()
        for name in self.inputs:
            if name in own:
                shutil.copyfile(self.folder / name, folder / name)
            else:
                (folder / name).hardlink_to(self.folder / name)


def photos(folder, programs):
    return Material("photos", folder, programs / "worker", ["-f", "resize=300"], {})


def poison(folder, programs):
    """Photos of noise among poison files, in mixed order: the largest of a run start first, so
    sizes decide."""
    folder.mkdir()
    chance = random.Random(1)
    for n in range(GOOD):
        # The first ones are the largest, so that a run sees a worker succeed before it has reason to doubt
        # them all.
        side = 96 if n < 4 else chance.randint(40, 80)
        (folder / f"good-{n:03}.ppm").write_bytes(
            b"P6\n%d %d\n255\n" % (side, side) + chance.randbytes(side * side * 3)
        )
    kinds = {}
    orders = [(order, kind) for order, kind, count in ORDERS for _ in range(count)]
    for n, (order, kind) in enumerate(orders):
        name = f"poison-{n:03}.jpg"
        (folder / name).write_bytes(f"FAULT:{order}\n".encode() + b"x" * chance.randint(0, 20_000))
        kinds[name] = kind
    return Material("poison", folder, programs / "fault-worker", ["--timeout", "600ms"], kinds)
