"""The blocks that cameras and programs write into photos, put together byte by byte: EXIF with the notes of
makers, IPTC, Photoshop's resources, the multi-picture format, and what comes beside them. XMP is in packets.
"""

import base64
import struct
from typing import NamedTuple

# How numbers are packed, by their type (TIFF 6.0): byte, short, long, fraction, fraction with a sign, place
# of a directory.
LETTERS = {1: "B", 3: "H", 4: "I", 5: "I", 10: "i", 13: "I"}


class Placed(NamedTuple):
    """A value that stands somewhere already."""

    place: int
    length: int


class Tiff:
    """A structure that grows. Places in it count from `base` bytes before its start."""

    def __init__(self, order, start=b"", base=0):
        self.sign = {"II": "<", "MM": ">"}[order]
        self.bytes, self.base = bytearray(start), base

    def pack(self, letters, *values):
        return struct.pack(self.sign + letters, *values)

    def put(self, data):
        self.bytes += bytes(len(self.bytes) % 2) + data
        return self.base + len(self.bytes) - len(data)

    def directory(self, entries, link=0):
        """A directory with its values behind it. An entry is a text, or a type with numbers, bytes, or a
        value that is there."""
        place = self.put(bytes(2 + 12 * len(entries) + 4))
        table = self.pack("H", len(entries))
        for tag, value in sorted(entries.items()):
            kind, value = (2, value.encode() + b"\0") if isinstance(value, str) else value
            if isinstance(value, Placed):
                table += self.pack("HHII", tag, kind, value.length, value.place)
                continue
            count = len(value) // (2 if kind in (5, 10) else 1)
            data = value if isinstance(value, bytes) else self.pack(LETTERS[kind] * len(value), *value)
            inline = data.ljust(4, b"\0") if len(data) <= 4 else self.pack("I", self.put(data))
            table += self.pack("HHI", tag, kind, count) + inline
        start = place - self.base
        self.bytes[start : start + len(table) + 4] = table + self.pack("I", link)
        return place


def headed(order):
    """A structure with its header, which `ended` completes."""
    structure = Tiff(order)
    structure.put(order.encode() + structure.pack("HI", 42, 0))
    return structure


def ended(structure, first):
    structure.bytes[4:8] = structure.pack("I", first)
    return bytes(structure.bytes)


class MakerNote(NamedTuple):
    """What a camera of this make notes; `write` is told the byte order of EXIF and the place in it."""

    make: str
    write: object


def nikon(preview):
    """A structure of its own, with a directory for the preview."""

    def written(small):
        notes = headed("MM")
        first = notes.directory({0x0001: (7, b"0210"), 0x0004: "FINE", 0x0011: (4, [small])})
        place = {0x0201: (4, [notes.put(preview)]), 0x0202: (4, [len(preview)])}
        return notes.directory({0x0103: (3, [6])} | place), ended(notes, first)

    content = b"Nikon\0\x02\x10\0\0" + placed(written)
    return MakerNote("NIKON CORPORATION", lambda order, place: content)


def olympus(preview):
    """Two tags say where the preview is and how long."""

    def write(order, place):
        def written(start):
            notes = Tiff(order, b"OLYMP\0\x01\0", place)
            notes.directory({0x0088: (4, [start]), 0x0089: (4, [len(preview)]), 0x0207: "SX756"})
            return notes.put(preview), bytes(notes.bytes)

        return placed(written)

    return MakerNote("OLYMPUS OPTICAL CO.,LTD", write)


def placed(written):
    """Something with a place in it that is known only once it is written."""
    place, _ = written(0)
    return written(place)[1]


def casio(preview):
    """The preview is the value of a tag, and two others say so."""

    def write(order, place):
        def written(start):
            notes = Tiff(order, b"QVC\0\0\0", place)
            known = {0x0002: (3, [320, 240]), 0x0003: (4, [len(preview)]), 0x0004: (4, [start])}
            notes.directory(known | {0x2000: (7, preview), 0x3001: (3, [1])})
            return place + bytes(notes.bytes).index(preview), bytes(notes.bytes)

        return placed(written)

    return MakerNote("CASIO COMPUTER CO.,LTD", write)


def sony(preview):
    """The same, under another tag and behind other bytes, the first of the preview being spoilt."""

    def write(order, place):
        notes = Tiff(order, b"SONY DSC \0\0\0", place)
        # It begins with a table, not with what JFIF says.
        (length,) = struct.unpack(">H", preview[4:6])
        notes.directory({0x0102: (4, [2]), 0x2001: (7, bytes(32) + b"\0\xd8" + preview[4 + length :])})
        return bytes(notes.bytes)

    return MakerNote("SONY", write)


def private(pictures):
    """Fields with a picture in each: a program's own, Windows' comment as letters of two bytes, and the
    comment of the user; those of the first directory, then those of the exposure."""
    own, wide, comment = pictures
    wide = base64.b64encode(wide).decode().encode("utf-16-le")
    return (
        {0xC5E0: (7, b"OWN\0" + own), 0x9C9C: (1, wide)},
        {0x9286: (7, b"ASCII\0\0\0" + base64.b64encode(comment)), 0xEB00: (7, own)},
    )


def exif(order, size, orientation=1, face=None, note=None, thumbnail=None, pixels=None, more=(), own=()):
    """A whole block. `face` is a rectangle in pixels, as the picture is stored. With pixels, it is a TIFF of
    8 bits, with `more` in its first directory. `own` is what `private` makes."""
    width, height = size
    block = headed(order)
    first = {
        0x0100: (4, [width]),
        0x0101: (4, [height]),
        0x0102: (3, [8, 8, 8]),
        0x0106: (3, [2]),
        0x0115: (3, [3]),
        0x010E: "Lima, from the roof",
        0x010F: note.make if note else "Kamera",
        0x0110: "Kamera 7",
        0x0112: (3, [orientation]),
        0x013B: "Ana",
        0x8298: "© Ana",
    }
    exposure = {
        0x829A: (5, [1, 250]),
        0x9003: "2024:02:29 12:00:00",
        0xA001: (3, [1]),
        0xA002: (3, [width]),
        0xA003: (3, [height]),
    }
    if own:
        first |= own[0]
        exposure |= own[1]
    if face:
        left, top, right, bottom = face
        exposure[0x9214] = (3, [(left + right) // 2, (top + bottom) // 2, right - left, bottom - top])
    if note:
        content = note.write(order, len(block.bytes))
        exposure[0x927C] = (7, Placed(block.put(content), len(content)))
    related = {0x0001: "R98", 0x1001: (4, [width]), 0x1002: (4, [height])}
    exposure[0xA005] = (4, [block.directory(related)])
    place = {1: "S", 2: (5, [12, 1, 2, 1, 36, 1]), 3: "W", 4: (5, [77, 1, 1, 1, 42, 1])}
    first |= {0x8769: (4, [block.directory(exposure)]), 0x8825: (4, [block.directory(place)])}
    if pixels:
        strip = {0x0111: (4, [block.put(pixels)]), 0x0116: (4, [height]), 0x0117: (4, [len(pixels)])}
        first |= strip | {0x0103: (3, [1])}
        first |= more
    link = 0
    if thumbnail:
        place = {0x0201: (4, [block.put(thumbnail)]), 0x0202: (4, [len(thumbnail)])}
        link = block.directory({0x00FE: (4, [1]), 0x0103: (3, [6])} | place)
    return ended(block, block.directory(first, link))


def iptc(*sets, record=2):
    """Datasets of a record, by number."""
    return b"".join(struct.pack(">BBBH", 0x1C, record, number, len(data)) + data for number, data in sets)


def iptc_object(photo):
    """The photo itself, with what says how long it is around it."""
    length = struct.pack(">I", len(photo))
    return iptc((90, length), record=7) + iptc((10, photo), record=8) + iptc((10, length), record=9)


def resources(*all_of_them):
    """Photoshop's, by number."""
    written = b""
    for number, data in all_of_them:
        written += b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
    return written


def path(name="Path 1"):
    """The resources of a clipping path: a triangle of three knots, and its name."""
    record = lambda kind, *words: struct.pack(">H", kind) + struct.pack(f">{len(words)}i", *words)
    point = lambda x, y: record(2, *[round(value * 2**24) for value in (y, x) * 3])
    begin = struct.pack(">HH", 6, 0).ljust(26, b"\0") + struct.pack(">HHHH", 0, 3, 1, 0).ljust(26, b"\0")
    triangle = begin + point(0.1, 0.1) + point(0.9, 0.1) + point(0.5, 0.9)
    return (2000, triangle), (2999, bytes([len(name)]) + name.encode())


def photoshop_thumbnail(jpeg, size):
    width, height = size
    head = struct.pack(">IIIIIIHH", 1, width, height, width * 3, width * height * 3, len(jpeg), 24, 1)
    return 1036, head + jpeg


def pictures(lengths, start):
    """The directory of a multi-picture file, whose pictures follow one another; `start` is where it is."""
    structure = headed("MM")
    places, at = [], 0
    for number, length in enumerate(lengths):
        places.append((0x030000 if number == 0 else 0, length, at - start if number else 0, 0))
        at += length
    entries = b"".join(struct.pack(">IIII", *place) for place in places)
    first = {0xB000: (7, b"0100"), 0xB001: (4, [len(lengths)]), 0xB002: (7, entries)}
    return b"MPF\0" + ended(structure, structure.directory(first))


def video(length=400):
    boxes = struct.pack(">I", 24) + b"ftypmp42" + bytes(4) + b"isommp42"
    return boxes + struct.pack(">I", length) + b"mdat" + b"THE VIDEO".ljust(length - 8, b".")


def credentials():
    """A box of content credentials (C2PA), as far as readers look."""
    label = b"c2pa\0"
    kind = b"c2pa\0\x11\0\x10\x80\0\0\xAA\0\x38\x9B\x71"
    box = struct.pack(">I", 8 + 17 + len(label)) + b"jumd" + kind + b"\x03" + label
    whole = struct.pack(">I", 8 + len(box)) + b"jumb" + box
    return b"JP\0\x01" + struct.pack(">I", 1) + whole


def thermal(size=(8, 6)):
    """What a FLIR camera measured: a directory of one record with raw numbers."""
    raw = struct.pack("<HHH", 2, *size).ljust(32, b"\0") + bytes(range(size[0] * size[1])) * 2
    record = struct.pack(">HHIIIIIII", 1, 2, 0x64, 1, 64 + 32, len(raw), 0, 0, 0)
    head = b"FFF\0" + b"THERMAL".ljust(16, b"\0") + struct.pack(">IIIIIIIII", 0x64, 64, 1, 2, 0, 0, 0, 0, 0)
    whole = head[:64].ljust(64, b"\0") + record + raw
    return b"FLIR\0\x01\0\0" + whole


def gopro():
    """Notes of a GoPro: the model."""
    text = b"HERO7 Black "
    entry = b"MINF" + b"c\x01" + struct.pack(">H", len(text)) + text
    return b"GoPro\0DEVC\0\x01" + struct.pack(">H", len(entry)) + entry


def ducky(comment, rights):
    """Photoshop's segment for the web: the quality, a comment and the copyright."""
    fields = struct.pack(">HHI", 1, 4, 60)
    for number, text in ((2, comment), (3, rights)):
        letters = text.encode("utf-16-be")
        fields += struct.pack(">HHI", number, len(letters) + 4, len(text)) + letters
    return b"Ducky" + fields


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg_with(jpeg, *segments):
    """A JPEG with more segments behind its start."""
    end = 4 + struct.unpack(">H", jpeg[4:6])[0] if jpeg[3] == 0xE0 else 2
    return jpeg[:end] + b"".join(segment(*part) for part in segments) + jpeg[end:]


def with_pictures(jpeg, segments, others):
    """A JPEG with these segments, and with others behind its end that its directory lists."""
    length = lambda directory: len(jpeg_with(jpeg, *segments, (0xE2, directory)))
    sizes = lambda first: [first, *map(len, others)]
    whole = length(pictures(sizes(0), 0))
    # Places count from behind the name of the segment, which is the last one in front of the picture.
    before = len(jpeg_with(b"\xff\xd8" + jpeg[2:20] if jpeg[3] == 0xE0 else jpeg[:2], *segments))
    directory = pictures(sizes(whole), before + 4 + 4)
    return jpeg_with(jpeg, *segments, (0xE2, directory)) + b"".join(others)
