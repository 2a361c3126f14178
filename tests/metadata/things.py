"""What photos may carry, each thing in a photo of its own: for docs/what-survives.md."""

import base64
import io
import sys
from pathlib import Path
from typing import NamedTuple

from PIL import PngImagePlugin

import blocks
import packets
from photos import jpeg_of, old, stored

sys.path.append(str(Path(__file__).parent.parent / "pillow"))
from profiles import PROFILES

# In which words the report names comments and texts that are lost.
LOST_TEXTS = "no place for comments|comments or texts that hold a picture"


class Thing(NamedTuple):
    """Something that a photo carries: in this file, under these names, given with which options, and in which
    words the report names it where it is lost; nothing if it is not named."""

    name: str
    file: bytes
    tags: str
    options: tuple = ()
    extension: str = "jpg"
    named: str | None = None


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
    numbers = with_exif(own=({}, {0xA431: "4711", 0xA435: "0815"}))
    yield Thing("EXIF: serial numbers", numbers, r"ExifIFD:(Lens)?SerialNumber$")
    yield Thing("EXIF: history", with_exif(own=({}, {0x9213: "cut"})), r"ExifIFD:ImageHistory$")
    yield Thing("EXIF: thumbnail", with_exif(thumbnail=SMALL), r"ThumbnailImage$")
    noted = with_exif(note=blocks.olympus(SMALL))
    yield Thing("notes of the camera's maker", noted, r"CameraType$", named="notes of the camera's maker")
    yield Thing("preview in the maker's notes", noted, r"PreviewImage(Length)?$",
        named="notes of the camera's maker|the camera's own preview")
    hidden = with_exif(own=blocks.private([SMALL] * 3))
    yield Thing("EXIF: field that holds a picture", hidden, r"ExifIFD:UserComment$",
        named="fields of the EXIF block that hold a picture")
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
    place = with_xmp(packets.simple(photoshop_City="Lima", photoshop_Country="Peru"))
    yield Thing("XMP: city, country", place, r"XMP-photoshop:(City|Country)$")
    number = with_xmp(packets.simple(aux_SerialNumber=4711))
    yield Thing("XMP: serial number", number, r"XMP-aux:SerialNumber$")
    steps = f"<xmpMM:DerivedFrom rdf:parseType='Resource'>{packets.simple(xmpMM_instanceID=1)}"
    steps += "</xmpMM:DerivedFrom>"
    history = with_xmp(packets.simple(photoshop_History="cut"), steps)
    yield Thing("XMP: history, sources", history, r"XMP-(photoshop:History|xmpMM:DerivedFrom)$")
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
        r"CalibratedOpticalCenter.$", named="what was noted of the lens")
    yield Thing("XMP: page in pixels (width, height)", with_xmp(packets.xmp_page(SIZE)), r"MaxPageSize$")
    yield Thing("XMP: panorama (GPano: width, height)", with_xmp(packets.xmp_panorama(SIZE)),
        r"XMP-GPano:(Pr|Full)", named="the notes for panorama viewers")
    yield Thing("XMP: crop of Camera Raw", with_xmp(packets.xmp_crop()), r"XMP-crs:(HasCrop|CropTop)$",
        named="settings of Camera Raw")
    yield Thing("XMP: gradients, brushes, retouching of Camera Raw", with_xmp(packets.xmp_masks()),
        r"XMP-crs:(GradientBased|PaintBased|Retouch)", named="settings of Camera Raw")
    yield Thing("XMP: crop of Photo Mechanic", with_xmp(packets.xmp_crop_of_photo_mechanic(SIZE)),
        r"XMP-photomech:Crop", named="the crop that was noted")
    yield Thing("XMP: other settings of Camera Raw", with_xmp(packets.simple(crs_Tint=5)), r"XMP-crs:Tint$")
    yield Thing("XMP: thumbnail", with_xmp(packets.xmp_thumbnail(SMALL)), r"XMP-xmp:Thumbnails$")
    yield Thing("XMP: depth map", with_xmp(packets.xmp_depth(SMALL)),
        r"XMP-(GDepth|GImage):Data$|DepthImage$", named="the depth map")
    yield Thing("XMP: property that holds a picture", with_xmp(packets.xmp_own(SMALL)), r"XMP-own:",
        named="properties in the XMP block")
    yield Thing("XMP: sealed notes of Google's HDR+", with_xmp(packets.xmp_sealed()), r"HdrPlusMakernote$",
        named="properties in the XMP block")
    words = with_resources((0x0404, blocks.iptc((95, b"Lima"), (80, b"Ana"), (116, b"Ana"), (202, SMALL))))
    yield Thing("IPTC: words, such as the state", words, r"(IPTC:Province-State|XMP-photoshop:State)$")
    author = r"(IPTC:(By-line|CopyrightNotice)|IFD0:(Artist|Copyright))$"
    yield Thing("IPTC: author and copyright", words, author)
    yield Thing("IPTC: preview", words, r"IPTC:ObjectPreviewData$")
    whole = with_resources((0x0404, blocks.iptc((105, b"Lima")) + blocks.iptc_object(SMALL)))
    yield Thing("IPTC: the photo itself (record 8)", whole, r"IPTC:(SubFile|.*ObjectSize.*)$",
        named="IPTC block that hold a picture|IPTC: .*8:10")
    rights = with_resources((0x040A, b"\1"), (0x040B, b"https://example.org"))
    yield Thing("Photoshop: copyright flag, URL", rights, r"Photoshop:(CopyrightFlag|URL)$",
        named="Photoshop's notes on copyright")
    yield Thing("Photoshop: clipping path", with_resources(*blocks.path()), r"Photoshop:ClippingPathName$",
        named="Photoshop's notes on .*paths|clipping paths")
    small = with_resources(blocks.photoshop_thumbnail(SMALL, (48, 32)))
    yield Thing("Photoshop: thumbnail", small, r"PhotoshopThumbnail$")
    yield Thing("comment", with_segments((0xFE, b"Lima")), r"Comment$", named=LOST_TEXTS)
    yield Thing("comment that speaks of copyright", with_segments((0xFE, b"(c) Ana")), r"Comment$",
        named=LOST_TEXTS)
    yield Thing("comment that holds a picture", with_segments((0xFE, base64.b64encode(SMALL))), r"Comment$",
        named=LOST_TEXTS)
    owned = with_texts(Author="Ana", Copyright="(c) Ana")
    yield Thing("PNG: author and copyright", owned, r":(Author|Artist|Copyright)$", (), "png")
    yield Thing("PNG: other texts", with_texts(Title="Lima"), r":(Title|Comment)$", (), "png",
        named=LOST_TEXTS)
    coded = with_texts(Preview=base64.b64encode(SMALL).decode())
    yield Thing("PNG: text that holds a picture", coded, r":(Preview|Comment)$", (), "png", named=LOST_TEXTS)
    hdr = with_gain_map()
    yield Thing("HDR gain map (its pixels)", hdr, r"^gain map$", named="HDR gain map")
    yield Thing("the same, with `-f brightness`", hdr, r"^gain map$", ("-f", "brightness"),
        named="HDR gain map")
    yield Thing("the same, with `--hdr drop`", hdr, r"^gain map$", ("--hdr", "drop"))
    yield Thing("further images (MPF)", blocks.with_pictures(PICTURE, [], [SMALL]), r"MPImage2$",
        named="further images")
    motion = with_xmp(packets.xmp_motion(len(video))) + video
    yield Thing("video of a motion photo", motion, r"XMP-GCamera:|Trailer|MotionPhotoVideo$",
        named="the video of the motion photo")
    yield Thing("content credentials (C2PA)", with_segments((0xEB, blocks.credentials())), r"JUMBF|JUMD",
        named="content credentials")
    yield Thing("heat as measured (FLIR)", with_segments((0xE1, blocks.thermal())), r"RawThermalImage$",
        named="the measurements of the thermal camera")
    yield Thing("notes beside EXIF (GoPro)", with_segments((0xE6, blocks.gopro())), r"GoPro:Model$",
        named="notes of the camera beside EXIF")
    web = with_segments((0xEC, blocks.ducky("Lima", "(c) Ana")))
    yield Thing("Photoshop's copyright for the web (Ducky)", web, r"(Ducky|IFD0|PNG):Copyright$")
    yield Thing("Photoshop's quality for the web (Ducky)", web, r"Ducky:Quality$",
        named="how it had written the old file")
    yield Thing("data of unknown kinds", with_segments((0xE9, b"whatever it is")), r"^unknown$",
        named="data of a kind that is not known")


THINGS = list(things())
