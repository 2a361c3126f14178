#!/usr/bin/env python3
"""Makes the fuzz targets' seeds beside it: `target/venv/bin/python tests/fuzz/seeds.py` (Pillow 12,
scripts/setup --tests).

A few small inputs of each kind, so that a short run begins behind the magic numbers.
"""

import io
import struct
from pathlib import Path

from PIL import Image, PngImagePlugin

SEEDS = Path(__file__).parent / "seeds"
picture = Image.new("RGB", (9, 7))
picture.putdata([(25 * x, 30 * y, 99) for y in range(7) for x in range(9)])
exif = Image.Exif()
exif[0x0112] = 6
exif[0x0110] = "camera"
texts = PngImagePlugin.PngInfo()
texts.add_text("Comment", "text " * 9, zip=True)
texts.add_itxt("XML:com.adobe.xmp", "<x/>", zip=True)


def seed(target, name, content):
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def save(target, name, image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    seed(target, name, file.getvalue())


grey, clear = picture.convert("L"), picture.convert("RGBA")
save("jpeg", "baseline", picture, "JPEG", exif=exif, quality=90)
save("jpeg", "progressive", picture, "JPEG", progressive=True)
save("jpeg", "grey", grey, "JPEG")
save("jpeg", "cmyk", picture.convert("CMYK"), "JPEG")
save("png", "texts", picture, "PNG", pnginfo=texts, exif=exif)
save("png", "palette", picture.quantize(7), "PNG")
save("png", "clear", clear, "PNG")
save("png", "bilevel", picture.convert("1"), "PNG")
save("png", "animated", picture, "PNG", save_all=True, append_images=[picture])
save("webp", "lossy", picture, "WEBP", exif=exif)
save("webp", "lossless", clear, "WEBP", lossless=True)
save("webp", "animated", picture, "WEBP", save_all=True, append_images=[picture.rotate(90)])
for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
    save("tiff", compression, picture, "TIFF", compression=compression)
save("tiff", "deep", grey.convert("I;16"), "TIFF")
save("gif", "still", picture.quantize(7), "GIF")
save("gif", "animated", picture, "GIF", save_all=True, append_images=[picture.rotate(90)])
save("bmp", "true", picture, "BMP")
save("bmp", "palette", picture.quantize(7), "BMP")
save("pnm", "rgb", picture, "PPM")
save("pnm", "grey", grey, "PPM")
seed("pnm", "plain", b"P3\n# words\n2 1\n255\n1 2 3 4 5 6\n")
seed("pnm", "pam", b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\nabc")
seed(
    "svg",
    "logo",
    b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 30 12'><style>.a{fill:red;opacity:.5}</style>"
    b"<defs><linearGradient id='g'><stop stop-color='#fff'/><stop offset='1'/></linearGradient>"
    b"<mask id='m'><circle r='9' fill='#fff'/></mask><clipPath id='c'><path d='M0 0h9v9z'/></clipPath>"
    b"<filter id='f'><feGaussianBlur stdDeviation='1'/></filter>"
    b"<pattern id='p' width='3' height='3'><path id='u' d='M0 0h1v1'/></pattern></defs>"
    b"<g class='a' mask='url(#m)'><rect width='9' height='9' rx='2' fill='url(#g)' stroke='url(#p)'/></g>"
    b"<g clip-path='url(#c)' filter='url(#f)' transform='rotate(9)'><use href='#u' x='3'/></g></svg>",
)
seed("qoi", "runs", b"qoif\0\0\0\x09\0\0\0\x07\x03\0\xfe\x01\x02\x03\xfd\xc0" + b"\0" * 7 + b"\x01")

seed("hdr", "plain", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 3\n" + bytes((99, 50, 9, 129)) * 6)
# Each row in runs: its length in front, then each of the four bytes of all pixels.
seed(
    "hdr",
    "runs",
    b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 9\n"
    + 2 * (b"\2\2\0\x09" + b"\x89\x63" * 3 + b"\x89\x81"),
)


def exr(names, pixels, width, height):
    """An OpenEXR file without compression, of float channels; the specification's "File Layout"."""
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    channels = b"".join(name + b"\0" + struct.pack("<iB3xii", 2, 0, 1, 1) for name in names) + b"\0"
    header = b"".join(
        name + b"\0" + kind + b"\0" + struct.pack("<i", len(value)) + value
        for name, kind, value in [
            (b"channels", b"chlist", channels),
            (b"compression", b"compression", b"\0"),
            (b"dataWindow", b"box2i", window),
            (b"displayWindow", b"box2i", window),
            (b"lineOrder", b"lineOrder", b"\0"),
            (b"pixelAspectRatio", b"float", struct.pack("<f", 1)),
            (b"screenWindowCenter", b"v2f", bytes(8)),
            (b"screenWindowWidth", b"float", struct.pack("<f", 1)),
        ]
    )
    start = b"\x76\x2f\x31\x01\x02\0\0\0" + header + b"\0"
    row = struct.pack(f"<{width * len(names)}f", *pixels)
    places = [len(start) + 8 * height + y * (8 + len(row)) for y in range(height)]
    rows = b"".join(struct.pack("<ii", y, len(row)) + row for y in range(height))
    return start + struct.pack(f"<{height}Q", *places) + rows


seed("exr", "color", exr([b"B", b"G", b"R"], [0.1, 0.2, 0.3, 0.5, 1, 2, 4, 8, 16], 3, 2))
seed("exr", "clear", exr([b"A", b"B", b"G", b"R"], [0.5, 1] * 4, 2, 2))


def raw(width, height, *tags):
    """A raw photo: a TIFF whose one directory holds a mosaic of 16 bits without compression, and these
    tags."""
    mosaic = struct.pack(f"<{width * height}H", *(300 + 97 * n % 4000 for n in range(width * height)))
    tags = sorted(
        [
            (254, "I", 0),
            (256, "I", width),
            (257, "I", height),
            (258, "H", 16),
            (259, "H", 1),
            (262, "H", 32803),
            (271, "s", b"Acme\0"),
            (272, "s", b"Box 1\0"),
            (273, "I", 8),
            (277, "H", 1),
            (278, "I", height),
            (279, "I", len(mosaic)),
            (0x828D, "H", 2, 2),
            (0x828E, "B", 0, 1, 1, 2),
            (0xC61D, "I", 4095),
            *tags,
        ]
    )
    at = 8 + len(mosaic)
    entries, values, beyond = b"", b"", at + 2 + 12 * len(tags) + 4
    for tag, kind, *numbers in tags:
        data = numbers[0] if kind == "s" else struct.pack(f"<{len(numbers)}{kind}", *numbers)
        # "i" is for signed fractions: every other number is a denominator.
        number = {"B": 1, "s": 2, "H": 3, "I": 4, "i": 10}[kind]
        count = len(data) if kind == "s" else len(numbers) // (2 if kind == "i" else 1)
        place = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack("<I", beyond + len(values))
        values += data if len(data) > 4 else b""
        entries += struct.pack("<HHI", tag, number, count) + place
    return (
        b"II*\0" + struct.pack("<I", at) + mosaic + struct.pack("<H", len(tags)) + entries + bytes(4) + values
    )


# The version of DNG, the model's name, and a matrix from XYZ to the camera's colours.
MATRIX = [
    number
    for value in (32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572)
    for number in (value, 10000)
]
seed(
    "raw",
    "dng",
    raw(
        32,
        16,
        (0xC612, "B", 1, 4, 0, 0),
        (0xC614, "s", b"Acme Box 1\0"),
        (0xC621, "i", *MATRIX),
        (0xC65A, "H", 21),
    ),
)
seed("raw", "unknown", raw(32, 16))
fixtures = Path(__file__).parent.parent.parent / "worker/tests/fixtures"
for name in ("lossless", "alpha", "animated", "turned"):
    seed("jxl", name, (fixtures / f"{name}.jxl").read_bytes())

seed(
    "recipe",
    "all",
    b'[output]\nformat = "jpeg"\nquality = 80\n\n[[filter]]\nname = "resize"\nwidth = 1200\n\n'
    b'[[filter]]\nname = "watermark"\ntext = "a \\"b\\""\nopacity = 0.5\n',
)
for name, spec in {
    "bare": "sepia",
    "value": "blur=2.5",
    "keys": "resize:width=1200,height=900,mode=fill",
    "quoted": 'watermark:text="Ana, \\"Luis\\"",opacity=.5,color=#ff000080',
    "alias": "desenfoque=3",
}.items():
    seed("filter", name, spec.encode())
seed("template", "fields", b"{dir}/{stem}-{width}x{height}-{index}.{ext}../..")
# As postcard writes them: variant, lane, job, number of the attempt, and what came of it.
seed("message", "ready", b"\x00\x01\x07\x01\x01\x01\x03abc")
seed("message", "started", b"\x01\x00\x07\x01")
seed("message", "failed", b"\x02\x00\x07\x01\x01\x01\x03\x05wrong\x01\x0a")
