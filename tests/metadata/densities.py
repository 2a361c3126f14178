"""Photos that state a density in every place that there is, in one alone or in several that contradict each
other, and a look, by ExifTool, at what results state.

    densities.py make FOLDER                  writes photos
    densities.py check RESULTS [DPI]          prints what is wrong, and exits with 1 if anything is; with a
                                              number, all are to state that one
"""

import struct
import sys
import zlib
from pathlib import Path

from PIL import Image

import blocks
import packets
from photos import jpeg_of, picture, tags_of

SIZE = picture().size
INCH, CENTIMETRE, NO_UNIT = 2, 3, 1
# Where a density may stand, the place that counts most in front.
PLACES = ("own", "exif", "photoshop", "xmp")
# In each place another one; those of EXIF and XMP as they are written, with their unit.
STATED = {"own": (300, 200), "exif": (59, 118), "photoshop": (240, 120), "xmp": (96, 144)}
PER_INCH = STATED | {"exif": (59 * 2.54, 118 * 2.54)}
SHAPE = (2, 1)


def fixed(value):
    return round(value * 65536)


def resource(density):
    across, down = density
    # Shown in centimetres, which does not change what is meant.
    return 0x03ED, struct.pack(">IHHIHH", fixed(across), 2, 1, fixed(down), 2, 1)


def packet(density, unit=INCH):
    across, down = density
    return packets.xmp(
        packets.simple(
            tiff_XResolution=f"{across * 10}/10", tiff_YResolution=f"{down}/1", tiff_ResolutionUnit=unit
        )
    )


def tags(density, unit):
    across, down = density
    return {0x011A: (5, [across, 1]), 0x011B: (5, [down, 1]), 0x0128: (3, [unit])}


def exif(density):
    block = blocks.headed("MM")
    return blocks.ended(block, block.directory({0x0110: "Kamera"} | tags(density, CENTIMETRE)))


def jpeg(places, shape=None):
    bare = jpeg_of(picture(), quality=90)
    if "own" in places or shape:
        unit, (across, down) = (0, shape) if shape else (1, STATED["own"])
        bare = bare[:13] + struct.pack(">BHH", unit, across, down) + bare[18:]
    segments = []
    if "exif" in places:
        segments.append((0xE1, b"Exif\0\0" + exif(STATED["exif"])))
    if "xmp" in places:
        segments.append((0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet(STATED["xmp"])))
    if "photoshop" in places:
        found = blocks.resources((0x040A, b"\1"), resource(STATED["photoshop"]))
        segments.append((0xED, b"Photoshop 3.0\0" + found))
    return blocks.jpeg_with(bare, *segments)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(places, shape=None):
    chunks = []
    if "own" in places or shape:
        metres = [round(value / 0.0254) for value in STATED["own"]]
        chunks.append((b"pHYs", struct.pack(">IIB", *(shape or metres), 0 if shape else 1)))
    if "exif" in places:
        chunks.append((b"eXIf", exif(STATED["exif"])))
    if "xmp" in places:
        chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet(STATED["xmp"])))
    if "photoshop" in places:
        found = blocks.resources(resource(STATED["photoshop"]))
        digits = f"\n8bim\n{len(found):8}\n{found.hex()}\n".encode()
        chunks.append((b"tEXt", b"Raw profile type 8bim\0" + digits))
    rows = picture().tobytes()
    width, height = SIZE
    rows = b"".join(b"\0" + rows[at : at + width * 3] for at in range(0, len(rows), width * 3))
    chunks.insert(0, (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in chunks)


def tiff(places, shape=None):
    """A TIFF's own tags are its EXIF."""
    more = {}
    if shape:
        more |= tags(shape, NO_UNIT)
    if "own" in places:
        more |= tags(STATED["own"], INCH)
    if "xmp" in places:
        more[0x02BC] = (1, packet(STATED["xmp"]))
    if "photoshop" in places:
        more[0x8649] = (1, blocks.resources(resource(STATED["photoshop"])))
    return blocks.exif("II", SIZE, pixels=picture().tobytes(), more=more)


WRITERS = {"jpg": jpeg, "png": png, "tif": tiff}


def photos():
    """By name: the content, what its results are to state, and whether that is no more than a shape."""
    for ending, write in WRITERS.items():
        there = [place for place in PLACES if (ending, place) != ("tif", "exif")]
        for place in there:
            yield f"{place}-{ending}.{ending}", write([place]), PER_INCH[place], False
        for at, place in enumerate(there[:-1]):
            several = there[at:]
            yield f"{'-'.join(several)}-{ending}.{ending}", write(several), PER_INCH[place], False
        yield f"shape-{ending}.{ending}", write([], SHAPE), SHAPE, True
        yield f"shape-xmp-{ending}.{ending}", write(["xmp"], SHAPE), PER_INCH["xmp"], False


def make(folder):
    for name, content, expected, _ in photos():
        (folder / name).write_bytes(content)
        image = Image.open(folder / name)
        image.load()
        # Where Pillow looks too, it takes the same; of EXIF, what it says across.
        if name.startswith("own") or name.startswith("exif") and name.endswith("jpg"):
            got = image.info["dpi"]
            assert abs(got[0] - expected[0]) < 0.02, f"{name}: {got}"


# In ExifTool's groups: the names of a density, and the inches that the numbers of its units stand for.
TIFF_UNITS = {NO_UNIT: None, INCH: 1, CENTIMETRE: 1 / 2.54}
TIFF_NAMES = ("XResolution", "YResolution", "ResolutionUnit")
GROUPS = {
    "JFIF": (TIFF_NAMES, {0: None, 1: 1, 2: 1 / 2.54}),
    "PNG-pHYs": (("PixelsPerUnitX", "PixelsPerUnitY", "PixelUnits"), {0: None, 1: 1 / 0.0254}),
    "IFD0": (TIFF_NAMES, TIFF_UNITS),
    "XMP-tiff": (TIFF_NAMES, TIFF_UNITS),
}
# Where a format says it by itself; the others have EXIF alone.
OWN = {".jpg": "JFIF", ".png": "PNG-pHYs", ".tif": "IFD0", ".tiff": "IFD0"}


def stated(tags):
    """What a file states, by place: the numbers, and whether they are per inch."""
    for group, (names, units) in GROUPS.items():
        across, down, unit = (tags.get(f"{group}:{name}") for name in names)
        if across is not None:
            inches = units[INCH if unit is None else unit]
            yield group, (across / (inches or 1), down / (inches or 1)), inches is not None


def check(folder, dpi=None):
    problems = []
    told = {Path(tags["SourceFile"]).stem: tags for tags in tags_of(sorted(map(str, folder.glob("*.*"))))}
    for name, _, expected, is_shape in photos():
        tags = told[Path(name).stem]
        path = Path(tags["SourceFile"])
        if dpi:
            expected, is_shape = (dpi, dpi), False
        found = list(stated(tags))
        for group, numbers, per_inch in found:
            ratios = [number / wanted for number, wanted in zip(numbers, expected)]
            # The whole numbers of JFIF come near.
            near = abs(ratios[0] / ratios[1] - 1) < 1e-3 and (is_shape or abs(ratios[0] - 1) < 1e-3)
            if not near or per_inch == is_shape:
                problems.append(f"{path.name}: {group} says {numbers}, expected {expected}")
        own = OWN.get(path.suffix, None if is_shape else "IFD0")
        if own and own not in [group for group, _, _ in found]:
            problems.append(f"{path.name}: {own} says nothing, expected {expected}")
        if any(key.startswith("Photoshop:XResolution") for key in tags):
            problems.append(f"{path.name}: Photoshop's resource is still there")
    print("\n".join(problems))
    sys.exit(bool(problems))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]))
    else:
        check(Path(sys.argv[2]), *map(int, sys.argv[3:]))
