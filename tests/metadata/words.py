"""Words about a photo, held against ExifTool, which writes the photos and reads the results.

words.py drop SUPERVISOR: each family that can be left out takes exactly its tags out, and changes no other.
words.py set SUPERVISOR: each field that can be set is then the same in EXIF, IPTC and XMP, and no other tag
is changed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import blocks
import packets
from photos import jpeg_of, old, stored, tags_of

IMAGE, FACE = stored(1)
FORMATS = ["jpeg", "png", "webp", "tiff", "avif"]
# What ExifTool adds to a photo that has faces, the notes of a maker and of a camera already.
WRITTEN = """
    -IPTC:City=Lima -IPTC:Sub-location=Miraflores -IPTC:Country-PrimaryLocationCode=PER
    -IPTC:Country-PrimaryLocationName=Perú -IPTC:Province-State=Lima -IPTC:Headline=Boda -IPTC:Keywords=boda
    -EXIF:GPSAltitude=154 -EXIF:GPSImgDirection=90 -EXIF:GPSDateStamp=2024:02:29
    -EXIF:SerialNumber=123456 -EXIF:LensSerialNumber=777 -EXIF:OwnerName=Ana -EXIF:LensModel=50mm
    -EXIF:UserComment=nota -EXIF:XPComment=otra -EXIF:XPTitle=Boda -EXIF:ImageHistory=cortada
    -XMP-exif:GPSLatitude=-12.1 -XMP-exif:GPSAltitude=154 -XMP-exif:UserComment=nota -XMP-exif:FNumber=4
    -XMP-drone-dji:GpsLatitude=12 -XMP-drone-dji:RelativeAltitude=30 -XMP-drone-dji:GimbalYawDegree=3
    -XMP-aux:SerialNumber=123456 -XMP-aux:LensSerialNumber=777 -XMP-aux:Lens=50mm
    -XMP-exifEX:SerialNumber=123456 -XMP-exifEX:LensModel=50mm
    -XMP-photoshop:City=Lima -XMP-photoshop:Country=Perú -XMP-photoshop:Headline=Boda
    -XMP-photoshop:History=paso -XMP-photoshop:DocumentAncestors=abc
    -XMP-iptcCore:CountryCode=PE -XMP-iptcCore:Location=Miraflores -XMP-iptcCore:Scene=011000
    -XMP-iptcExt:LocationShownCity=Lima -XMP-iptcExt:PersonInImage=Ana -XMP-iptcExt:ModelAge=30
    -XMP-iptcExt:Event=Boda -XMP-dc:Title=Boda -XMP-dc:Subject=boda -XMP-dc:Creator=Ana
    -XMP-xmpMM:DocumentID=77 -XMP-xmpMM:HistoryAction=saved -XMP-xmpMM:DerivedFromDocumentID=76
"""
# What a family takes out, by ExifTool's groups and names.
FAMILIES = {
    "gps": ("GPS:*", "XMP-exif:GPS*", "XMP-drone-dji:Gps*", "XMP-drone-dji:GPS*", "XMP-drone-dji:RelativeA*"),
    "location": ("IPTC:City", "IPTC:Sub-location", "IPTC:Country-*", "IPTC:Province-State",
        "XMP-photoshop:City", "XMP-photoshop:Country", "XMP-photoshop:State", "XMP-iptcCore:CountryCode",
        "XMP-iptcCore:Location", "XMP-iptcExt:LocationShown"),
    "serial": ("ExifIFD:SerialNumber", "ExifIFD:LensSerialNumber", "XMP-*:*SerialNumber"),
    "makernotes": ("Olympus:*", "ExifIFD:MakerNote*", "XMP-GCamera:HdrPlusMakernote", "GoPro:*"),
    "thumbnail": ("Olympus:PreviewImage*",),
    "people": ("XMP-mwg-rs:RegionInfo", "XMP-MP:RegionInfoMP", "XMP-iptcExt:PersonInImage",
        "XMP-iptcExt:ModelAge", "XMP-acdsee-rs:*"),
    "history": ("ExifIFD:ImageHistory", "XMP-xmpMM:History", "XMP-xmpMM:DerivedFrom",
        "XMP-photoshop:History", "XMP-photoshop:DocumentAncestors"),
    "comments": ("ExifIFD:UserComment", "IFD0:XPComment", "XMP-exif:UserComment", "File:Comment",
        "PNG:Comment"),
}
# What is said of the file, what ExifTool works out, and what stands in place of entries of notes.
BESIDE = (
    "System:*", "File:FileSize", "SourceFile", "Composite:*", "ExifTool:ExifToolVersion",
    "File:CurrentIPTCDigest", "*:*_0xffff", "IFD0:StripOffsets",
    "QuickTime:MediaData*",
)


def photo(path):
    exif = blocks.exif("MM", IMAGE.size, note=blocks.olympus(old(1)))
    packet = packets.xmp(packets.xmp_face(IMAGE.size, FACE), packets.xmp_acdsee(IMAGE.size, FACE),
        packets.simple(GCamera_HdrPlusMakernote="SERSUA=="))
    segments = [(0xE1, b"Exif\0\0" + exif), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)]
    segments += [(0xE6, blocks.gopro()), (0xFE, b"una nota")]
    path.write_bytes(blocks.jpeg_with(jpeg_of(IMAGE, quality=92), *segments))
    command = ["exiftool", "-overwrite_original", "-n", "-m", "-q", *WRITTEN.split(), path]
    subprocess.run(command, check=True)


def is_one_of(name, patterns):
    return any(Path(name).match(pattern) for pattern in patterns)


def listing(path):
    """Every tag of a file, but for those about the file itself."""
    (tags,) = tags_of([path])
    return {name: value for name, value in tags.items() if not is_one_of(name, BESIDE)}


def run(supervisor, photos, out, *options):
    subprocess.run([supervisor, "run", photos, "-o", out, "--quiet", *options], check=True)
    (result,) = (path for path in out.iterdir() if path.is_file())
    return listing(result)


def check_drop(supervisor, folder):
    photos = folder / "photos"
    photos.mkdir()
    photo(photos / "boda.jpg")
    for form in FORMATS:
        whole = run(supervisor, photos, folder / form, "--format", form)
        for family, patterns in FAMILIES.items():
            out = folder / f"{form}-{family}"
            left = run(supervisor, photos, out, "--format", form, "--drop", family)
            gone = {name for name in whole if is_one_of(name, patterns)}
            assert gone or form != "jpeg", f"{family}: nothing of it is in the photo"
            kept = {name: value for name, value in whole.items() if name not in gone}
            different = {name for name in kept | left if kept.get(name) != left.get(name)}
            assert not different, f"{form} {family}: {[(n, kept.get(n), left.get(n)) for n in different]}"


# What fields are set to, and where that is found. EXIF has fewer places.
FIELDS = {
    "artist": ("Ana Núñez; Luis <L>", {
        "IFD0:Artist": "Ana Núñez; Luis <L>", "IPTC:By-line": ["Ana Núñez", "Luis <L>"],
        "XMP-dc:Creator": ["Ana Núñez", "Luis <L>"]}),
    "copyright": ("© 2024 \"Ana\" & 'Luis'", {
        "IFD0:Copyright": "© 2024 \"Ana\" & 'Luis'", "IPTC:CopyrightNotice": "© 2024 \"Ana\" & 'Luis'",
        "XMP-dc:Rights": "© 2024 \"Ana\" & 'Luis'"}),
    "credit": ("Estudio Ñ", {"IPTC:Credit": "Estudio Ñ", "XMP-photoshop:Credit": "Estudio Ñ"}),
    "title": ("¡Sí, quiero!", {"IPTC:ObjectName": "¡Sí, quiero!", "XMP-dc:Title": "¡Sí, quiero!"}),
    "caption": ("Los novios", {
        "IFD0:ImageDescription": "Los novios", "IPTC:Caption-Abstract": "Los novios",
        "XMP-dc:Description": "Los novios"}),
    "keywords": ("boda, novios,Lima", {
        "IPTC:Keywords": ["boda", "novios", "Lima"], "XMP-dc:Subject": ["boda", "novios", "Lima"]}),
    "contact": ("ana@example.org", {
        "IPTC:Contact": "ana@example.org",
        "XMP-iptcCore:CreatorContactInfo": {"CiEmailWork": "ana@example.org"}}),
    "city": ("Lima", {"IPTC:City": "Lima", "XMP-photoshop:City": "Lima", "XMP-iptcExt:LocationShown": [
        {"City": "Lima", "CountryName": "Perú"}]}),
    "country": ("Perú", {"IPTC:Country-PrimaryLocationName": "Perú", "XMP-photoshop:Country": "Perú"}),
    "instructions": ("sólo prensa", {
        "IPTC:SpecialInstructions": "sólo prensa", "XMP-photoshop:Instructions": "sólo prensa"}),
}
# What a photo says before that, where its fields stand and where programs repeat them.
OLD = """
    -EXIF:Artist=Eva -EXIF:Copyright=Eva -EXIF:ImageDescription=antes -EXIF:XPAuthor=Eva -EXIF:XPTitle=antes
    -EXIF:XPKeywords=antes -EXIF:Make=Kamera -EXIF:XPComment=nota -EXIF:FNumber=4
    -IPTC:By-line=Eva -IPTC:CopyrightNotice=Eva -IPTC:Credit=Eva -IPTC:ObjectName=antes -IPTC:Keywords=antes
    -IPTC:Caption-Abstract=antes -IPTC:Contact=Eva -IPTC:City=Quito -IPTC:SpecialInstructions=antes
    -IPTC:Country-PrimaryLocationName=Ecuador -IPTC:Headline=Año -IPTC:Sub-location=Miraflores
    -XMP-dc:Creator=Eva -XMP-dc:Rights=Eva -XMP-dc:Rights-es=Eva -XMP-dc:Title=antes -XMP-dc:Description=antes
    -XMP-dc:Subject=antes -XMP-lr:HierarchicalSubject=antes -XMP-tiff:Artist=Eva -XMP-tiff:Make=Kamera
    -XMP-photoshop:Credit=Eva -XMP-photoshop:City=Quito -XMP-photoshop:Country=Ecuador
    -XMP-photoshop:Instructions=antes -XMP-photoshop:Headline=Año -XMP-iptcCore:CreatorCity=Quito
    -XMP-iptcExt:LocationShownCity=Quito -XMP-iptcExt:LocationShownCountryName=Ecuador
"""
# What goes because it repeats a field, and what says how IPTC is written.
REPEATED = ("IFD0:XPAuthor", "IFD0:XPTitle", "IFD0:XPKeywords", "XMP-lr:HierarchicalSubject",
    "XMP-tiff:Artist", "XMP-dc:Rights-es")
OF_IPTC = ("IPTC:CodedCharacterSet", "IPTC:EnvelopeRecordVersion", "IPTC:ApplicationRecordVersion")
# What new blocks bring along.
NEW = ("XMP-x:*", "IFD0:XResolution", "IFD0:YResolution", "IFD0:ResolutionUnit", "File:ExifByteOrder",
    "File:Exif*", "File:FileType", "RIFF:WebP_Flags", "QuickTime:*", "ExifTool:Warning")


def check_set(supervisor, folder):
    photos = {name: folder / name for name in ["old", "latin", "bare"]}
    for name, place in photos.items():
        place.mkdir()
        (place / "boda.jpg").write_bytes(jpeg_of(IMAGE, quality=92))
        # Old programs write IPTC in the characters of their country.
        charset = [] if name == "latin" else ["-CodedCharacterSet=UTF8"]
        if name != "bare":
            command = ["exiftool", "-overwrite_original", "-n", "-q", *OLD.split(), *charset]
            subprocess.run([*command, place / "boda.jpg"], check=True)
    options = [part for field, (text, _) in FIELDS.items() for part in ("--set", f"{field}={text}")]
    said = {tag: value for _, tags in FIELDS.values() for tag, value in tags.items()}
    for form in FORMATS:
        for name, place in photos.items():
            # Few programs look for IPTC in a PNG, but there it must say the same.
            has_iptc = form in ("jpeg", "tiff") or form == "png" and name != "bare"
            expected = {tag: value for tag, value in said.items() if has_iptc or not tag.startswith("IPTC:")}
            out = [folder / f"{form}-{name}-{number}" for number in range(3)]
            before = run(supervisor, place, out[0], "--format", form)
            after = run(supervisor, place, out[1], "--format", form, *options)
            different = {tag for tag in expected if after.get(tag) != expected[tag]}
            assert not different, f"{form} {name}: {[(n, expected[n], after.get(n)) for n in different]}"
            others = lambda tags: {tag: value for tag, value in tags.items()
                if tag not in said and not is_one_of(tag, REPEATED + OF_IPTC + NEW)}
            before, after = others(before), others(after)
            different = {tag for tag in before | after if before.get(tag) != after.get(tag)}
            assert not different, f"{form} {name}: {[(n, before.get(n), after.get(n)) for n in different]}"
            bare = run(supervisor, place, out[2], "--format", form, "--metadata", "strip", *options)
            words = {tag for tag in bare if tag.startswith(("IFD0:", "IPTC:", "XMP-", "PNG:"))}
            surplus = {tag for tag in words - set(expected) if not is_one_of(tag, OF_IPTC + NEW + WRITING)}
            assert not surplus, f"{form} {name}: {surplus}"


# How a TIFF or a PNG has its pixels.
WRITING = ("IFD0:Image*", "IFD0:Bits*", "IFD0:Compression", "IFD0:Photometric*", "IFD0:Strip*", "IFD0:Rows*",
    "IFD0:Sample*", "IFD0:Planar*", "IFD0:Predictor", "PNG:*")
CHECKS = {"drop": check_drop, "set": check_set}

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        CHECKS[sys.argv[1]](sys.argv[2], Path(scratch))
