#!/usr/bin/env python3
"""Makes amr-wb.bin, the tables that src/media/voice/wideband/tables.rs decodes AMR wide-band with. Run it where cargo has
fetched what weibox is tested with:

    cargo fetch --locked
    python3 assets/amr-wb.py ~/.cargo/registry/src/*/rvoip-codec-core-0.4.0

The tables are the standard's (3GPP TS 26.173, the reference decoder, and TS 26.201, the order of the bits), as
rvoip-codec-core (https://crates.io/crates/rvoip-codec-core, MIT) writes them down: `SORT_…`, `DICO…` and so on are the
names they have in both.

The file: 16-bit numbers, little-endian, table after table.
"""

import re
import struct
import sys
from pathlib import Path

# Files below src/codecs/amr/wb, and what is taken of them, in this order. A filter of 31 taps has a zero before it.
TABLES = [
    ("sort_tables", "SORT_660 SORT_885 SORT_1265 SORT_1425 SORT_1585 SORT_1825 SORT_1985 SORT_2305 SORT_2385 SORT_SID"),
    ("lp/isf_codebooks", "DICO1 DICO2 DICO21 DICO22 DICO23 DICO24 DICO25 DICO21_36B DICO22_36B DICO23_36B"),
    ("isf_noise_tables", "DICO1_NS DICO2_NS DICO3_NS DICO4_NS DICO5_NS"),
    ("gain_tables", "QUA_GAIN_6B QUA_GAIN_7B"),
    ("lp/isf_codebooks", "MEAN_ISF"),
    ("isf_noise_tables", "MEAN_ISF_NOISE"),
    ("gain_tables", "HP_GAIN PH_IMP_LOW PH_IMP_MID"),
    ("lp/isf_tables", "COS_TABLE"),
    ("gain_tables", "FIR_6K_7K FIR_7K"),
    ("ltp", "INTER4_2"),
    ("gain_tables", "FIR_UP"),
]


def table(source, name):
    """The numbers of an array of Rust."""
    body = re.search(rf"\b{name}: \[[^=]+= \[(.*?)\];", source, re.S)[1]
    numbers = [int(number) for number in re.findall(r"-?\d+", re.sub(r"//.*", "", body))]
    return [0] * (len(numbers) == 31) + numbers


def main():
    crate = Path(sys.argv[1]) / "src/codecs/amr/wb"
    numbers = []
    for file, names in TABLES:
        source = (crate / f"{file}.rs").read_text()
        for name in names.split():
            numbers += table(source, name)
    Path(__file__).with_name("amr-wb.bin").write_bytes(struct.pack(f"<{len(numbers)}h", *numbers))


main()
