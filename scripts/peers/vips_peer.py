"""libvips in a process pool, one thread each: vips_peer.py WORKLOAD MARK IN OUT, for scripts/bench."""

import os

os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips

from each import FACTOR, OFFSET, SEPIA, main, mark_place, place

ENDLESS = 10_000_000


def load(source):
    return pyvips.Image.new_from_file(str(source), access="sequential")


def save(image, target):
    image.jpegsave(str(target), Q=85)


def shrunk(source, width, height):
    return pyvips.Image.thumbnail(str(source), width, height=height, size="down")


def transcode(source, target, _mark):
    save(load(source), target)


def fit(source, target, _mark):
    save(shrunk(source, 1024, 1024), target)


def blur(source, target, _mark):
    save(load(source).gaussblur(5), target)


def edges(source, target, _mark):
    save(load(source).colourspace("b-w").sobel(), target)


def studio(source, target, mark):
    image = load(source).colourspace("srgb").linear(FACTOR, OFFSET, uchar=True)
    edge, left, top = mark_place(image.width, image.height)
    logo = pyvips.Image.thumbnail(str(mark), edge).linear([1, 1, 1, 0.5], [0, 0, 0, 0])
    save(image.composite2(logo.cast("uchar"), "over", x=left, y=top).flatten(), target)


def agency(source, target, _mark):
    image = shrunk(source, 1200, ENDLESS).colourspace("srgb").recomb([list(row) for row in SEPIA])
    save(image.cast("uchar") & 0xF0, target)


def delivery(source, target, _mark):
    # Decoded into memory, once.
    image = pyvips.Image.new_from_file(str(source))
    for output, edge, options in (
        ("print", 4096, {"Q": 92, "subsample_mode": "on"}),
        ("web", 2048, {"Q": 82}),
        ("thumb", 320, {"Q": 75}),
    ):
        # What is smaller is made of what is larger.
        image = image.thumbnail_image(edge, height=edge, size="down").copy_memory()
        image.write_to_file(str(place(target, output)), **options)


if __name__ == "__main__":
    main(
        {
            "transcode": transcode,
            "fit": fit,
            "blur": blur,
            "edges": edges,
            "studio": studio,
            "agency": agency,
            "delivery": delivery,
        }
    )
