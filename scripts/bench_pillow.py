"""The yardstick of scripts/bench, what one would write without this project: python3 bench_pillow.py PHOTOS OUT"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image, ImageFilter


def blur(path):
    image = Image.open(path)
    image.filter(ImageFilter.GaussianBlur(5)).save(Path(sys.argv[2]) / path.name, quality=85)
    return image.width * image.height


if __name__ == "__main__":
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        pixels = list(pool.map(blur, sorted(Path(sys.argv[1]).glob("*.jpg"))))
    print(len(pixels), sum(pixels))
