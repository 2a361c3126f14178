"""Small colour profiles (ICC.1:2001-04, version 2), made here so that none has to be handed on with the
tests."""

import struct


def fixed(*values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def profile(kind, space, connection, tags):
    """A profile of these tags; `kind` is its class, `connection` the colours it leads to."""
    text = b"for a test"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + bytes(1 + 4 + 4 + 2 + 1 + 67),
        b"cprt": b"text\0\0\0\0" + text + b"\0",
        b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249),
        **tags,
    }
    at = 128 + 4 + 12 * len(tags)
    table, content = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">II", at + len(content), len(value))
        content += value
    head = struct.pack(">II", at + len(content), 0) + b"\x02\x40\0\0" + kind + space + connection
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + table + content


def curve(levels):
    """Levels of 0-1 as a table, or a number as a gamma."""
    if isinstance(levels, float):
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(levels * 256))
    return b"curv\0\0\0\0" + struct.pack(
        f">I{len(levels)}H", len(levels), *(round(v * 65535) for v in levels)
    )


def matrix(colorants, transfer):
    xyz = lambda values: b"XYZ \0\0\0\0" + fixed(*values)
    tags = {name + b"XYZ": xyz(values) for name, values in zip((b"r", b"g", b"b"), colorants)}
    tags.update({name + b"TRC": curve(transfer) for name in (b"r", b"g", b"b")})
    return profile(b"mntr", b"RGB ", b"XYZ ", tags)


def srgb_light(value):
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


# Red, green and blue, adapted to D50 by Bradford's matrix: SMPTE EG 432-1 with D65, and Adobe RGB (1998).
P3 = [(0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)]
ADOBE = [(0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)]


def lab(light, colorants):
    """CIE L*a*b* of linear light in these colorants, under D50."""
    ratios = [sum(l * c[i] for l, c in zip(light, colorants)) / w for i, w in enumerate((0.9642, 1, 0.8249))]
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in ratios)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def lattice(channels, grid):
    """All points of a grid, the last channel the fastest."""
    points = [()]
    for _ in range(channels):
        points = [point + (step / (grid - 1),) for point in points for step in range(grid)]
    return points


def in_lab(color):
    """L*a*b* as tables of 16 bits have it."""
    l, a, b = color
    return l * 652.8 / 65535, (a + 128) * 256 / 65535, (b + 128) * 256 / 65535


def table(channels, grid, color):
    """A table of 16 bits: `color` gives what comes out, 0-1, for each point."""
    points = [color(point) for point in lattice(channels, grid)]
    values = [min(max(round(value * 65535), 0), 65535) for point in points for value in point]
    made = len(points[0])
    straight = struct.pack(">HH", 0, 65535)
    lut = b"mft2\0\0\0\0" + bytes((channels, made, grid, 0)) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    lut += struct.pack(">HH", 2, 2) + straight * channels
    return lut + struct.pack(f">{len(values)}H", *values) + straight * made


def look_up(kind, space, channels, grid, color, more={}):
    """A profile of nothing but tables: `color` gives L*a*b* of a point."""
    device = table(channels, grid, lambda point: in_lab(color(point)))
    return profile(kind, space, b"Lab ", {b"A2B0": device, **more})


def inks(point):
    """Inks on paper: each takes its light, black all of it, and no ink is quite clean. Paper is white:
    LittleCMS makes it so."""
    c, m, y, k = point
    light = ((1 - c) * (1 - 0.1 * m), (1 - m) * (1 - 0.15 * c), (1 - y) * (1 - 0.2 * m))
    return lab([(0.02 + 0.98 * value * (1 - 0.97 * k)) for value in light], ADOBE)


def press(point):
    """The inks for a lightness, as a printer that takes no more than 300 % for black. What colour it is does
    not matter here."""
    black = 1 - min(point[0] * 65535 / 65280, 1)
    return 0.7 * black, 0.65 * black, 0.65 * black, black**2


def lighter(color):
    """For the eye's sake, as perceptual tables are."""
    return 10 + 0.9 * color[0], *color[1:]


PROFILES = {
    "p3": matrix(P3, [srgb_light(i / 1023) for i in range(1024)]),
    "adobe": matrix(ADOBE, 2.19921875),
    "grey": profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": curve(1.8)}),
    "table": look_up(b"scnr", b"RGB ", 3, 17, lambda point: lab([value**2.2 for value in point], ADOBE)),
    "dark": profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": curve(1.0)}),
    # Of lightness, not of light.
    "lab": profile(b"mntr", b"GRAY", b"Lab ", {b"kTRC": curve([0, 0.15, 0.4, 0.7, 1])}),
    "cmyk": look_up(b"prtr", b"CMYK", 4, 9, inks),
    "press": look_up(
        b"prtr",
        b"CMYK",
        4,
        9,
        lambda point: lighter(inks(point)),
        {b"A2B1": table(4, 9, lambda point: in_lab(inks(point))), b"B2A0": table(3, 9, press)},
    ),
}
