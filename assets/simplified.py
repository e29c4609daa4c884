#!/usr/bin/env python3
"""Makes simplified.txt, the table of traditional characters that src/query/simplified.rs reads. Run it to take newer data:

    pip download --no-deps --dest /tmp opencc-python-reimplemented==0.1.7
    unzip -o -d /tmp /tmp/opencc_python_reimplemented-0.1.7-py2.py3-none-any.whl
    python3 assets/simplified.py /tmp/opencc/dictionary/TSCharacters.txt

The data are OpenCC's (https://github.com/BYVoid/OpenCC, Apache-2.0): each traditional character with the simplified characters that
it may become. The first one is taken, since a search needs one form for both, and not the right one of two. What it
becomes is looked up again, so that no character of the table is the simplified form of another.

The file: a traditional character and its simplified one, then the next, without anything between them. Characters beyond
U+9FFF are left out: few fonts draw them.
"""

import sys
from pathlib import Path

# Ideographs and their extension A.
TABLE = range(0x3400, 0xA000)


def main(source):
    lines = Path(source).read_text(encoding="utf-8").splitlines()
    simplified = {line.split("\t")[0]: line.split("\t")[1].split()[0] for line in lines}

    def last_form(char):
        seen = {char}
        while (after := simplified.get(char, char)) not in seen:
            seen.add(after)
            char = after
        return char

    pairs = [(char, last_form(char)) for char in sorted(simplified) if ord(char) in TABLE]
    pairs = [pair for pair in pairs if pair[0] != pair[1] and ord(pair[1]) in TABLE]
    assert not {char for char, _ in pairs} & {form for _, form in pairs}
    text = "".join(char + form for char, form in pairs)
    (Path(__file__).parent / "simplified.txt").write_text(text + "\n", encoding="utf-8")


main(sys.argv[1])
