"""What ExifTool and Pillow see in a file, and what has become in a result of what a photo carried."""

import io
import re
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from photos import tags_of

# What ExifTool's names mean that stand for something in other formats only.
OTHER_NAMES = {
    "ColorProfiles": "the number of sRGB",
    "Artist": "EXIF's author",
    "Copyright": "EXIF's copyright",
    "State": "XMP's state",
    "Comment": "a comment",
}


class Seen(NamedTuple):
    """A file as ExifTool and Pillow see it, and what the report said of it."""

    path: Path
    tags: dict
    detail: str | None = None

    def of(self, names):
        """The tags with these names, and what ExifTool does not say."""
        content = self.path.read_bytes()
        # Pillow knows neither JPEG XL nor raw photos.
        try:
            with Image.open(self.path) as image:
                dots = image.info.get("dpi")
        except UnidentifiedImageError:
            dots = None
        # Formats that have no place of their own for it have it in EXIF.
        dots = dots or [self.tags[name] for name in self.tags if name.endswith("IFD0:XResolution")]
        more = {}
        if dots:
            more["dpi"] = round(float(dots[0]))
        if b"whatever it is" in content:
            more["unknown"] = True
        if any("hdrgm:" in name for name in self.tags):
            with Image.open(io.BytesIO(content[content.rindex(b"\xff\xd8\xff") :])) as gains:
                more["gain map"] = f"{gains.width}×{gains.height}"
        # The group may be another in another format.
        found = {name: value for name, value in {**self.tags, **more}.items() if re.search(names, name)}
        return {name.rpartition(":")[2]: value for name, value in found.items()}


def seen(paths, details=None):
    """Files by their names, which are numbers."""
    details = details or [None] * len(paths)
    every = zip(paths, tags_of(paths), details, strict=True)
    return {int(path.stem): Seen(path, tags, detail) for path, tags, detail in every}


def short(value):
    """A value as it fits into a table."""
    numbers = lambda area, edges: ", ".join(f"{float(area[edge]):.3g}" for edge in edges)
    if isinstance(value, list) and isinstance(value[0], dict):
        return numbers(value[0]["RegionBoundary"], ("RbX", "RbY", "RbW", "RbH"))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict) and "Unit" in value:
        return numbers(value, "WH")
    if isinstance(value, dict):
        (region,) = value.get("RegionList") or value.get("Regions")
        area = region.get("Area") or region.get("DLYArea")
        return region.get("Rectangle") or numbers(area, "XYWH")
    return str(value)[:30]


def starred(word, named, detail):
    """With a star if the report says, in such words, that this is lost."""
    return word + (r"\*" if named and re.search(named, detail or "") else "")


def cell(before, after, named, detail):
    if not after:
        return starred("dropped", named, detail)
    if after == before:
        return "kept"
    said = lambda name, value: short(value) if name in before else f"as {OTHER_NAMES.get(name, name)}"
    new = dict.fromkeys(said(*tag) for tag in after.items() if before.get(tag[0]) != tag[1])
    return f"changed: {', '.join(new)}" if new else "kept in part"


def table(columns, rows):
    """Rows of a name and its cells."""
    text = f"| | {' | '.join(columns)} |\n{'|---' * (len(columns) + 1)}|\n"
    for name, *cells in rows:
        text += "".join(f"| {word} " if word else "| " for word in (name, *cells)) + "|\n"
    return text + "\n"
