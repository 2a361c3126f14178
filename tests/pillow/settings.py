"""Results of `--lossless`, `--progressive` and `--effort`, held against Pillow: settings.py make FOLDER makes
photos, settings.py blocks|scans|pixels FOLDER RESULTS compares results with them."""

import math
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageOps

# Whole blocks, so that every turn can be without loss.
WIDTH, HEIGHT = 96, 64


def picture():
    def level(channel, x, y):
        wave = math.sin(x / (9 + channel) + channel) * math.cos(y / 11)
        return round(128 + 90 * wave + (x * 7919 + y * 104729) % 13)

    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([tuple(level(c, x, y) for c in range(3)) for y in range(HEIGHT) for x in range(WIDTH)])
    return image


def make(folder):
    for subsampling in (0, 2):
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[0x0112] = orientation
            name = f"{subsampling}-{orientation}.jpg"
            picture().save(folder / name, quality=92, subsampling=subsampling, exif=exif)


def difference(one, other):
    assert one.size == other.size, (one.size, other.size)
    extremes = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getextrema()
    return max(most for _, most in extremes)


def compare(folder, results, ending):
    photos = sorted(folder.glob("*.jpg"))
    assert len(photos) == 16, photos
    for photo in photos:
        with Image.open(photo) as before, Image.open(results / f"{photo.stem}.{ending}") as after:
            assert after.getexif().get(0x0112, 1) == 1, photo
            yield photo, ImageOps.exif_transpose(before), after


def blocks(folder, results):
    """Turned by blocks: within the rounding of an inverse transform, and of chroma that is spread. Tables of
    quantisation stay, if turned ones, which encoding again at another quality would replace."""
    for photo, upright, after in compare(folder, results, "jpg"):
        assert difference(upright, after) <= (4 if photo.name[0] == "0" else 8), photo
        with Image.open(photo) as before:
            sums = [[sum(table) for table in image.quantization.values()] for image in (before, after)]
        assert sums[0] == sums[1], photo


def scans(folder, results):
    for photo, _, after in compare(folder, results, "jpg"):
        assert after.info.get("progressive"), photo


def pixels(folder, results):
    """A WebP that lost nothing of the picture: what libjpeg makes of the photo here and there."""
    for photo, upright, after in compare(folder, results, "webp"):
        assert difference(upright, after) <= 1, photo
        assert b"VP8L" in (results / f"{photo.stem}.webp").read_bytes()[:4096], photo


if __name__ == "__main__":
    folders = [Path(folder) for folder in sys.argv[2:]]
    {"make": make, "blocks": blocks, "scans": scans, "pixels": pixels}[sys.argv[1]](*folders)
