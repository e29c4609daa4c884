#!/usr/bin/env python3
"""Draws assets/dashboard.svg, the picture in the README: cargo build --release && python3 assets/dashboard.py

Runs `weibox demo` in tmux for a minute, downloads everything, and turns the screen into text with colours. Needs tmux.
"""
import html
import pathlib
import re
import subprocess
import time
import unicodedata

ROOT = pathlib.Path(__file__).parent.parent
COLUMNS, ROWS = 120, 36
CELL, LINE = 8.4, 18
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff"}
# What a code puts an end to, beside those that only begin something.
BEGINS = {"1", "2", "4", "7", *COLOURS}
ENDS = {"": BEGINS, "0": BEGINS, "22": {"1", "2"}, "24": {"4"}, "27": {"7"}, "39": set(COLOURS)}


def tmux(*words):
    return subprocess.run(["tmux", *words], check=True, capture_output=True, text=True).stdout


def capture():
    program = ROOT / "target/release/weibox"
    tmux("new-session", "-d", "-s", "picture", "-x", str(COLUMNS), "-y", str(ROWS), f"{program} demo")
    # For each step the keys, then the seconds until they are done; the last position is looked at in the list of all.
    steps = [("", 45), ("D", 1), ("y", 3), ("3", 1), ("j", 1), ("k", 1), ("1", 2)]
    try:
        for keys, seconds in steps:
            if keys:
                tmux("send-keys", "-t", "picture", keys)
            time.sleep(seconds)
        return tmux("capture-pane", "-t", "picture", "-p", "-e").split("\n")[:ROWS]
    finally:
        tmux("kill-session", "-t", "picture")


def runs(line, codes):
    """Pieces of a line, each with the column where it begins and its codes; `codes` are those that the line before left."""
    column = 0
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if piece.startswith("\x1b["):
            for code in re.sub(r"38;5;([0-7])(?!\d)", r"3\1", piece[2:-1]).split(";"):
                codes -= ENDS.get(code, set())
                codes |= {code} & BEGINS
            continue
        # One piece a width class, so that Chinese stays on its columns whatever the font.
        for part in re.findall(r"[\u2e80-\uffef]+|[^\u2e80-\uffef]+", piece):
            width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in part)
            yield column, width, part, set(codes)
            column += width


def draw(lines):
    width, height = COLUMNS * CELL + 20, ROWS * LINE + 20
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" font-size="14" '
        'font-family="DejaVu Sans Mono,Menlo,Consolas,Noto Sans Mono CJK SC,monospace" fill="#c9d1d9" xml:space="preserve">',
        f'<rect width="{width:.0f}" height="{height}" rx="8" fill="#0d1117"/>',
    ]
    left = set()
    for row, line in enumerate(lines):
        y = 10 + row * LINE
        for column, cells, text, codes in runs(line, left):
            x = 10 + column * CELL
            colour = next((COLOURS[code] for code in codes if code in COLOURS), None)
            if "7" in codes:
                out.append(f'<rect x="{x:.1f}" y="{y}" width="{cells * CELL:.1f}" height="{LINE}" fill="#c9d1d9"/>')
                colour = "#0d1117"
            # Words one by one, because renderers do not agree about spaces.
            for word in re.finditer(r"\S+(?: \S+)*", text):
                width = cells if len(text) * 2 == cells else word.end() - word.start()
                begin = x + word.start() * CELL
                style = f' fill="{colour}"' if colour else ' fill="#8b949e"' if "2" in codes else ""
                style += ' font-weight="bold"' if "1" in codes else ""
                out.append(
                    f'<text x="{begin:.1f}" y="{y + 14}" textLength="{width * CELL:.1f}"{style}>{html.escape(word[0])}</text>'
                )
    return "\n".join([*out, "</svg>", ""])


(ROOT / "assets/dashboard.svg").write_text(draw(capture()))
