#!/usr/bin/env python3
"""Makes outlines.bin, the coasts and borders that src/place/outlines.rs draws. Run it to take newer data:

    cd /tmp && npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python3 assets/outlines.py /tmp/package/countries-50m.json

The data are Natural Earth's (https://www.naturalearthdata.com, public domain) in the form of world-atlas (ISC): coasts and
borders of countries at 1:50 million, nothing within a country.

The file, little-endian, one line after the other: u16 bytes that follow; u8 whether it is a border (1) or a coast (0);
u16 each for the least x, least y, greatest x, greatest y of the line; u16 x and y of its first point; then for each other
point how far it is from the one before, x and y, as zigzag LEB128. x and y are parts of 65,535 of the map in Mercator's
projection (EPSG:3857), from its north-west corner.
"""

import json
import math
import struct
import sys
from collections import Counter
from pathlib import Path

FULL = 65535


def arcs_of(geometry):
    """The arcs a country is made of, as positive numbers."""
    def flat(value):
        return [value] if isinstance(value, int) else [arc for part in value for arc in flat(part)]
    return [arc if arc >= 0 else ~arc for arc in flat(geometry.get("arcs", []))]


def mercator(longitude, latitude):
    latitude = max(-85.0511, min(85.0511, latitude))
    y = 0.5 - math.asinh(math.tan(math.radians(latitude))) / (2 * math.pi)
    return round((longitude + 180) / 360 * FULL), round(y * FULL)


def degrees(arc, transform):
    (scale_x, scale_y), (at_x, at_y) = transform["scale"], transform["translate"]
    x = y = 0
    for dx, dy in arc:
        x, y = x + dx, y + dy
        yield x * scale_x + at_x, y * scale_y + at_y


def lines(points):
    """Parts without the edges that polygons have at the end of the map, and without points on top of each other."""
    line = []
    for longitude, latitude in points:
        is_edge = abs(longitude) > 179.99 or latitude < -85
        point = mercator(longitude, latitude)
        if is_edge:
            yield line
            line = []
        elif not line or line[-1] != point:
            line.append(point)
    yield line


def varint(number):
    number = (number << 1) ^ (number >> 63)
    out = bytearray()
    while True:
        out.append((number & 0x7F) | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(out)


def main():
    atlas = json.loads(Path(sys.argv[1]).read_text())
    uses = Counter(arc for country in atlas["objects"]["countries"]["geometries"] for arc in set(arcs_of(country)))
    out, n_lines, n_points = bytearray(), 0, 0
    for number, arc in enumerate(atlas["arcs"]):
        for line in lines(degrees(arc, atlas["transform"])):
            if len(line) < 2:
                continue
            xs, ys = [x for x, _ in line], [y for _, y in line]
            body = struct.pack("<B6H", uses[number] > 1, min(xs), min(ys), max(xs), max(ys), *line[0])
            for (from_x, from_y), (x, y) in zip(line, line[1:]):
                body += varint(x - from_x) + varint(y - from_y)
            out += struct.pack("<H", len(body)) + body
            n_lines, n_points = n_lines + 1, n_points + len(line)
    Path(__file__).with_name("outlines.bin").write_bytes(out)
    print(f"{n_lines} lines, {n_points} points, {len(out)} bytes")


main()
