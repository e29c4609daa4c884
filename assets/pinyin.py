#!/usr/bin/env python3
"""Makes pinyin.txt, the table of readings that src/query/pinyin.rs reads. Run it to take newer data:

    pip download --no-deps --dest /tmp pypinyin-dict==0.9.0
    unzip -o -d /tmp /tmp/pypinyin_dict-0.9.0-py2.py3-none-any.whl
    python3 assets/pinyin.py /tmp/pypinyin_dict/pinyin_data

The data are those of pinyin-data (https://github.com/mozillazg/pypinyin-dict, MIT), which takes them from Unihan. The 8,105
characters of the general standard table have all readings of its dictionary (kTGHZ2013); the readings of larger dictionaries
that nobody expects, such as 不 as fou, are left out. Every other ideograph has its first reading only. Characters that
simplified.txt replaces are left out, and so are those beyond U+9FFF.

The file: a line for each syllable without its tone, ü as v, in the order of the alphabet, with the characters that are read
so behind it.
"""

import re
import sys
import unicodedata
from pathlib import Path

ASSETS = Path(__file__).parent
# Without a vowel nobody finds the start of the next syllable: 嗯 is typed en. lue is how many type lve.
OTHERWISE = {"n": ["en"], "ng": ["en"], "m": [], "hm": [], "hng": ["heng"], "lve": ["lue", "lve"], "nve": ["nue", "nve"]}
# 诶 is the only one of its kind.
OTHERWISE["ê"] = ["ei"]


def syllables(reading):
    """The syllables of a reading with its tone: lǜ is lv."""
    plain = unicodedata.normalize("NFD", reading)
    plain = re.sub("u([\u0304\u0301\u030c\u0300]?)\u0308", "v", plain)
    is_open_e = "e\u0302" in plain
    plain = "".join(char for char in plain if char.isascii())
    plain = "ê" if is_open_e else plain
    return OTHERWISE.get(plain, [plain])


def read(path):
    lines = re.finditer(r"^\s*0x([0-9A-F]+): '(.*)',$", path.read_text(encoding="utf-8"), re.M)
    return {chr(int(line[1], 16)): line[2].split(",") for line in lines}


def main(source):
    standard = read(Path(source) / "ktghz2013.py")
    readings = {char: all_of_it[:1] for char, all_of_it in read(Path(source) / "pinyin.py").items()}
    readings.update(standard)
    replaced = set((ASSETS / "simplified.txt").read_text(encoding="utf-8").strip()[::2])
    table = {}
    for char in sorted(readings):
        if "\u4e00" <= char <= "\u9fff" and char not in replaced:
            for syllable in dict.fromkeys(some for reading in readings[char] for some in syllables(reading)):
                table.setdefault(syllable, []).append(char)
    assert all(re.fullmatch("[a-z]*[aeiouv][a-z]*", syllable) for syllable in table), sorted(table)
    text = "".join(f"{syllable} {''.join(chars)}\n" for syllable, chars in sorted(table.items()))
    (ASSETS / "pinyin.txt").write_text(text, encoding="utf-8")


main(sys.argv[1])
