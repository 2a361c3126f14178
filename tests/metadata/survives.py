"""docs/what-survives.md, made by trying it: survives.py SUPERVISOR prints the page.

Each thing that a photo may carry is in a photo of its own. The program makes results of all of them, in every
format and in several ways; ExifTool and Pillow say what has become of each thing. What photos of other
formats carry, and what their pictures are, comes behind it.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import other_formats
from seen import cell, seen, starred, table
from things import THINGS

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "tiff": "TIFF", "avif": "AVIF"}
WAYS = {
    "Nothing done to the picture": [],
    "The picture is made smaller: `-f resize=60`": ["-f", "resize=60"],
    "The picture is cut and turned: `-f crop=1 -f rotate=90`": ["-f", "crop=1", "-f", "rotate=90"],
    "`--metadata copyright`": ["--metadata", "copyright"],
    "`--metadata strip`": ["--metadata", "strip"],
}
HEAD = """# What survives

What becomes of all that a photo carries besides its picture, in each format and in several ways. Made by a
test that runs the program and reads the results with ExifTool; do not edit.

- *kept*: it is in the result as it was.
- *changed*: it is there, and what it says now, or where it stands, is behind the colon.
- *dropped*: it is not in the result. With a *, the report says so.

"""
LOSSLESS = """## `--lossless`

Of a JPEG that is turned or mirrored by its blocks (`-f rotate=90`), and of a WebP without loss,
"""
DROPPED = """## `--drop LIST`

What a JPEG no longer holds with each word of the list. An empty place: it is as without the option.

"""
OTHERS = """## Photos of other formats

What becomes of it in a JPEG, which has a place for nearly everything. An empty place: the format has none for
it, or the photo that was tried did not hold it. The last column is the preview of a raw photo, which
`--raw embedded` takes.

"""
PICTURES = """## The picture itself

What becomes of pictures that not every format can hold. Grey and palettes lose nothing where they become
colours.

"""
TAIL = """
The photos of the first five tables were JPEGs, except for the texts of a PNG. Only JPEGs hold what is said of
gain maps, further images, videos, content credentials and notes beside EXIF.

Of other formats, too, all is kept that a result has a place for: comments (GIF, PNM, Radiance HDR), XMP and
IPTC in a GIF, EXIF and XMP in an OpenEXR file, whose other attributes become texts. The rest is named:
further frames, layers, channels and images, what is behind the end of the picture, parts of kinds that
are not known.

Dropped without a word is what nobody misses: thumbnails of the old picture, and what is about the old file
alone. That is the time of its last change, its ground, histogram and suggested palettes (PNG), how often an
animation is shown (GIF), which JPEG it was made of and where its frames begin (JPEG XL), the windows and
previews of a scene (OpenEXR), by how much its numbers were multiplied (Radiance HDR), and up to 16 bytes
behind the end.
"""


def results(supervisor, inputs, options, folder):
    """What has become of all things."""
    paths, details = [], []
    for number, (extra, photos) in enumerate(inputs.items()):
        out = folder / str(number)
        subprocess.run([supervisor, "run", photos, "-o", out, "--quiet", *options, *extra], check=True)
        images = json.loads((out / ".supervisor/report.json").read_text())["images"]
        paths += [Path(image["output"]) for image in images]
        details += [image["detail"] for image in images]
    return seen(paths, details)


def column(supervisor, inputs, before, options, things):
    """The cells of these things, by their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        after = results(supervisor, inputs, options, Path(folder))
        both = ((before[n].of(thing.tags), after[n], thing) for n, thing in things.items())
        return [cell(was, now.of(thing.tags), thing.named, now.detail) for was, now, thing in both]


def without_loss(supervisor, jpegs, before):
    """What `--lossless` makes another."""
    made = {number: thing for number, thing in enumerate(THINGS) if jpegs_alone(thing)}
    of = lambda *options: column(supervisor, {(): jpegs}, before, options, made)
    turned = ("--format", "jpeg", "--color", "keep", "-f", "rotate=90")
    still = ("--format", "webp")
    columns = [of(*turned), of(*turned, "--lossless"), of(*still), of(*still, "--lossless")]
    rows = zip((thing.name for thing in made.values()), *columns, strict=True)
    others = [row for row in rows if row[1] != row[2] or row[3] != row[4]]
    if not others:
        return "all of this is in the result as without the option.\n\n"
    columns = ["JPEG", "JPEG, `--lossless`", "WebP", "WebP, `--lossless`"]
    return "this is another than without the option:\n\n" + table(columns, others)


def jpegs_alone(thing):
    return thing.extension == "jpg" and not thing.options


def left_out(supervisor, jpegs, before):
    """What each word of `--drop` takes."""
    made = {number: thing for number, thing in enumerate(THINGS) if jpegs_alone(thing)}
    of = lambda *options: column(supervisor, {(): jpegs}, before, ["--format", "jpeg", *options], made)
    families = words_of_drop(supervisor)
    usual, columns = of(), [of("--drop", family) for family in families]
    for family, cells in zip(families, columns, strict=True):
        assert cells != usual, f"--drop {family}: nothing here is in it"
    rows = zip((thing.name for thing in made.values()), usual, *columns, strict=True)
    told = lambda row: [row[0], *("" if one == row[1] else one for one in row[2:])]
    return table([f"`{family}`" for family in families], (row for row in map(told, rows) if any(row[1:])))


def words_of_drop(supervisor):
    """The words that `--drop` takes, as the program tells them."""
    command = [supervisor, "run", ".", "-o", "nowhere", "--drop", "nothing-of-this-name"]
    told = subprocess.run(command, capture_output=True, check=False, text=True).stderr
    return re.search(r"there are (.+)", told)[1].split(", ")


def run_all(supervisor, folder, out, *options):
    """The results of a folder of photos, by the numbers of their names."""
    subprocess.run([supervisor, "run", folder, "-o", out, "--quiet", *options], check=True)
    images = json.loads((out / ".supervisor/report.json").read_text())["images"]
    return seen([Path(image["output"]) for image in images], [image["detail"] for image in images])


def of_other_formats(supervisor, folder):
    photos, out = folder / "others", folder / "out"
    photos.mkdir()
    for number, (ending, content) in enumerate(other_formats.PHOTOS.values()):
        (photos / f"{number}.{ending}").write_bytes(content)
    before = seen(sorted(photos.iterdir()))
    usual = run_all(supervisor, photos, out / "usual", "--format", "jpeg", "--color", "keep")
    raw = run_all(supervisor, photos, out / "raw", "--format", "jpeg", "--color", "keep", "--raw", "embedded")
    last = len(before) - 1
    pairs = [(before[n], usual[n]) for n in range(last + 1)] + [(before[last], raw[last])]
    rows = []
    for name, (tags, named) in other_formats.CARRIED.items():
        cells = [(old_one.of(tags), now.of(tags), named, now.detail) for old_one, now in pairs]
        rows.append([name, *(cell(*one) if one[0] else "" for one in cells)])
    return table([*other_formats.PHOTOS, "DNG, its preview"], rows)


def of_pictures(supervisor, folder):
    photos, out = folder / "pictures", folder / "made"
    photos.mkdir()
    kinds = other_formats.PICTURES
    for number, (ending, content, _) in enumerate(kinds.values()):
        (photos / f"{number}.{ending}").write_bytes(content)
    before = seen(sorted(photos.iterdir()))
    columns = []
    for name in FORMATS:
        after = run_all(supervisor, photos, out / name, "--format", name)
        aspects = [kind for _, _, kind in kinds.values()]
        is_of = lambda photo, kind: other_formats.aspect(photo.path, photo.tags, kind)
        cells = []
        for number, kind in enumerate(aspects):
            now = is_of(after[number], kind)
            lost = starred(now, other_formats.NAMED[kind], after[number].detail)
            cells.append("kept" if now == is_of(before[number], kind) else lost)
        columns.append(cells)
    return table(FORMATS.values(), zip(kinds, *columns, strict=True))


def page(supervisor, folder):
    inputs = {thing.options: folder / str(number) for number, thing in enumerate(THINGS)}
    for number, thing in enumerate(THINGS):
        inputs[thing.options].mkdir(exist_ok=True)
        (inputs[thing.options] / f"{number:02}.{thing.extension}").write_bytes(thing.file)
    before = seen([path for photos in inputs.values() for path in photos.iterdir()])
    for number, thing in enumerate(THINGS):
        assert before[number].of(thing.tags), f"{thing.name}: not in its photo"
    text = HEAD
    everything = dict(enumerate(THINGS))
    for way, options in WAYS.items():
        of = lambda name: column(supervisor, inputs, before, [*options, "--format", name], everything)
        rows = zip((thing.name for thing in THINGS), *map(of, FORMATS), strict=True)
        text += f"## {way}\n\n" + table(FORMATS.values(), rows)
    jpegs = folder / "jpegs"
    jpegs.mkdir()
    for number, thing in enumerate(THINGS):
        if jpegs_alone(thing):
            (jpegs / f"{number:02}.jpg").write_bytes(thing.file)
    text += LOSSLESS + without_loss(supervisor, jpegs, before)
    text += DROPPED + left_out(supervisor, jpegs, before)
    text += OTHERS + of_other_formats(supervisor, folder)
    text += PICTURES + of_pictures(supervisor, folder)
    return text.rstrip() + "\n" + TAIL


with tempfile.TemporaryDirectory() as scratch:
    print(page(sys.argv[1], Path(scratch)), end="")
