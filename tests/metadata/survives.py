"""docs/what-survives.md, made by trying it: survives.py SUPERVISOR prints the page.

Each thing that a photo may carry is in a photo of its own. The program makes results of all of them, in every
format and in several ways; ExifTool and Pillow say what has become of each thing. What photos of other
formats carry, and what their pictures are, comes behind it.
"""

import base64
import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image, PngImagePlugin

import blocks
import other_formats
import packets
from photos import jpeg_of, old, stored
from seen import cell, seen, table

sys.path.append(str(Path(__file__).parent.parent / "pillow"))
from profiles import PROFILES

FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "tiff": "TIFF", "avif": "AVIF"}
WAYS = {
    "Nothing done to the picture": [],
    "The picture is made smaller: `-f resize=60`": ["-f", "resize=60"],
    "The picture is cut and turned: `-f crop=1 -f rotate=90`": ["-f", "crop=1", "-f", "rotate=90"],
    "`--metadata copyright`": ["--metadata", "copyright"],
    "`--metadata strip`": ["--metadata", "strip"],
}
HEAD = """# What survives

What becomes of all that a photo carries besides its picture, in each format and in several ways. Made by a
test that runs the program and reads the results with ExifTool; do not edit.

- *kept*: it is in the result as it was.
- *changed*: it is there, and what it says now, or where it stands, is behind the colon.
- *dropped*: it is not in the result. With a *, the report says so.

"""
FAMILIES = ("gps", "location", "serial", "makernotes", "thumbnail", "people", "history", "comments")
LOSSLESS = """## `--lossless`

Of a JPEG that is turned or mirrored by its blocks (`-f rotate=90`), and of a WebP without loss,
"""
DROPPED = """## `--drop LIST`

What a JPEG no longer holds with each word of the list. An empty place: it is as without the option.

"""
OTHERS = """## Photos of other formats

What becomes of it in a JPEG, which has a place for nearly everything. An empty place: the format has none for
it, or the photo that was tried did not hold it. The last column is the preview of a raw photo, which
`--raw embedded` takes.

"""
PICTURES = """## The picture itself

What becomes of pictures that not every format can hold. Grey and palettes lose nothing where they become
colours.

"""
TAIL = """
The photos of the first five tables were JPEGs, except for the texts of a PNG. Only JPEGs hold what is said of
gain maps, further images, videos, content credentials and notes beside EXIF.

Of other formats, too, all is kept that a result has a place for: comments (GIF, PNM, Radiance HDR), XMP and
IPTC in a GIF, EXIF and XMP in an OpenEXR file, whose other attributes become texts. The rest is named:
further frames, layers, channels and images, what is behind the end of the picture, parts of kinds that
are not known.

Dropped without a word is what nobody misses: thumbnails of the old picture, and what is about the old file
alone. That is the time of its last change, its ground, histogram and suggested palettes (PNG), how often an
animation is shown (GIF), which JPEG it was made of and where its frames begin (JPEG XL), the windows and
previews of a scene (OpenEXR), by how much its numbers were multiplied (Radiance HDR), and up to 16 bytes
behind the end.
"""


class Thing(NamedTuple):
    """Something that a photo carries: in this file, under these names, given with which options."""

    name: str
    file: bytes
    tags: str
    options: tuple = ()
    extension: str = "jpg"


IMAGE, FACE = stored(1)
SIZE = IMAGE.size
PICTURE = jpeg_of(IMAGE, quality=92)
SMALL = old(1)
XMP = b"http://ns.adobe.com/xap/1.0/\0"


def with_exif(*left, **more):
    """A photo with a block of EXIF, or with one that has nothing but what is given."""
    return blocks.jpeg_with(PICTURE, (0xE1, b"Exif\0\0" + blocks.exif("MM", SIZE, *left, **more)))


def with_xmp(*properties):
    return blocks.jpeg_with(PICTURE, (0xE1, XMP + packets.xmp(*properties)))


def with_segments(*segments):
    return blocks.jpeg_with(PICTURE, *segments)


def with_resources(*resources):
    return with_segments((0xED, b"Photoshop 3.0\0" + blocks.resources(*resources)))


def with_extended():
    packet, segments = packets.extended(
        packets.xmp(packets.simple(xmp_Rating=4)),
        f"<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>{'word ' * 30_000}</rdf:li></rdf:Alt></dc:title>",
    )
    return with_segments((0xE1, XMP + packet), *segments)


def with_gain_map():
    meaning = packets.simple(hdrgm_Version="1.0", hdrgm_GainMapMax=2, hdrgm_HDRCapacityMax=2)
    gains = jpeg_of(IMAGE.convert("L").resize((SIZE[0] // 2, SIZE[1] // 2)), quality=92)
    gains = blocks.jpeg_with(gains, (0xE1, XMP + packets.xmp(meaning)))
    directory = packets.xmp_directory(("GainMap", "image/jpeg", len(gains)))
    packet = packets.xmp(packets.simple(hdrgm_Version="1.0"), directory)
    return blocks.with_pictures(PICTURE, [(0xE1, XMP + packet)], [gains])


def with_texts(**texts):
    chunks, file = PngImagePlugin.PngInfo(), io.BytesIO()
    for key, text in texts.items():
        chunks.add_text(key, text)
    IMAGE.save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def list_of(*items, kind="Bag"):
    return f"<rdf:{kind}>" + "".join(f"<rdf:li>{item}</rdf:li>" for item in items) + f"</rdf:{kind}>"


def things():
    creator = f"<dc:creator>{list_of('Ana', kind='Seq')}</dc:creator>"
    video = blocks.video()
    exif = with_exif()
    yield Thing("EXIF: camera, exposure, date", exif, r"(Model|ExposureTime|DateTimeOriginal)$")
    yield Thing("EXIF: author and copyright", exif, r"IFD0:(Artist|Copyright)$")
    author = {0x9C9D: (1, "Ana\0".encode("utf-16-le"))}, {}
    yield Thing("EXIF: author by Windows (XPAuthor)", with_exif(own=author), r"IFD0:XPAuthor$")
    yield Thing("EXIF: place (GPS)", exif, r"GPS:")
    yield Thing("EXIF: width in pixels", exif, r"ExifIFD:ExifImageWidth$")
    yield Thing("EXIF: orientation (1 is upright)", with_exif(6), r"Orientation$")
    yield Thing("EXIF: subject (middle, width, height)", with_exif(1, FACE), r"SubjectArea$")
    yield Thing("EXIF: thumbnail", with_exif(thumbnail=SMALL), r"ThumbnailImage$")
    noted = with_exif(note=blocks.olympus(SMALL))
    yield Thing("notes of the camera's maker", noted, r"CameraType$")
    yield Thing("preview in the maker's notes", noted, r"PreviewImage(Length)?$")
    hidden = with_exif(own=blocks.private([SMALL] * 3))
    yield Thing("EXIF: field that holds a picture", hidden, r"ExifIFD:UserComment$")
    yield Thing("resolution (dots per inch)", jpeg_of(IMAGE, quality=92, dpi=(300, 300)), r"^dpi$")
    colors = jpeg_of(IMAGE, quality=92, icc_profile=PROFILES["p3"])
    yield Thing("colour profile", colors, r"ProfileDescription$|ColorProfiles$")
    named = r"ProfileDescription$"
    yield Thing("the same, with `--color keep`", colors, named, ("--color", "keep"))
    yield Thing("XMP: rating, keywords", with_xmp(packets.simple(xmp_Rating=4),
        f"<dc:subject>{list_of('Lima')}</dc:subject>"), r"XMP-(xmp:Rating|dc:Subject)$")
    yield Thing("XMP: creator and rights", with_xmp(creator, packets.simple(xmpRights_Marked="True")),
        r"XMP-(dc:Creator|xmpRights:Marked)$")
    contact = "<Iptc4xmpCore:CreatorContactInfo rdf:parseType='Resource'>"
    contact += "<Iptc4xmpCore:CiEmailWork>ana@example.org</Iptc4xmpCore:CiEmailWork>"
    contact += "</Iptc4xmpCore:CreatorContactInfo>"
    yield Thing("XMP: credit and contact", with_xmp(packets.simple(photoshop_Credit="Ana"), contact),
        r"XMP-(photoshop:Credit|iptcCore:CreatorContactInfo)$")
    yield Thing("XMP: dates", with_xmp(packets.simple(xmp_CreateDate="2024-02-29")), r"XMP-xmp:CreateDate$")
    yield Thing("XMP: width in pixels", with_xmp(packets.xmp_sizes(SIZE)),
        r"XMP-(tiff:ImageWidth|exif:ExifImageWidth)$")
    yield Thing("XMP: longer than 64 KiB (extended)", with_extended(), r"XMP-dc:Title$")
    faces = with_xmp(packets.xmp_face(SIZE, FACE))
    yield Thing("XMP: faces (MWG: middle, width, height)", faces, r"RegionInfo$")
    yield Thing("XMP: faces (Microsoft: corner, width, height)", faces, r"RegionInfoMP$")
    yield Thing("XMP: faces (ACDSee: middle, width, height)", with_xmp(packets.xmp_acdsee(SIZE, FACE)),
        r"XMP-acdsee-rs:Regions$")
    yield Thing("XMP: region (IPTC: corner, width, height)", with_xmp(packets.xmp_region(FACE)),
        r"ImageRegion$")
    yield Thing("XMP: subject (middle, width, height)", with_xmp(packets.xmp_subject(FACE)),
        r"XMP-exif:SubjectArea$")
    yield Thing("XMP: pixels on the sensor", with_xmp(packets.xmp_sensor(4000, 5000)),
        r"FocalPlane.Resolution$")
    yield Thing("XMP: optical centre of a drone's lens", with_xmp(packets.xmp_lens(SIZE)),
        r"CalibratedOpticalCenter.$")
    yield Thing("XMP: page in pixels (width, height)", with_xmp(packets.xmp_page(SIZE)), r"MaxPageSize$")
    yield Thing("XMP: panorama (GPano: width, height)", with_xmp(packets.xmp_panorama(SIZE)),
        r"XMP-GPano:(Pr|Full)")
    yield Thing("XMP: crop of Camera Raw", with_xmp(packets.xmp_crop()), r"XMP-crs:(HasCrop|CropTop)$")
    yield Thing("XMP: gradients, brushes, retouching of Camera Raw", with_xmp(packets.xmp_masks()),
        r"XMP-crs:(GradientBased|PaintBased|Retouch)")
    yield Thing("XMP: crop of Photo Mechanic", with_xmp(packets.xmp_crop_of_photo_mechanic(SIZE)),
        r"XMP-photomech:Crop")
    yield Thing("XMP: other settings of Camera Raw", with_xmp(packets.simple(crs_Tint=5)), r"XMP-crs:Tint$")
    yield Thing("XMP: thumbnail", with_xmp(packets.xmp_thumbnail(SMALL)), r"XMP-xmp:Thumbnails$")
    yield Thing("XMP: depth map", with_xmp(packets.xmp_depth(SMALL)),
        r"XMP-(GDepth|GImage):Data$|DepthImage$")
    hidden = with_xmp(packets.xmp_own(SMALL), packets.xmp_sealed())
    yield Thing("XMP: property that holds a picture", hidden, r"XMP-own:")
    yield Thing("XMP: sealed notes of Google's HDR+", hidden, r"HdrPlusMakernote$")
    words = with_resources((0x0404, blocks.iptc((95, b"Lima"), (80, b"Ana"), (116, b"Ana"), (202, SMALL))))
    yield Thing("IPTC: words, such as the state", words, r"(IPTC:Province-State|XMP-photoshop:State)$")
    author = r"(IPTC:(By-line|CopyrightNotice)|IFD0:(Artist|Copyright))$"
    yield Thing("IPTC: author and copyright", words, author)
    yield Thing("IPTC: preview", words, r"IPTC:ObjectPreviewData$")
    whole = with_resources((0x0404, blocks.iptc((105, b"Lima")) + blocks.iptc_object(SMALL)))
    yield Thing("IPTC: the photo itself (record 8)", whole, r"IPTC:(SubFile|.*ObjectSize.*)$")
    rights = with_resources((0x040A, b"\1"), (0x040B, b"https://example.org"))
    yield Thing("Photoshop: copyright flag, URL", rights, r"Photoshop:(CopyrightFlag|URL)$")
    yield Thing("Photoshop: clipping path", with_resources(*blocks.path()), r"Photoshop:ClippingPathName$")
    small = with_resources(blocks.photoshop_thumbnail(SMALL, (48, 32)))
    yield Thing("Photoshop: thumbnail", small, r"PhotoshopThumbnail$")
    yield Thing("comment", with_segments((0xFE, b"Lima")), r"Comment$")
    yield Thing("comment that speaks of copyright", with_segments((0xFE, b"(c) Ana")), r"Comment$")
    yield Thing("comment that holds a picture", with_segments((0xFE, base64.b64encode(SMALL))), r"Comment$")
    owned = with_texts(Author="Ana", Copyright="(c) Ana")
    yield Thing("PNG: author and copyright", owned, r":(Author|Artist|Copyright)$", (), "png")
    yield Thing("PNG: other texts", with_texts(Title="Lima"), r":(Title|Comment)$", (), "png")
    coded = with_texts(Preview=base64.b64encode(SMALL).decode())
    yield Thing("PNG: text that holds a picture", coded, r":(Preview|Comment)$", (), "png")
    hdr = with_gain_map()
    yield Thing("HDR gain map (its pixels)", hdr, r"^gain map$")
    yield Thing("the same, with `-f brightness`", hdr, r"^gain map$", ("-f", "brightness"))
    yield Thing("the same, with `--hdr drop`", hdr, r"^gain map$", ("--hdr", "drop"))
    yield Thing("further images (MPF)", blocks.with_pictures(PICTURE, [], [SMALL]), r"MPImage2$")
    motion = with_xmp(packets.xmp_motion(len(video))) + video
    yield Thing("video of a motion photo", motion, r"XMP-GCamera:|Trailer|MotionPhotoVideo$")
    yield Thing("content credentials (C2PA)", with_segments((0xEB, blocks.credentials())), r"JUMBF|JUMD")
    yield Thing("heat as measured (FLIR)", with_segments((0xE1, blocks.thermal())), r"RawThermalImage$")
    yield Thing("notes beside EXIF (GoPro)", with_segments((0xE6, blocks.gopro())), r"GoPro:Model$")
    web = with_segments((0xEC, blocks.ducky("Lima", "(c) Ana")))
    yield Thing("Photoshop's copyright for the web (Ducky)", web, r"(Ducky|IFD0|PNG):Copyright$")
    yield Thing("Photoshop's quality for the web (Ducky)", web, r"Ducky:Quality$")
    yield Thing("data of unknown kinds", with_segments((0xE9, b"whatever it is")), r"^unknown$")


# What has become of them
# ----------------------------------------------------------------------------------------------------------


def results(supervisor, inputs, options, folder):
    """What has become of all things."""
    paths, details = [], []
    for number, (extra, photos) in enumerate(inputs.items()):
        out = folder / str(number)
        subprocess.run([supervisor, "run", photos, "-o", out, "--quiet", *options, *extra], check=True)
        images = json.loads((out / ".supervisor/report.json").read_text())["images"]
        paths += [Path(image["output"]) for image in images]
        details += [image["detail"] for image in images]
    return seen(paths, details)


def column(supervisor, inputs, before, options, things):
    """The cells of these things, by their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        after = results(supervisor, inputs, options, Path(folder))
        both = ((before[n].of(thing.tags), after[n], thing.tags) for n, thing in things.items())
        return [cell(old_ones, now.of(tags), now.detail) for old_ones, now, tags in both]


def without_loss(supervisor, jpegs, before):
    """What `--lossless` makes another."""
    made = {number: thing for number, thing in enumerate(THINGS) if jpegs_alone(thing)}
    of = lambda *options: column(supervisor, {(): jpegs}, before, options, made)
    turned = ("--format", "jpeg", "--color", "keep", "-f", "rotate=90")
    still = ("--format", "webp")
    columns = [of(*turned), of(*turned, "--lossless"), of(*still), of(*still, "--lossless")]
    rows = zip((thing.name for thing in made.values()), *columns, strict=True)
    others = [row for row in rows if row[1] != row[2] or row[3] != row[4]]
    if not others:
        return "all of this is in the result as without the option.\n\n"
    columns = ["JPEG", "JPEG, `--lossless`", "WebP", "WebP, `--lossless`"]
    return "this is another than without the option:\n\n" + table(columns, others)


def jpegs_alone(thing):
    return thing.extension == "jpg" and not thing.options


def left_out(supervisor, jpegs, before):
    """What each word of `--drop` takes."""
    made = {number: thing for number, thing in enumerate(THINGS) if jpegs_alone(thing)}
    of = lambda *options: column(supervisor, {(): jpegs}, before, ["--format", "jpeg", *options], made)
    usual, columns = of(), [of("--drop", family) for family in FAMILIES]
    rows = zip((thing.name for thing in made.values()), usual, *columns, strict=True)
    told = lambda row: [row[0], *("" if one == row[1] else one for one in row[2:])]
    return table([f"`{family}`" for family in FAMILIES], (row for row in map(told, rows) if any(row[1:])))


def run_all(supervisor, folder, out, *options):
    """The results of a folder of photos, by the numbers of their names."""
    subprocess.run([supervisor, "run", folder, "-o", out, "--quiet", *options], check=True)
    images = json.loads((out / ".supervisor/report.json").read_text())["images"]
    return seen([Path(image["output"]) for image in images], [image["detail"] for image in images])


def of_other_formats(supervisor, folder):
    photos, out = folder / "others", folder / "out"
    photos.mkdir()
    for number, (ending, content) in enumerate(other_formats.PHOTOS.values()):
        (photos / f"{number}.{ending}").write_bytes(content)
    before = seen(sorted(photos.iterdir()))
    usual = run_all(supervisor, photos, out / "usual", "--format", "jpeg", "--color", "keep")
    raw = run_all(supervisor, photos, out / "raw", "--format", "jpeg", "--color", "keep", "--raw", "embedded")
    last = len(before) - 1
    pairs = [(before[n], usual[n]) for n in range(last + 1)] + [(before[last], raw[last])]
    rows = []
    for name, tags in other_formats.CARRIED.items():
        cells = [(old_one.of(tags), now.of(tags), now.detail) for old_one, now in pairs]
        rows.append([name, *(cell(*one) if one[0] else "" for one in cells)])
    return table([*other_formats.PHOTOS, "DNG, its preview"], rows)


def of_pictures(supervisor, folder):
    photos, out = folder / "pictures", folder / "made"
    photos.mkdir()
    kinds = other_formats.PICTURES
    for number, (ending, content, _) in enumerate(kinds.values()):
        (photos / f"{number}.{ending}").write_bytes(content)
    before = seen(sorted(photos.iterdir()))
    columns = []
    for name in FORMATS:
        after = run_all(supervisor, photos, out / name, "--format", name)
        aspects = [kind for _, _, kind in kinds.values()]
        is_of = lambda photo, kind: other_formats.aspect(photo.path, photo.tags, kind)
        cells = []
        for number, kind in enumerate(aspects):
            now = is_of(after[number], kind)
            star = r"\*" if after[number].detail else ""
            cells.append("kept" if now == is_of(before[number], kind) else now + star)
        columns.append(cells)
    return table(FORMATS.values(), zip(kinds, *columns, strict=True))


def page(supervisor, folder):
    inputs = {thing.options: folder / str(number) for number, thing in enumerate(THINGS)}
    for number, thing in enumerate(THINGS):
        inputs[thing.options].mkdir(exist_ok=True)
        (inputs[thing.options] / f"{number:02}.{thing.extension}").write_bytes(thing.file)
    before = seen([path for photos in inputs.values() for path in photos.iterdir()])
    for number, thing in enumerate(THINGS):
        assert before[number].of(thing.tags), f"{thing.name}: not in its photo"
    text = HEAD
    everything = dict(enumerate(THINGS))
    for way, options in WAYS.items():
        of = lambda name: column(supervisor, inputs, before, [*options, "--format", name], everything)
        rows = zip((thing.name for thing in THINGS), *map(of, FORMATS), strict=True)
        text += f"## {way}\n\n" + table(FORMATS.values(), rows)
    jpegs = folder / "jpegs"
    jpegs.mkdir()
    for number, thing in enumerate(THINGS):
        if jpegs_alone(thing):
            (jpegs / f"{number:02}.jpg").write_bytes(thing.file)
    text += LOSSLESS + without_loss(supervisor, jpegs, before)
    text += DROPPED + left_out(supervisor, jpegs, before)
    text += OTHERS + of_other_formats(supervisor, folder)
    text += PICTURES + of_pictures(supervisor, folder)
    return text.rstrip() + "\n" + TAIL


THINGS = list(things())
with tempfile.TemporaryDirectory() as scratch:
    print(page(sys.argv[1], Path(scratch)), end="")
