"""Photos that carry whatever tells of their picture, and a look, by ExifTool and Pillow, at what is left of
it in results.

    traces.py make FOLDER             writes photos
    traces.py check RESULTS [tilted]  prints what tells of the old picture, and exits with 1 if anything does;
                                      of tilted ones, nothing is expected to say where the face is
"""

import base64
import re
import sys
from pathlib import Path

from PIL import Image, PngImagePlugin

import blocks
import packets
from photos import jpeg_of, old, stored, tags_of

OLD = [old(number) for number in range(1, 15)]
THUMBNAIL, PREVIEW, RESOURCE, IN_XMP, DEPTH, SECOND, IN_IPTC, OBJECT, OWN, COMMENT, PATH, *IN_FIELDS = OLD
NOTES = {"nikon": blocks.nikon, "casio": blocks.casio, "olympus": blocks.olympus, "sony": blocks.sony}


def packet(size, orientation, face, *more):
    return packets.xmp(
        "<dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>© Ana</rdf:li></rdf:Alt></dc:rights>",
        packets.xmp_sizes(size, orientation),
        packets.xmp_samples(),
        packets.xmp_face(size, face),
        packets.xmp_panorama(size),
        packets.xmp_crop(),
        packets.xmp_masks(),
        packets.xmp_crop_of_photo_mechanic(size),
        packets.xmp_region(face),
        packets.xmp_acdsee(size, face),
        packets.xmp_subject(face),
        packets.xmp_sensor(size[0] * 100, size[1] * 100),
        packets.xmp_lens(size),
        packets.xmp_page(size),
        packets.xmp_thumbnail(IN_XMP),
        packets.xmp_own(OWN),
        packets.xmp_sealed(),
        *more,
    )


def photoshop():
    notes = blocks.iptc((80, b"Ana"), (200, b"\0\x0b"), (201, b"\0\1"), (202, IN_IPTC), (231, OWN))
    notes += blocks.iptc_object(OBJECT)
    small = blocks.photoshop_thumbnail(RESOURCE, (48, 32))
    return notes, blocks.resources((0x0404, notes), (0x040A, b"\1"), small, *blocks.path(), (0x07D5, PATH))


def write_jpeg(path, orientation, order, maker=None):
    image, face = stored(orientation)
    note = NOTES[maker](PREVIEW) if maker else None
    own = blocks.private(IN_FIELDS)
    exif = blocks.exif(order, image.size, orientation, face, note, THUMBNAIL, own=own)
    video = blocks.video()
    xmp = packet(image.size, orientation, face, packets.xmp_motion(len(video)))
    xmp, rest = packets.extended(xmp, packets.xmp_depth(DEPTH))
    segments = [
        (0xE1, b"Exif\0\0" + exif),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp),
        *rest,
        (0xED, b"Photoshop 3.0\0" + photoshop()[1]),
        (0xE1, blocks.thermal()),
        (0xEB, blocks.credentials()),
        (0xE6, blocks.gopro()),
        (0xE7, b"PENTAX \0" + PREVIEW),
        (0xFE, b"\xa9 Ana"),
        (0xFE, COMMENT[:700]),
        (0xFE, COMMENT[700:]),
        (0xFE, b"thumbnail: " + base64.b64encode(OWN)),
    ]
    jpeg = blocks.with_pictures(jpeg_of(image, quality=92), segments, [SECOND])
    path.write_bytes(jpeg + video)


def write_hdr(path, orientation):
    """A photo with an HDR gain map, in which the face is bright too."""
    image, face = stored(orientation)
    gains = image.convert("L").point(lambda level: 255 if level > 128 else 0)
    gains = gains.resize((image.width // 2, image.height // 2))
    meaning = packets.simple(hdrgm_Version="1.0", hdrgm_GainMapMax=2, hdrgm_HDRCapacityMax=2)
    gain_map = blocks.jpeg_with(jpeg_of(gains, quality=92), (0xE1, XMP_IN_JPEG + packets.xmp(meaning)))
    directory = packets.xmp_directory(("GainMap", "image/jpeg", len(gain_map)))
    xmp = packet(image.size, orientation, face, packets.simple(hdrgm_Version="1.0"), directory)
    exif = blocks.exif("II", image.size, orientation, face, None, THUMBNAIL)
    segments = [(0xE1, b"Exif\0\0" + exif), (0xE1, XMP_IN_JPEG + xmp)]
    path.write_bytes(blocks.with_pictures(jpeg_of(image, quality=92), segments, [gain_map]))


XMP_IN_JPEG = b"http://ns.adobe.com/xap/1.0/\0"


def write_png(path, orientation):
    image, face = stored(orientation)
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", packet(image.size, orientation, face).decode())
    texts.add_text("Comment", "Lima")
    texts.add_text("preview", base64.encodebytes(COMMENT).decode())
    texts.add_text("more", PATH.hex(), zip=True)
    texts.add_text("Thumb::Image::Width", str(image.width))
    profile = photoshop()[1]
    texts.add_text("Raw profile type 8bim", f"\n8bim\n{len(profile):8}\n{profile.hex()}\n", zip=True)
    own = blocks.private(IN_FIELDS)
    exif = blocks.exif("MM", image.size, orientation, face, blocks.nikon(PREVIEW), THUMBNAIL, own=own)
    image.save(path, pnginfo=texts, exif=exif)


def write_webp(path, orientation):
    image, face = stored(orientation)
    own = blocks.private(IN_FIELDS)
    exif = blocks.exif("II", image.size, orientation, face, blocks.olympus(PREVIEW), THUMBNAIL, own=own)
    image.save(path, quality=92, exif=exif, xmp=packet(image.size, orientation, face))


def write_tiff(path, orientation):
    image, face = stored(orientation)
    notes, found = photoshop()
    more = {
        700: (1, packet(image.size, orientation, face)),
        33723: (7, notes),
        34377: (1, found),
    }
    note = blocks.casio(PREVIEW)
    own = blocks.private(IN_FIELDS)
    path.write_bytes(
        blocks.exif("II", image.size, orientation, face, note, THUMBNAIL, image.tobytes(), more, own)
    )


# How each photo is stored.
ORIENTATIONS = {
    "plain": 1,
    "nikon": 6,
    "casio": 8,
    "olympus": 3,
    "sony": 5,
    "hdr": 6,
    "text": 6,
    "riff": 8,
    "pages": 1,
}


def make(folder):
    for name, order in (("plain", "II"), ("nikon", "MM"), ("casio", "MM"), ("olympus", "II"), ("sony", "II")):
        maker = name if name in NOTES else None
        write_jpeg(folder / f"{name}.jpg", ORIENTATIONS[name], order, maker)
    write_hdr(folder / "hdr.jpg", ORIENTATIONS["hdr"])
    write_png(folder / "text.png", ORIENTATIONS["text"])
    write_webp(folder / "riff.webp", ORIENTATIONS["riff"])
    write_tiff(folder / "pages.tif", ORIENTATIONS["pages"])


# What is left
# ----------------------------------------------------------------------------------------------------------

# Tags that speak of another picture, or of a part of the old one.
OTHERS = re.compile(
    "Thumbnail|Preview|OtherImage|JpgFromRaw|MPImage|MotionPhoto|MicroVideo|Video|GDepth|GImage|JUMBF|JUMD"
    "|C2PA|HasExtended|Thermal|Directory(Item|Mime|Length)|FLIR|HdrPlus|SubFile|ObjectSize"
)
# Those that go by shares of the picture's edges, and are right as long as the whole of it is there.
SHARES = re.compile(
    "^(HasCrop|Crop(Top|Left|Right)|ClippingPathName|Photoshop_0x07d0|(Gradient|Paint)BasedCorrections"
    "|RetouchInfo|PrincipalPoint|Calibrated.*)$"
)
# Those that are so many times an edge of a picture of which the whole is there.
MULTIPLES = {
    "XMP-exif:FocalPlaneXResolution": (0, 100),
    "XMP-exif:FocalPlaneYResolution": (1, 100),
    "XMP-drone-dji:CalibratedFocalLength": (0, 10),
    "XMP-drone-dji:CalibratedOpticalCenterX": (0, 0.5),
    "XMP-drone-dji:CalibratedOpticalCenterY": (1, 0.5),
}
EDGES = {
    "ImageWidth ExifImageWidth RelatedImageWidth FullPanoWidthPixels CroppedAreaImageWidthPixels": 0,
    "ImageHeight ExifImageHeight RelatedImageHeight FullPanoHeightPixels CroppedAreaImageHeightPixels": 1,
}
EDGES = {name: edge for names, edge in EDGES.items() for name in names.split()}
problems = []


def traces():
    """Bytes of every old picture, as they are and as text: in one line or in several, in hexadecimal digits,
    and in letters of two bytes."""
    for number, jpeg in enumerate(OLD, start=1):
        data = jpeg[jpeg.index(b"\xff\xda") + 14 : -2]
        for at in range(0, len(data) - 24, len(data) // 8):
            yield number, data[at : at + 24]
            yield number, data[at : at + 24].hex().encode()
        text = base64.b64encode(jpeg)
        for at in range(len(text) // 2 // 76 * 76, len(text) - 32, 76):
            yield number, text[at : at + 32]
            yield number, text[at : at + 32].decode().encode("utf-16-le")


def near(one, other, most):
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def check(path, tags, tilted):
    problem = lambda what: problems.append(f"{path.name}: {what}")
    image, content = Image.open(path), path.read_bytes()
    for number, trace in traces():
        if trace in content:
            problem(f"old picture {number} is in it")
            break
    bright = image.convert("L")
    limit = max(128, bright.getextrema()[1] * 0.6)
    seen = bright.point(lambda level: 255 if level > limit else 0).getbbox()
    # Shares are those of the picture as it is stored.
    before, face = stored(ORIENTATIONS[path.stem])
    in_shares = lambda box, size: [edge / size[n % 2] for n, edge in enumerate(box)]
    whole = seen and near(in_shares(seen, image.size), in_shares(face, before.size), 0.03)
    has_map = check_gain_map(path, content, tags, problem)
    for name, value in tags.items():
        group, _, tag = name.rpartition(":")
        of_map = has_map and (group.startswith("MPImage") or group == "XMP-Container")
        if OTHERS.search(f"{group} {tag}") and not of_map or SHARES.search(tag) and not whole:
            problem(f"{name} is {str(value)[:60]}")
        if tag in EDGES and value != image.size[EDGES[tag]]:
            problem(f"{name} is {value} in a picture of {image.size}")
        if (whole or tilted) and name in MULTIPLES:
            edge, factor = MULTIPLES[name]
            if not near([value], [image.size[edge] * factor], image.size[edge] * factor / 50):
                problem(f"{name} is {value} in a picture of {image.size}")
        if name == "XMP-photomech:CropRight" and (not whole or image.size != before.size):
            problem(f"{name} is {value}")
        if tag == "DewarpData" and (not whole or image.size != before.size):
            problem(f"{name} is {value}")
        if tag == "MaxPageSize" and (value["W"], value["H"]) != image.size:
            problem(f"{name} is {value} in a picture of {image.size}")
        samples = len(image.getbands())
        if tag == "SamplesPerPixel" and value != samples:
            problem(f"{name} is {value} of {samples}")
        if tag == "BitsPerSample" and (group == "IFD0" or group.startswith("XMP")):
            bits = value if isinstance(value, list) else [int(bits) for bits in str(value).split()]
            if bits != [8] * samples:
                problem(f"{name} is {value}")
        if tag == "PhotometricInterpretation" and (value == 1) != (samples == 1):
            problem(f"{name} is {value}")
        if name == "XMP-tiff:Compression":
            problem(f"{name} is {value}")
        if tag == "Orientation" and value != 1:
            problem(f"{name} is {value}")
    check_faces(image.size, seen, tags, tilted, problem)


def check_gain_map(path, content, tags, problem):
    """Whether there is one. A JPEG holds no other picture beside it; in image data no start of one occurs."""
    announced = any("hdrgm" in name.lower() for name in tags)
    if announced and path.suffix != ".jpg":
        problem("a gain map is announced, for which there is no place")
    if path.suffix == ".jpg" and content.count(b"\xff\xd8\xff") != 1 + announced:
        problem(f"there are {content.count(bytes([255, 216, 255]))} JPEGs in it")
    return announced


def check_faces(size, seen, tags, tilted, problem):
    """What says where the face is says it rightly; it may be silent where not all of the face is there."""
    width, height = size
    said = {}
    for face in (tags.get("XMP-mwg-rs:RegionInfo") or {}).get("RegionList", []):
        area = face["Area"]
        x, y, w, h = (float(area[edge]) for edge in "XYWH")
        said["mwg-rs"] = [x * width, y * height, w * width, h * height]
        if list((tags["XMP-mwg-rs:RegionInfo"]["AppliedToDimensions"][e] for e in "WH")) != [width, height]:
            problem("a region applies to another size")
    for face in (tags.get("XMP-MP:RegionInfoMP") or {}).get("Regions", []):
        x, y, w, h = (float(share) for share in face["Rectangle"].split(","))
        said["MP"] = [(x + w / 2) * width, (y + h / 2) * height, w * width, h * height]
    acdsee = tags.get("XMP-acdsee-rs:Regions") or {}
    for face in acdsee.get("RegionList", []):
        x, y, w, h = (float(face["DLYArea"][edge]) for edge in "XYWH")
        said["acdsee"] = [x * width, y * height, w * width, h * height]
        if [acdsee["AppliedToDimensions"][edge] for edge in "WH"] != [width, height]:
            problem("a region of ACDSee applies to another size")
    for region in tags.get("XMP-iptcExt:ImageRegion") or []:
        x, y, w, h = (float(region["RegionBoundary"][f"Rb{edge}"]) for edge in "XYWH")
        said["IPTC"] = [x + w / 2, y + h / 2, w, h]
    if subject := tags.get("ExifIFD:SubjectArea"):
        said["SubjectArea"] = [float(number) for number in str(subject).split()]
    if subject := tags.get("XMP-exif:SubjectArea"):
        said["XMP subject"] = [float(number) for number in subject]
    if seen is None or tilted:
        whole = False
    else:
        left, top, right, bottom = seen
        expected = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
        whole = left > 2 and top > 2 and right < width - 2 and bottom < height - 2
        for name, numbers in said.items():
            if not near(numbers, expected, 4):
                problem(f"{name} says {numbers}, the face is at {expected}")
    for name in ("mwg-rs", "MP", "acdsee", "IPTC", "SubjectArea", "XMP subject"):
        if whole and name not in said:
            problem(f"{name} does not say any more where the face is")
        if not whole and tilted and name in said:
            problem(f"{name} speaks of a face that is tilted")


def check_all(results, tilted):
    paths = sorted(path for path in results.iterdir() if path.is_file())
    assert paths, "there are no results"
    for path, tags in zip(paths, tags_of(paths), strict=True):
        check(path, tags, tilted)
    print("\n".join(problems))
    sys.exit(bool(problems))


if sys.argv[1] == "make":
    make(Path(sys.argv[2]))
else:
    check_all(Path(sys.argv[2]), "tilted" in sys.argv)
