"""Files of formats other than JPEG that hold something beside their picture, and a look, by ExifTool, at what
of it is in results.

    containers.py make FOLDER             writes photos
    containers.py check FORMAT RESULTS    exits with 1 if something is not there that can be
"""

import io
import struct
import sys
import zlib
from pathlib import Path

import blocks
import packets
from photos import stored, tags_of

IMAGE = stored(1)[0].resize((48, 32))
RIGHTS = "<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>© Ana</rdf:li></rdf:Alt></dc:rights>"
NOTE = b"a note that somebody appended"


def file_of(kind, **options):
    file = io.BytesIO()
    IMAGE.save(file, kind, **options)
    return file.getvalue()


PNG, WEBP, GIF, BMP = map(file_of, ("PNG", "WEBP", "GIF", "BMP"))
PPM = b"P6\n# Ana\n48 32\n255\n" + IMAGE.tobytes()
# One grey pixel.
QOI = b"qoif" + struct.pack(">IIBB", 1, 1, 3, 0) + b"\xfe\x80\x80\x80" + bytes(7) + b"\1"
HDR = b"#?RADIANCE\n# Ana\nOWNER=Ana Ruiz\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 2\n" + b"\x80\x80\x80\x80" * 2


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_with(*chunks):
    """With chunks in front of the pixels."""
    return PNG[:33] + b"".join(chunk(*one) for one in chunks) + PNG[33:]


def webp_with(*chunks):
    content = WEBP[8:]
    for kind, data in chunks:
        content += kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def gif_with(*extensions):
    """With extensions in front of the end."""
    return GIF[:-1] + b"".join(extensions) + b";"


def of_program(name, data):
    """Its extension, in parts of up to 255 bytes."""
    parts = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"\x21\xff\x0b" + name + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def xmp_of_gif():
    trailer = bytes([1, *range(255, -1, -1), 0])
    return b"\x21\xff\x0bXMP DataXMP" + packets.xmp(RIGHTS) + trailer


def photos():
    exif = blocks.exif("MM", IMAGE.size)
    frames = {"save_all": True, "append_images": [IMAGE.rotate(180)]}
    yield "behind-png.png", PNG + NOTE
    yield "second-png.png", PNG + PNG
    yield "parts-png.png", png_with((b"oFFs", bytes(9)), (b"sCAL", b"\x011\x002"), (b"tIME", bytes(7)))
    yield "packed-png.png", png_with((b"zxIf", b"\0" + struct.pack(">I", len(exif)) + zlib.compress(exif)))
    yield "frames-png.png", file_of("PNG", **frames)
    yield "behind-webp.webp", WEBP + NOTE
    yield "second-webp.webp", WEBP + WEBP
    yield "parts-webp.webp", webp_with((b"abcd", b"?"))
    yield "frames-webp.webp", file_of("WEBP", **frames)
    iptc = blocks.iptc((80, b"Ana"))
    yield "said-gif.gif", gif_with(b"\x21\xfe\x03Ana\0", xmp_of_gif(), of_program(b"MGKIPTC0000", iptc))
    yield "behind-gif.gif", GIF + NOTE
    yield "second-gif.gif", GIF + PNG
    yield "parts-gif.gif", gif_with(of_program(b"fractint001", b"?"))
    yield "frames-gif.gif", file_of("GIF", **frames)
    yield "behind-bmp.bmp", BMP + NOTE
    yield "said-ppm.ppm", PPM
    yield "second-ppm.ppm", PPM + PPM
    yield "behind-qoi.qoi", QOI + NOTE
    yield "said-hdr.hdr", HDR
    yield "behind-hdr.hdr", HDR + NOTE


# What is in the results of the photos that say something, by their format.
COMMENT = {"jpeg": ("File:Comment", "Ana"), "png": ("PNG:Comment", "Ana")}
OWNER = {"jpeg": ("IFD0:Copyright", "Ana Ruiz"), "png": ("PNG:Copyright", "Ana Ruiz")}
KEPT = {
    "packed-png": lambda _: [("IFD0:Artist", "Ana")],
    "said-gif": lambda name: [COMMENT[name], ("XMP-dc:Rights", "© Ana"), ("IPTC:By-line", "Ana")],
    "said-ppm": lambda name: [COMMENT[name]],
    "said-hdr": lambda name: [COMMENT[name], OWNER[name]],
}


def check(name, folder):
    lost = []
    for stem, tags in KEPT.items():
        (path,) = folder.glob(f"{stem}.*")
        found = tags_of([str(path)])[0]
        lost += [f"{path}: {tag}: {found.get(tag)}" for tag, value in tags(name) if found.get(tag) != value]
    return lost


if sys.argv[1] == "make":
    for photo, content in photos():
        Path(sys.argv[2], photo).write_bytes(content)
else:
    missing = check(sys.argv[2], Path(sys.argv[3]))
    print("\n".join(missing))
    sys.exit(bool(missing))
