#!/usr/bin/env python3
"""weibox against what one would take today: lnav on JSON lines, FastAPI + SQLite, Express + better-sqlite3.

Opens and searches an archive of a million messages in each, and sends signed callbacks to those that take them. Prints a
Markdown table. What is not installed is left out, and said. Everything is on the disk of TMPDIR and on loopback.

    cargo build --release --locked
    apt-get install lnav wrk
    pip install fastapi 'uvicorn[standard]'
    npm install --no-save --prefix benches/peers express better-sqlite3@12
    benches/peers/run.py

better-sqlite3 13 crashes on Node 20, hence 12.
"""

import argparse
import contextlib
import datetime
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from callbacks import COMMON, COMMON_EVERY, COMMON_SHOWN, NEWEST_SHOWN, RARE, RARE_SHOWN, planted_among, signed_target, write_bodies
from programs import HERE, PATIENCE, Web, environment, programs, served, works
from screen import Screen

CONNECTIONS = [1, 64]
# Each server is asked so often with so many connections, in turn with the others.
ROUNDS = 3
# Each screen and each page is opened and searched so often; the median counts.
TRIES = 3
# No server here takes more callbacks a second.
MOST_PER_SECOND = 30_000
# Weibo hangs up then, in seconds.
LATE = 5


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


def look(program, home: Path, lines: Path) -> tuple[float, float, float]:
    """Seconds until the newest message is there, and until a hit of the common word, and of the rare one."""
    if isinstance(program, Web):
        with served(program, home) as (port, started_at):
            page = f"http://127.0.0.1:{port}/messages"
            assert NEWEST_SHOWN in get(page)
            took = [time.perf_counter() - started_at]
            for word, shown in [(COMMON, COMMON_SHOWN), (RARE, RARE_SHOWN)]:
                asked_at = time.perf_counter()
                assert shown in get(f"{page}?q={urllib.parse.quote(word)}")
                took.append(time.perf_counter() - asked_at)
            return tuple(took)
    command, more = program.screen(home, lines)
    screen = Screen(command, environment(home, **more))
    try:
        took = [screen.wait_for(NEWEST_SHOWN, screen.started_at)]
        for word, shown in [(COMMON, COMMON_SHOWN), (RARE, RARE_SHOWN)]:
            screen.settle()
            screen.press(program.before)
            screen.settle()
            pressed_at = time.perf_counter()
            screen.press(program.search.format(word))
            took.append(screen.wait_for(shown, pressed_at, program.again))
        return tuple(took)
    finally:
        screen.close()


def wrk(port: int, connections: int, seconds: int, callbacks: Path, offset: int) -> dict:
    """Sends callbacks for so long."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={LATE}s", "-s", str(HERE / "callbacks.lua")]
    command += [f"http://127.0.0.1:{port}", "--", signed_target(), str(callbacks), str(offset)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    measured = re.search(r"^measured (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$", printed, re.MULTILINE)
    if not measured or measured[6] != "0":
        sys.exit(f"not all callbacks were answered with 200:\n{printed}")
    requests, took, p50, p99, late, _ = map(int, measured.groups())
    busy = (usage.ru_utime + usage.ru_stime) / (took / 1e6)
    figures = {"rate": requests / took * 1e6, "p50": p50 / 1e3, "p99": p99 / 1e3}
    tell("  " + ", ".join(f"{what} {figure:.2f}" for what, figure in figures.items()))
    return {**figures, "requests": requests, "late": late, "busy": busy}


def ingest(takers: list, home: Path, callbacks: Path, offsets: list[int], seconds: int) -> dict:
    """For each program's name and number of connections what was measured, a round in turn."""
    measured = {(p.name, c): [] for p in takers for c in CONNECTIONS}
    with contextlib.ExitStack() as stack:
        ports = {}
        for program in takers:
            (home / program.name).mkdir()
            ports[program.name] = stack.enter_context(served(program, home / program.name))[0]
        slices = iter(offsets[:: MOST_PER_SECOND * seconds])
        answered = dict.fromkeys(ports, 0)
        # The first round of all warms up.
        for turn in range(ROUNDS + 1):
            for connections in CONNECTIONS:
                offset = next(slices)
                for program in takers:
                    tell(f"{program.name}: callbacks, {connections} at once")
                    figures = wrk(ports[program.name], connections, seconds, callbacks, offset)
                    answered[program.name] += figures["requests"]
                    if turn:
                        measured[program.name, connections].append(figures)
    for program in takers:
        kept, unheard = program.kept(home / program.name), sum(CONNECTIONS) * (ROUNDS + 1)
        if not answered[program.name] <= kept <= answered[program.name] + unheard:
            sys.exit(f"{program.name} kept {kept} messages of {answered[program.name]} that it answered")
    return measured


def machine() -> str:
    info = Path("/proc/cpuinfo")
    model = re.search(r"model name\s*: (.*)", info.read_text() if info.exists() else "")
    return f"{model[1] if model else 'unknown processor'}, {os.cpu_count()} cores, {os.uname().sysname}"


def sync_ms(home: Path) -> float:
    """The median of what a write of 4 KiB takes until it is on disk."""
    took = []
    with (home / "synced").open("wb", buffering=0) as out:
        for _ in range(200):
            began_at = time.perf_counter()
            out.write(bytes(4096))
            os.fsync(out.fileno())
            took.append(time.perf_counter() - began_at)
    return statistics.median(took) * 1e3


def print_table(rows: list[tuple[str, dict]], names: list[str]):
    print("| what | " + " | ".join(names) + " |\n| --- |" + " --- |" * len(names))
    for what, cells in rows:
        print(f"| {what} | " + " | ".join(cells.get(name, "–") for name in names) + " |")


def seconds_text(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def tell(text: str):
    print(text, file=sys.stderr, flush=True)


def look_rows(present: list, home: Path, messages: int) -> list[tuple[str, dict]]:
    """Fills each program with the same messages, opens and searches it."""
    lines = home / "messages.jsonl"
    tell(f"writing {messages:,} messages")
    write_bodies(lines, 1, messages, planted_among(messages))
    filled, looked = {}, {program.name: [] for program in present}
    for program in present:
        (home / program.name).mkdir()
        tell(f"{program.name}: filling")
        began_at = time.perf_counter()
        program.fill(home / program.name, lines)
        filled[program.name] = seconds_text(time.perf_counter() - began_at) if program.keeps else "–"
    for _ in range(TRIES):
        for program in present:
            tell(f"{program.name}: opening and searching")
            took = look(program, home / program.name, lines)
            tell("  " + ", ".join(map(seconds_text, took)))
            looked[program.name].append(took)
    whats = [
        "opened: newest message shown",
        f"search, a word of one in {COMMON_EVERY:,} messages",
        "search, a word of one message",
    ]
    medians = {name: [seconds_text(statistics.median(of)) for of in zip(*tries)] for name, tries in looked.items()}
    rows = [(what, {name: of[index] for name, of in medians.items()}) for index, what in enumerate(whats)]
    return [("filled before", filled), *rows]


def ingest_rows(takers: list, home: Path, seconds: int) -> tuple[list[tuple[str, dict]], float]:
    """Sends callbacks to each program; and how much of a core the sender took at most."""
    home.mkdir()
    callbacks = home / "callbacks.jsonl"
    tell("writing callbacks")
    offsets = write_bodies(callbacks, 2, MOST_PER_SECOND * seconds * len(CONNECTIONS) * (ROUNDS + 1))
    measured = ingest(takers, home, callbacks, offsets, seconds)
    rows = []
    for connections in CONNECTIONS:
        cells = {}
        for program in takers:
            rounds = measured[program.name, connections]
            rate, p50, p99 = (statistics.median(of[what] for of in rounds) for what in ("rate", "p50", "p99"))
            late = sum(of["late"] for of in rounds)
            cells[program.name] = f"{rate:,.0f} a second; {p50:.1f}, {p99:.1f} ms" + f"; {late} after {LATE} s" * (late > 0)
        rows.append((f"callbacks, {connections} at once (p50, p99)", cells))
    return rows, max(of["busy"] for rounds in measured.values() for of in rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--messages", type=int, default=1_000_000, help="in the archive (default: 1000000)")
    parser.add_argument("--seconds", type=int, default=4, help="of each round of callbacks (default: 4)")
    parser.add_argument("--weibox", default=str(HERE.parents[1] / "target/release/weibox"), help="the program")
    options = parser.parse_args()
    present, missing = [], []
    for program in programs(str(Path(options.weibox).resolve())):
        (present if program.is_there else missing).append(program)
    if missing and missing[0].name == "weibox":
        parser.error(f"no {options.weibox}: {missing[0].how}")
    with tempfile.TemporaryDirectory(prefix="weibox-peers-") as made:
        load, synced = os.getloadavg()[0], sync_ms(Path(made))
        rows, busy = look_rows(present, Path(made), options.messages), None
        if works("sh", "-c", "command -v wrk"):
            takers = [program for program in present if program.keeps]
            callbacks, busy = ingest_rows(takers, Path(made) / "callbacks", options.seconds)
            rows += callbacks
    print(f"{options.messages:,} messages, {datetime.date.today()}, {machine()}; load before {load:.1f}, a write and fsync {synced:.2f} ms.\n")
    print_table(rows, [program.name for program in present])
    print("\n" + "; ".join(program.version() for program in present) + ".")
    for program in missing:
        print(f"Left out: {program.name} ({program.how}).")
    if busy is None:
        print("Left out: callbacks (apt-get install wrk).")
    else:
        print(f"wrk, on the same machine, took {busy:.0%} of one core at most.")


if __name__ == "__main__":
    main()
