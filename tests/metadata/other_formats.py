"""Photos of formats other than JPEG, each with all that it may carry, and pictures of kinds that not every
format can hold: what docs/what-survives.md says of them.
"""

import io
import struct
import sys
import zlib
from pathlib import Path

from PIL import Image, PngImagePlugin

import blocks
import packets
from photos import jpeg_of, old, stored

sys.path.append(str(Path(__file__).parent.parent / "pillow"))
from profiles import PROFILES

IMAGE, FACE = stored(1)
SIZE = IMAGE.size
# There is no program among the tests that writes JPEG XL.
JXL = Path(__file__).parents[2] / "worker/tests/fixtures/lossless.jxl"
PACKET = packets.xmp(packets.simple(xmp_Rating=4), packets.xmp_face(SIZE, FACE))
IPTC = blocks.iptc((95, b"Lima"))


def file_of(kind, image=IMAGE, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def tiff(pixels, more=(), **given):
    """A TIFF, or what is one inside, with all that EXIF has a place for."""
    note, resources = blocks.olympus(old(1)), blocks.resources((0x040A, b"\1"), *blocks.path())
    more = {700: (1, PACKET), 33723: (7, IPTC), 34377: (1, resources), **dict(more)}
    return blocks.exif("II", SIZE, note=note, pixels=pixels, more=more, **given)


def png():
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", PACKET.decode())
    texts.add_text("Title", "Lima")
    profile = blocks.resources((0x0404, IPTC))
    texts.add_text("Raw profile type 8bim", f"\n8bim\n{len(profile):8}\n{profile.hex()}\n", zip=True)
    return file_of("PNG", pnginfo=texts, **described())


def described():
    exif = blocks.exif("II", SIZE, note=blocks.olympus(old(1)))
    return {"exif": exif, "icc_profile": PROFILES["p3"]}


def jxl():
    """The codestream in a container."""
    box = lambda kind, content: struct.pack(">I", len(content) + 8) + kind + content
    exif = box(b"Exif", bytes(4) + blocks.exif("II", SIZE, note=blocks.olympus(old(1))))
    start = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
    return start + exif + box(b"xml ", PACKET) + box(b"jxlc", JXL.read_bytes())


def dng():
    """Linear light in the primaries of sRGB, and a preview."""
    light = b"".join(struct.pack("<H", value * 257) for value in IMAGE.tobytes())
    matrix = [32405, -15371, -4985, -9693, 18760, 416, 556, -2040, 10572]
    of_dng = {
        0x0102: (3, [16, 16, 16]),
        0x0106: (3, [34892]),
        0xC612: (1, [1, 4, 0, 0]),
        0xC61D: (4, [65535] * 3),
        0xC621: (10, [part for number in matrix for part in (number, 10_000)]),
        0xC628: (5, [1, 1] * 3),
        0xC65A: (3, [21]),
    }
    return tiff(light, of_dng, thumbnail=jpeg_of(IMAGE, quality=92))


# By what they are called: the ending, and the file.
PHOTOS = {
    "TIFF": ("tif", tiff(IMAGE.tobytes(), {34675: (7, PROFILES["p3"])})),
    "PNG": ("png", png()),
    "WebP": ("webp", file_of("WEBP", xmp=PACKET, quality=92, **described())),
    "JPEG XL": ("jxl", jxl()),
    "DNG": ("dng", dng()),
}
# What they carry: the names of its tags, and in which words the report names it where it is lost.
CARRIED = {
    "EXIF: camera, exposure, date": (r"(IFD0:Model|ExposureTime|DateTimeOriginal)$", None),
    "EXIF: author and copyright": (r"IFD0:(Artist|Copyright)$", None),
    "EXIF: place (GPS)": (r"GPS:", None),
    "notes of the camera's maker": (r"CameraType$", "notes of the camera's maker"),
    "colour profile": (r"ProfileDescription$", None),
    "XMP: rating": (r"XMP-xmp:Rating$", None),
    "XMP: faces": (r"RegionInfo$", None),
    "IPTC: words, such as the state": (r"(IPTC:Province-State|XMP-photoshop:State)$", None),
    "Photoshop: copyright flag": (r"Photoshop:CopyrightFlag$", None),
    "Photoshop: clipping path": (r"Photoshop:ClippingPathName$", None),
    "texts of a PNG": (r"(PNG:Title|File:Comment)$", None),
}


def deep_png():
    pixels, width = IMAGE.tobytes(), SIZE[0] * 3
    levels = struct.pack(f">{len(pixels)}H", *(level * 257 ^ 1 for level in pixels))
    rows = b"".join(b"\0" + levels[at : at + 2 * width] for at in range(0, len(levels), 2 * width))
    number = lambda value: struct.pack(">I", value)
    chunk = lambda kind, data: number(len(data)) + kind + data + number(zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", *SIZE, 16, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def clear():
    image = IMAGE.convert("RGBA")
    image.putalpha(image.getchannel(0))
    return image


FRAMES = {"save_all": True, "append_images": [IMAGE.rotate(90), IMAGE.rotate(180)]}
# In which words the report names what is lost.
NAMED = {
    "depth": "more than 8 bits per channel",
    "transparency": "what is transparent was laid over",
    "colours": "inks without a colour profile",
    "frames": "only the first",
}
# Pictures that not every format can hold: the ending, the file, and what is asked of the result.
PICTURES = {
    "16 bits for each sample (PNG)": ("png", deep_png(), "depth"),
    "transparency (PNG)": ("png", file_of("PNG", clear()), "transparency"),
    "grey alone (PNG)": ("png", file_of("PNG", IMAGE.convert("L")), "colours"),
    "a palette (PNG)": ("png", file_of("PNG", IMAGE.quantize(16)), "colours"),
    "four inks (TIFF)": ("tif", file_of("TIFF", IMAGE.convert("CMYK")), "colours"),
    "three frames (GIF)": ("gif", file_of("GIF", **FRAMES), "frames"),
    "three frames (PNG)": ("png", file_of("PNG", **FRAMES), "frames"),
    "three frames (WebP)": ("webp", file_of("WEBP", **FRAMES), "frames"),
    "three pages (TIFF)": ("tif", file_of("TIFF", **FRAMES), "frames"),
}
WORDS = {"L": "grey", "LA": "grey", "RGB": "colours", "RGBA": "colours", "P": "a palette", "CMYK": "inks"}


def aspect(path, tags, kind):
    """What a file is in this respect."""
    with Image.open(path) as image:
        if kind == "frames":
            return f"{getattr(image, 'n_frames', 1)} of 3"
        if kind == "transparency":
            return "kept" if image.has_transparency_data else "white behind it"
        if kind == "colours":
            return WORDS[image.mode.partition(";")[0]]
    # Where nothing is said of it, there are eight.
    names = ("PNG:BitDepth", "BitsPerSample", "ImagePixelDepth")
    said = [tags[name] for name in tags if name.endswith(names)]
    return f"{str(said[0] if said else 8).split()[0]} bits"
