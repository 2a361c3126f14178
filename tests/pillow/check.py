"""Makes photos and says what must become of them, by Pillow and the libraries in it (LittleCMS, libavif),
none of which is ours.

    check.py make KIND FOLDER          writes photos
    check.py check KIND FOLDER RESULTS compares what became of them, prints what is wrong, and exits with
                                       1 if anything is
"""

import io
import math
import struct
import sys
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, PngImagePlugin, features

from profiles import PROFILES

KIND, FOLDER = sys.argv[2], Path(sys.argv[3])
problems = []


def problem(name, what):
    problems.append(f"{name}: {what}")


def compare(name, got, expected, most):
    """Both of the same size and mode, with no sample further apart than this."""
    if (got.size, got.mode) != (expected.size, expected.mode):
        return problem(name, f"{got.size} {got.mode}, expected {expected.size} {expected.mode}")
    worst = max(abs(a - b) for a, b in zip(got.tobytes(), expected.tobytes()))
    print(f"{name}: {worst} of at most {most}")
    if worst > most:
        problem(name, f"{worst} levels apart, at most {most} are right")


# Colours
# ------------------------------------------------------------------------------------------------------------------

SRGB = ImageCms.createProfile("sRGB")
# The colours of a profile that goes with pixels of a mode.
SPACES = {"L": "GRAY", "LA": "GRAY", "RGB": "RGB", "RGBA": "RGB"}


def colors():
    """Photos by name, each with its profile: every combination of some levels, and a ramp."""
    levels = (0, 20, 64, 128, 200, 255)
    rgb = Image.new("RGB", (36, 6))
    rgb.putdata([(r, g, b) for r in levels for g in levels for b in levels])
    inks = Image.new("CMYK", (72, 18))
    inks.putdata([(c, m, y, k) for c in levels for m in levels for y in levels for k in levels])
    grey = Image.new("L", (256, 1))
    grey.putdata(range(256))
    for kind in ("p3", "adobe", "table"):
        yield f"{kind}.png", rgb, PROFILES[kind], {}
        yield f"{kind}-t.tiff", rgb, PROFILES[kind], {}
        yield f"{kind}-w.webp", rgb, PROFILES[kind], {"lossless": True}
    yield "grey.png", grey, PROFILES["grey"], {}
    yield "grey-t.tiff", grey, PROFILES["grey"], {}
    yield (
        "clear.png",
        Image.merge("LA", (grey, grey.point(lambda level: 255 - level // 2))),
        PROFILES["grey"],
        {},
    )
    yield "lab.png", grey, PROFILES["lab"], {}
    yield from in_chunks(rgb, grey)
    for kind in ("cmyk", "press"):
        yield f"{kind}.tiff", inks, PROFILES[kind], {}
    big = inks.resize((72 * 16, 18 * 16), Image.Resampling.NEAREST)
    yield "cmyk-j.jpg", big, PROFILES["cmyk"], {"quality": 100, "subsampling": 0}


def in_chunks(rgb, grey):
    """PNGs that say their colours without a profile, or with one that does not count."""

    def said(icc=None, **chunks):
        info = PngImagePlugin.PngInfo()
        for name, values in chunks.items():
            numbers = bytes(values) if name == "cICP" else struct.pack(f">{len(values)}I", *values)
            info.add(name.encode(), numbers)
        return {"icc_profile": icc, "pnginfo": info}

    adobe = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    p3, linear = (12, 13, 0, 1), (100000,)
    yield "said-cicp.png", rgb, PROFILES["p3"], said(cICP=p3)
    yield "said-cicp-first.png", rgb, PROFILES["p3"], said(PROFILES["adobe"], cICP=p3, gAMA=linear)
    yield "said-iccp.png", rgb, PROFILES["adobe"], said(PROFILES["adobe"], cICP=(2, 2, 0, 1), gAMA=linear)
    yield "said-chrm.png", rgb, PROFILES["adobe"], said(gAMA=(45471,), cHRM=adobe)
    yield "said-grey.png", grey, PROFILES["dark"], said(gAMA=linear, cHRM=adobe)


def make_colors():
    for name, image, icc, options in colors():
        image.save(FOLDER / name, **{"icc_profile": icc, **options})


def check_colors(results):
    for name, _, icc, _ in colors():
        image = Image.open(FOLDER / name)
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
        image = image.convert("L") if image.mode == "LA" else image
        flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
        if image.mode == "L":
            # Made faster, linear grey comes out ten levels too dark.
            flags |= ImageCms.Flags.NOOPTIMIZE
        expected = ImageCms.profileToProfile(image, source, SRGB, intent, outputMode="RGB", flags=flags)
        (result,) = results.glob(Path(name).stem + ".*")
        got = Image.open(result)
        profile = ImageCms.ImageCmsProfile(io.BytesIO(got.info["icc_profile"])).profile
        if profile.xcolor_space.strip() != SPACES[got.mode]:
            problem(name, f"a profile for {profile.xcolor_space} beside {got.mode}")
        if not profile.profile_description:
            problem(name, "the profile has no name")
        if result.suffix == ".webp":
            # Too much is lost with colours that change with every pixel.
            continue
        if image.mode == "L" and got.mode[0] != "L":
            problem(name, f"grey became {got.mode}")
        # The two libraries interpolate in tables each in its own way, and round in between.
        compare(name, got.convert("RGB"), expected, 3 if image.mode == "CMYK" or "table" in name else 2)


# Orientation
# --------------------------------------------------------------------------------------------------------------

SIDES = (48, 32)


def turned():
    upright = Image.new("RGB", SIDES)
    upright.putdata([(5 * x, 7 * y, 90) for y in range(SIDES[1]) for x in range(SIDES[0])])
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    formats = {"jpg": {"quality": 100, "subsampling": 0}, "png": {}, "webp": {"lossless": True}, "tiff": {}}
    for orientation in range(1, 9):
        stored = upright.transpose(undo[orientation]) if orientation > 1 else upright
        exif = Image.Exif()
        exif[0x0112] = orientation
        for extension, options in formats.items():
            yield f"{extension}-{orientation}.{extension}", stored, {"exif": exif, **options}, upright


def make_orientation():
    for name, stored, options, upright in turned():
        stored.save(FOLDER / name, **options)
        seen = ImageOps.exif_transpose(Image.open(FOLDER / name))
        assert seen.size == upright.size, f"{name} does not say how it is turned"


def check_orientation(results):
    for name, _, _, upright in turned():
        got = Image.open(results / (Path(name).stem + ".png"))
        compare(name, got, upright, 3 if name.endswith("jpg") else 0)
        if got.getexif().get(0x0112, 1) != 1:
            problem(name, "the result still says that it is turned")


# Densities
# --------------------------------------------------------------------------------------------------------------

ACROSS, DOWN, UNIT = 0x011A, 0x011B, 0x0128


def densities():
    """Photos by name, with what they are saved with and the density that they state."""
    for across, down in ((300, 300), (200, 100), (72, 72)):
        exif = Image.Exif()
        exif[0x0110], exif[ACROSS], exif[DOWN], exif[UNIT] = "camera", across, down, 2
        other = Image.Exif()
        other[ACROSS], other[DOWN], other[UNIT] = 96, 96, 2
        dpi = (across, down)
        kinds = {
            "own.jpg": {"dpi": dpi},
            "own.png": {"dpi": dpi},
            "own.tiff": {"dpi": dpi},
            "own.bmp": {"dpi": dpi},
            "exif.jpg": {"exif": exif},
            "exif.png": {"exif": exif},
            "exif.webp": {"exif": exif},
            "both.jpg": {"dpi": dpi, "exif": other},
            "both.png": {"dpi": dpi, "exif": other},
        }
        for name, options in kinds.items():
            yield f"{across}-{name.replace('.', '-')}.{name.split('.')[1]}", options, dpi


def make_density():
    image = Image.new("RGB", (64, 48), "teal")
    for name, options, _ in densities():
        image.save(FOLDER / name, **options)
        # Nothing by itself: what this states, EXIF does.
        if "-exif" in name and name.endswith("jpg"):
            assert Image.open(FOLDER / name).info.get("jfif_unit", 0) == 0, name


def check_density(results):
    for name, options, dpi in densities():
        (path,) = results.glob(Path(name).stem + ".*")
        got = Image.open(path)
        said = {}
        tags = got.tag_v2 if got.format == "TIFF" else got.getexif()
        if ACROSS in tags:
            said["tags"] = (float(tags[ACROSS]), float(tags[DOWN]))
            if tags.get(UNIT, 2) != 2:
                problem(name, f"the unit of the tags is {tags[UNIT]}")
        if got.format == "JPEG":
            if got.info.get("jfif_unit") != 1:
                problem(name, "JFIF names no unit")
            said["JFIF"] = got.info.get("jfif_density")
        if got.format == "PNG":
            said["pHYs"] = got.info.get("dpi")
        if not said:
            problem(name, f"{path.suffix} states no density")
        if got.format in ("JPEG", "PNG") and ("-exif" in name or "-both" in name) and "tags" not in said:
            problem(name, "the tags are gone")
        for where, value in said.items():
            # pHYs holds whole pixels per metre.
            if value is None or max(abs(a - b) for a, b in zip(value, dpi)) > 0.013:
                problem(name, f"{path.suffix} says {value} in {where}, expected {dpi}")


# AVIF
# ---------------------------------------------------------------------------------------------------------------------

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
)


def photos():
    smooth = lambda x, y, k: round(127.5 + 120 * math.sin(x / (9 + 4 * k)) * math.cos(y / (13 - 3 * k)))
    places = [(x, y) for y in range(150) for x in range(201)]
    for mode in ("RGB", "RGBA", "L"):
        image = Image.new(mode, (201, 150))
        bands = range(len(image.getbands()))
        data = [tuple(smooth(x, y, k) for k in bands) for x, y in places]
        image.putdata(data if len(bands) > 1 else [value for (value,) in data])
        yield mode, image


def make_avif():
    exif = Image.Exif()
    exif[0x0110] = "camera"
    for mode, image in photos():
        icc = PROFILES["grey" if mode == "L" else "p3"]
        image.save(
            FOLDER / f"{mode}.webp" if mode != "L" else FOLDER / "L.png",
            lossless=True,
            exact=True,
            exif=exif,
            xmp=XMP,
            icc_profile=None if mode == "L" else icc,
        )


def check_avif(results):
    assert features.check("avif"), "this Pillow reads no AVIF"
    for mode, image in photos():
        got = Image.open(results / f"{mode}.avif")
        expected = image.convert("RGB") if mode == "L" else image
        if (got.size, got.mode) != (expected.size, expected.mode):
            problem(mode, f"{got.size} {got.mode}")
            continue
        pairs = list(zip(got.tobytes(), expected.tobytes()))
        error = sum((a - b) ** 2 for a, b in pairs) / len(pairs)
        psnr = 10 * math.log10(255**2 / error) if error else 99
        print(f"{mode}: {psnr:.1f} dB")
        if psnr < 40:
            problem(mode, f"{psnr:.1f} dB from the original")
        if got.getexif().get(0x0110) != "camera":
            problem(mode, "the camera is gone")
        if mode != "L":
            if b"xmpmeta" not in got.info.get("xmp", b""):
                problem(mode, "XMP is gone")
            if got.info.get("icc_profile") != PROFILES["p3"]:
                problem(mode, "the profile is another")


# TIFF
# ---------------------------------------------------------------------------------------------------------------------

T4_OPTIONS, EXTRA_SAMPLES, UNASSOCIATED = 292, 338, 2


def tiffs():
    """Photos by name in every mode and compression that libtiff writes, and how far a result may be off."""
    places = [(x, y) for y in range(45) for x in range(67)]
    color = Image.new("RGB", (67, 45))
    color.putdata([(3 * x % 256, 5 * y % 256, x + y) for x, y in places])
    bilevel = Image.new("1", color.size)
    bilevel.putdata([255 * ((x // 5 + y // 3) % 3 == 0) for x, y in places])
    for compression in (None, "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        yield f"rgb-{compression}", color, {"compression": compression}, 2
        yield f"cmyk-{compression}", color.convert("CMYK"), {"compression": compression}, 2
        yield f"grey-{compression}", color.convert("L"), {"compression": compression}, 0
    for compression in (None, "packbits", "tiff_lzw", "tiff_ccitt", "group3", "group4"):
        yield f"bilevel-{compression}", bilevel, {"compression": compression}, 0
    for options in (1, 4):
        info = {"compression": "group3", "tiffinfo": {T4_OPTIONS: options}}
        yield f"bilevel-group3-{options}", bilevel, info, 0
    yield "palette", color.quantize(16), {"compression": "tiff_lzw"}, 0
    yield "clear", color.convert("RGBA").rotate(9), {"compression": "tiff_lzw"}, 0
    yield "clear-grey", color.convert("RGBA").rotate(9).convert("LA"), {}, 0
    yield "deep", color.convert("L").convert("I;16"), {"compression": "tiff_lzw"}, 0
    yield "luma-and-chroma", color.convert("YCbCr"), {}, 2
    # At the edge of what sRGB has, LittleCMS goes further from the original than we do.
    yield "lab", color.point(lambda level: 64 + level // 2).convert("LAB"), {}, 5


def make_tiff():
    for name, image, options, _ in tiffs():
        image.save(FOLDER / f"{name}.tif", **options)


def check_tiff(results):
    for name, _, _, most in tiffs():
        got, stored = Image.open(results / f"{name}.png"), Image.open(FOLDER / f"{name}.tif")
        if stored.mode == "LAB":
            lab = ImageCms.createProfile("LAB")
            stored = ImageCms.profileToProfile(stored, lab, SRGB, outputMode="RGB")
        compare(name, got, stored if stored.mode == got.mode else stored.convert(got.mode), most)


def make_transparency():
    for name, image, _, _ in tiffs():
        if name.startswith("clear"):
            image.save(FOLDER / f"{name}.png")


def check_transparency(results):
    for path in FOLDER.glob("*.png"):
        got = Image.open(results / f"{path.stem}.tiff")
        compare(path.stem, got, Image.open(path), 0)
        if got.tag_v2.get(EXTRA_SAMPLES) != (UNASSOCIATED,):
            problem(path.stem, f"the transparency is {got.tag_v2.get(EXTRA_SAMPLES)}")


if sys.argv[1] == "make":
    globals()[f"make_{KIND}"]()
else:
    globals()[f"check_{KIND}"](Path(sys.argv[4]))
print("\n".join(problems))
sys.exit(bool(problems))
