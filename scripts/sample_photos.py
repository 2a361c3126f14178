"""Makes a dozen sample photos to try things on: python3 sample_photos.py DIR [COUNT WIDTH HEIGHT]

Hills under the sun at four times of the day, in three shapes, a folder for each; or COUNT photos of one
size. They are PPM files, which need no library.
"""

import math
import random
import sys
from pathlib import Path

# Width and height.
SHAPES = {"landscape": (1800, 1200), "portrait": (1200, 1800), "panorama": (2400, 800)}
# Colours: the sky's top and bottom, the sun, the far hills and the near ones.
SCENES = {
    "dawn": ((70, 90, 150), (250, 190, 150), (255, 225, 170), (120, 100, 130), (50, 50, 75)),
    "noon": ((40, 110, 200), (190, 220, 245), (255, 250, 225), (90, 140, 110), (45, 95, 50)),
    "dusk": ((60, 30, 80), (240, 110, 50), (255, 190, 90), (90, 45, 70), (35, 20, 40)),
    "night": ((5, 8, 25), (30, 40, 80), (235, 235, 220), (20, 25, 45), (8, 10, 20)),
}
GRAIN = 6


def columns(top, bottom, height, chance):
    """A few one-pixel-wide columns from one colour to another; together they look grainy."""

    def column():
        samples = bytearray()
        for y in range(height):
            grain = chance.randint(-GRAIN, GRAIN)
            for a, b in zip(top, bottom):
                samples.append(max(0, min(255, round(a + (b - a) * y / height) + grain)))
        return bytes(samples)

    return [column() for _ in range(24)]


def picture(width, height, scene, chance):
    """The picture, painted column by column because that is how hills are made, as rows of RGB samples."""
    sky_top, sky_bottom, sun, far, near = scene
    skies = columns(sky_top, sky_bottom, height, chance)
    suns = columns(sun, sun, height, chance)
    ridges = [
        (0.60, 0.05, columns(far, near, height, chance)),
        (0.78, 0.07, columns(near, near, height, chance)),
    ]
    phase = chance.uniform(0, 2 * math.pi)
    centre_x, centre_y = width * chance.uniform(0.25, 0.75), height * chance.uniform(0.2, 0.5)
    radius = min(width, height) * 0.09

    painted = bytearray()
    for x in range(width):
        column = chance.choice(skies)
        if abs(x - centre_x) < radius:
            half = math.sqrt(radius**2 - (x - centre_x) ** 2)
            start, end = 3 * round(centre_y - half), 3 * round(centre_y + half)
            column = column[:start] + chance.choice(suns)[start:end] + column[end:]
        for place, swing, ridge in ridges:
            wave = math.sin(phase + 6 * x / width / place) + math.sin(2.3 * phase + 17 * x / width) / 3
            cut = 3 * round(height * (place + swing * wave))
            column = column[:cut] + chance.choice(ridge)[cut:]
        painted += column

    rows = bytearray(len(painted))
    for y in range(height):
        for channel in range(3):
            rows[3 * width * y + channel : 3 * width * (y + 1) : 3] = painted[3 * y + channel :: 3 * height]
    return rows


def write(path, width, height, scene):
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(f"{path.parent.name} {path.stem}")
    header = f"P6\n{width} {height}\n255\n".encode()
    path.write_bytes(header + picture(width, height, SCENES[scene], chance))


def main():
    folder = Path(sys.argv[1])
    if len(sys.argv) > 2:
        count, width, height = map(int, sys.argv[2:])
        for number in range(count):
            scene = list(SCENES)[number % len(SCENES)]
            write(folder / f"{number:02}-{scene}.ppm", width, height, scene)
        return
    for shape, (width, height) in SHAPES.items():
        for scene in SCENES:
            write(folder / shape / f"{scene}.ppm", width, height, scene)


main()
