"""The picture that the photos show which are made here, and how ExifTool reads what became of them."""

import io
import json
import random
import subprocess

from PIL import Image

SIZE = (240, 160)
# The face: the only bright part of the picture, so that it can be found again.
FACE = (60, 40, 108, 88)
TURNS = {
    3: Image.Transpose.ROTATE_180,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


def picture():
    """A dark, smooth picture with the face in it."""
    noise = random.Random(0)
    small = Image.new("RGB", (12, 8))
    small.putdata([tuple(noise.randrange(10, 70) for _ in range(3)) for _ in range(12 * 8)])
    large = small.resize(SIZE, Image.Resampling.BICUBIC)
    large.paste((250, 245, 240), FACE)
    return large


def stored(orientation):
    """The picture as it is stored, and where the face is then."""
    image, mask = picture(), Image.new("L", SIZE)
    mask.paste(255, FACE)
    turn = TURNS.get(orientation)
    turned = (lambda image: image.transpose(turn)) if turn is not None else (lambda image: image)
    return turned(image), turned(mask).getbbox()


def jpeg_of(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def old(number):
    """One of the small pictures that show what the photo was before."""
    noise = random.Random(number)
    image = Image.new("L", (48, 32))
    image.putdata([noise.randrange(256) for _ in range(48 * 32)])
    return jpeg_of(image, quality=80)


def tags_of(paths):
    """What ExifTool says of each file: groups and names, numbers as they are."""
    command = ["exiftool", "-j", "-struct", "-G1", "-a", "-n", "-u", "-ee", *paths]
    told = subprocess.run(command, capture_output=True, check=False)
    assert told.stdout, f"exiftool says nothing: {told.stderr}"
    return json.loads(told.stdout)
