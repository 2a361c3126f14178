"""Pillow in a process pool: pillow_peer.py WORKLOAD MARK IN OUT, for scripts/bench."""

from PIL import Image, ImageFilter, ImageOps

from each import FACTOR, OFFSET, SEPIA, main, mark_place, place


def save(image, target):
    image.save(target, quality=85)


def transcode(source, target, _mark):
    save(Image.open(source), target)


def fit(source, target, _mark):
    image = Image.open(source)
    image.thumbnail((1024, 1024), Image.Resampling.LANCZOS)
    save(image, target)


def blur(source, target, _mark):
    save(Image.open(source).filter(ImageFilter.GaussianBlur(5)), target)


def edges(source, target, _mark):
    image = Image.open(source)
    image.draft("L", image.size)
    save(image.convert("L").filter(ImageFilter.FIND_EDGES), target)


def studio(source, target, mark):
    image = Image.open(source).convert("RGB")
    image = image.point([min(255, max(0, round(level * FACTOR + OFFSET))) for level in range(256)] * 3)
    edge, left, top = mark_place(*image.size)
    logo = Image.open(mark).resize((edge, edge), Image.Resampling.LANCZOS)
    image.paste(logo, (left, top), logo.getchannel("A").point(lambda alpha: alpha // 2))
    save(image, target)


def agency(source, target, _mark):
    image = Image.open(source)
    if image.width > 1200:
        image.thumbnail((1200, image.height), Image.Resampling.LANCZOS)
    matrix = [weight for row in SEPIA for weight in (*row, 0)]
    save(ImageOps.posterize(image.convert("RGB").convert("RGB", matrix), 4), target)


def delivery(source, target, _mark):
    image = Image.open(source)
    for output, edge, quality in (("print", 4096, 92), ("web", 2048, 82), ("thumb", 320, 75)):
        # What is smaller is made of what is larger.
        image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        image.save(place(target, output), quality=quality)


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
