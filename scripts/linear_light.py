"""A pattern and lamps at night, scaled by values and by light: python3 linear_light.py SUPERVISOR PICTURE

Each is drawn at eight times its size, and scaled by `resize` with `light=gamma` and with `light=linear`.
Around the pattern is the grey that has half the light of white.
"""

import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

supervisor, target = sys.argv[1:]
SIZE, TIMES = 240, 8


def pattern():
    """Black and white squares of one pixel, on the grey that has as much light."""
    large = Image.new("L", (SIZE * TIMES, SIZE * TIMES), 188)
    pixels = large.load()
    for y in range(large.height // 4, large.height * 3 // 4):
        for x in range(large.width // 4, large.width * 3 // 4):
            pixels[x, y] = 255 * ((x + y) % 2)
    return large.convert("RGB")


def lamps():
    """Points of light on a dark hillside."""
    chance = random.Random(7)
    large = Image.new("RGB", (SIZE * TIMES, SIZE * TIMES), "#060814")
    draw = ImageDraw.Draw(large)
    for _ in range(1500):
        x, y = chance.random(), chance.random() ** 0.5
        color = chance.choice(["#ffffff", "#ffe2a8", "#ffd080", "#cfe4ff"])
        left, top = x * large.width, large.height * (0.25 + 0.7 * y + 0.04 * math.sin(9 * x))
        draw.rectangle([left, top, left + 2, top + 2], fill=color)
    return large


page = Image.new("RGB", (2 * SIZE + 24, 2 * SIZE + 56), "#f4f4f4")
font = ImageFont.load_default(13)
with tempfile.TemporaryDirectory() as scratch:
    for row, picture in enumerate([pattern(), lamps()]):
        picture.save(Path(scratch) / "large.png")
        for column, light in enumerate(["gamma", "linear"]):
            small = Path(scratch) / f"{row}{column}.png"
            spec = f"resize:width={SIZE},light={light}"
            command = [supervisor, "convert", Path(scratch) / "large.png", small, "-f", spec, "-q"]
            subprocess.run(command, check=True)
            page.paste(Image.open(small), (8 + column * (SIZE + 8), 8 + row * (SIZE + 8)))
            middle = 8 + column * (SIZE + 8) + SIZE // 2
            place = (middle, 2 * SIZE + 28)
            ImageDraw.Draw(page).text(place, f"light={light}", fill="black", font=font, anchor="mt")
page.quantize(128).save(target, optimize=True)
print(f"{target}: {Path(target).stat().st_size} bytes")
