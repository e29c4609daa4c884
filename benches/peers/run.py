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
import fcntl
import hashlib
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
CONNECTIONS = [1, 64]
# Each server is asked so often with so many connections, in turn with the others.
ROUNDS = 3
# Each screen and each page is opened and searched so often; the median counts.
TRIES = 3
# No server here takes more callbacks a second.
MOST_PER_SECOND = 30_000
# Weibo hangs up then, in seconds.
LATE = 5
# Longer than anything takes, in seconds.
PATIENCE = 120
# Of the terminal: rows, columns.
SIZE = (36, 120)
# The messages that are looked for: what is typed, and a character that shows that the message is there. It is not typed and stands
# nowhere else; it is only one since a terminal is sent just the cells that change.
NEWEST_SHOWN = "鲸"
COMMON, COMMON_SHOWN, COMMON_EVERY = "凤梨", "筐", 1000
RARE, RARE_SHOWN = "榴莲", "猫"


# What is sent ---------------------------------------------------------------------------------------------------------


def bodies(seed: int):
    """Callback bodies as a large account gets them, of the same words and shares as in `benches/shared.rs`; no two the same."""
    source = (HERE.parent / "shared.rs").read_text()
    words = re.search(r'const WORDS: &str = "(.*?)";', source, re.DOTALL)[1].replace("\\\n", "").split()
    draw = random.Random(seed).random
    china = datetime.timezone(datetime.timedelta(hours=8))
    senders, begin, second = 50_000, 1_720_000_000, ""

    def text():
        drawn = (words[int(draw() * draw() * len(words))] for _ in range(2 + int(draw() * 14)))
        return "".join(word + "，" if draw() < 1 / 6 else word for word in drawn)

    def content():
        fid, share = 3_000_000_000 + int(draw() * (1 << 40)), draw()
        if share < 0.75:
            return "text", text(), "{}"
        if share < 0.84:
            return "image", "分享图片", f'{{"vfid":{fid},"tovfid":{fid + 1}}}'
        if share < 0.89:
            return "voice", "分享语音", f'{{"vfid":{fid},"tovfid":{fid + 1}}}'
        if share < 0.92:
            place = f'{{"longitude":"{73 + draw() * 60:.6f}","latitude":"{20 + draw() * 30:.6f}"}}'
            return "position", "我的位置", place
        if share < 0.97:
            return "event", "关注事件消息", f'{{"subtype":"click","key":"menu_{fid}"}}'
        if share < 0.99:
            return "mention", text(), f'{{"subtype":"status","key":"{fid}"}}'
        return "video", text(), f'{{"tovfid":{fid}}}'

    number = 0
    while True:
        # Four a second, and no two of them from one sender, so that no two are the same.
        if number % 4 == 0:
            at = datetime.datetime.fromtimestamp(begin + number // 4, china)
            second = at.strftime("%a %b %d %H:%M:%S %z %Y")
        loud = draw() < 0.5
        sender = 1_000_000_000 + int(draw() * (senders // 100 if loud else senders)) * 4 + number % 4
        yield number, sender, second, *content()
        number += 1


def write_bodies(path: Path, seed: int, count: int, planted=None) -> list[int]:
    """Writes so many bodies, with `planted` texts in the place of some; the offset of each in the file."""
    offsets, offset = [], 0
    with path.open("wb") as out:
        for number, sender, second, kind, text, data in bodies(seed):
            if number == count:
                return offsets
            if planted and (found := planted(number)):
                kind, text, data = "text", found, "{}"
            line = (
                f'{{"type":"{kind}","receiver_id":1902538057,"sender_id":{sender},"created_at":"{second}",'
                f'"text":"{text}","data":{data}}}\n'
            ).encode()
            out.write(line)
            offsets.append(offset)
            offset += len(line)


def planted_among(count: int):
    """What is looked for: in every thousandth message, in one in the middle, and in the newest."""

    def planted(number):
        if number == count - 1:
            return NEWEST_SHOWN + "来了"
        if number == count // 2 + 1:
            return RARE_SHOWN + "爱吃" + RARE
        if number % COMMON_EVERY == COMMON_EVERY // 2:
            return f"第{number}{COMMON_SHOWN}{COMMON}"
        return None

    return planted


def signed_target() -> str:
    timestamp, nonce = "1397022061823", "57155157"
    signature = hashlib.sha1("".join(sorted([SECRET, timestamp, nonce])).encode()).hexdigest()
    return f"/weibo?signature={signature}&timestamp={timestamp}&nonce={nonce}"


# Programs -------------------------------------------------------------------------------------------------------------


def works(*command: str) -> bool:
    """Whether a command is there and ends well."""
    try:
        return subprocess.run(command, cwd=HERE, capture_output=True, timeout=PATIENCE).returncode == 0
    except OSError:
        return False


def said(*command: str) -> str:
    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return run.stdout.strip()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
        return answer.read().decode()


class Weibox:
    """weibox, of the release build."""

    name = "weibox"

    def __init__(self, binary: str):
        self.binary = binary
        self.there = works(binary, "--version")
        self.how = "cargo build --release --locked"

    def version(self):
        return said(self.binary, "--version")

    def command(self, home: Path, port: int) -> tuple[list[str], dict]:
        return (
            [self.binary, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", str(home)],
            {"WEIBOX_APP_SECRET": SECRET},
        )

    def fill(self, home: Path, lines: Path):
        subprocess.run(
            [self.binary, "--data-dir", home, "import", lines], check=True, capture_output=True, env=environment(home)
        )

    def kept(self, home: Path) -> int:
        export = [self.binary, "--data-dir", home, "export", "--format", "jsonl"]
        return subprocess.run(export, check=True, capture_output=True, env=environment(home)).stdout.count(b"\n")

    def screen(self, home: Path, _lines: Path) -> tuple[list[str], dict]:
        return (
            [self.binary, "--listen", "127.0.0.1:0", "--data-dir", str(home)],
            {"WEIBOX_APP_SECRET": SECRET, "WEIBOX_IMAGES": "halfblocks"},
        )

    # Esc gives up the search before; a search shows what it found.
    before, search, again = "\x1b", "/{}\r", ""


class Lnav:
    """lnav on the JSON lines, with a format for them."""

    name = "lnav"
    how = "apt-get install lnav"

    def __init__(self):
        self.there = works("lnav", "-V")

    def version(self):
        return said("lnav", "-V")

    def fill(self, home: Path, _lines: Path):
        formats = home / ".config" / "lnav" / "formats" / "weibo"
        formats.mkdir(parents=True)
        shutil.copy(HERE / "lnav.json", formats)

    def screen(self, _home: Path, lines: Path) -> tuple[list[str], dict]:
        return ["lnav", str(lines)], {}

    # From the newest message a search goes on downwards, where nothing is: N goes up, once there is something to go to.
    before, search, again = "G", "/{}\r", "N"


class Web:
    """An app with a database of its own, served over HTTP."""

    def __init__(self, name: str, how: str, there: bool, start, version):
        self.name, self.how, self.there, self.start, self.version = name, how, there, start, version

    def command(self, home: Path, port: int) -> tuple[list[str], dict]:
        more = {"DATABASE": str(home / "app.db"), "APP_SECRET": SECRET, "PORT": str(port)}
        return [part.replace("PORT", str(port)) for part in self.start], more

    def fill(self, home: Path, lines: Path):
        # The app makes its table; the rows go in at once, as no app would get them.
        with served(self, home):
            pass
        db = sqlite3.connect(home / "app.db")
        columns = ["type", "receiver_id", "sender_id", "created_at", "text", "data"]
        with db, lines.open() as source:
            rows = ((*(m[c] for c in columns[:-1]), json.dumps(m["data"])) for m in map(json.loads, source))
            db.executemany(f"INSERT INTO messages ({', '.join(columns)}) VALUES (?, ?, ?, ?, ?, ?)", rows)
        db.close()

    def kept(self, home: Path) -> int:
        with contextlib.closing(sqlite3.connect(home / "app.db")) as db:
            return db.execute("SELECT count(*) FROM messages").fetchone()[0]


def programs(binary: str) -> list:
    # Without an access log, which uvicorn writes by default and the others do not.
    uvicorn = ["-m", "uvicorn", "--port", "PORT", "--no-access-log", "--log-level", "warning", "fastapi_app:app"]
    versions = "import fastapi, uvicorn; print('FastAPI', fastapi.__version__ + ', uvicorn', uvicorn.__version__)"
    packages = "['express', 'better-sqlite3'].map(p => p + ' ' + require(p + '/package.json').version).join(', ')"
    return [
        Weibox(binary),
        Lnav(),
        Web(
            "FastAPI + SQLite",
            "pip install fastapi 'uvicorn[standard]'",
            works(sys.executable, "-c", "import fastapi, uvicorn, uvloop, httptools"),
            [sys.executable, *uvicorn],
            lambda: f"{said(sys.executable, '-c', versions)}, Python {sys.version.split()[0]}, "
            f"SQLite {sqlite3.sqlite_version}",
        ),
        Web(
            "Express + better-sqlite3",
            "npm install --no-save --prefix benches/peers express better-sqlite3@12",
            works("node", "-e", "require('express'); new (require('better-sqlite3'))(':memory:')"),
            ["node", str(HERE / "express_app.js")],
            lambda: f"{said('node', '-p', packages)}, Node {said('node', '--version')}",
        ),
    ]


def environment(home: Path, **more: str) -> dict:
    """Nothing of the user's own settings, and a terminal that all know."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "NODE_PATH") if name in os.environ}
    return {**kept, "HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm-256color", "NODE_ENV": "production", **more}


@contextlib.contextmanager
def served(program, home: Path):
    """The program listening; its port, when it does, and when it was started."""
    port = free_port()
    command, more = program.command(home, port)
    started_at = time.perf_counter()
    child = subprocess.Popen(command, cwd=HERE, env=environment(home, **more), stdout=subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if child.poll() is not None or time.perf_counter() - started_at > PATIENCE:
                sys.exit(f"{program.name} does not listen")
            time.sleep(0.001)
        yield port, started_at
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(PATIENCE)


class Screen:
    """A program on a pseudo-terminal, and what it has written there."""

    ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[P_^][^\x1b]*\x1b\\|[ -/]*[0-Z\\^-~])")

    def __init__(self, command: list[str], env: dict):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        self.started_at = time.perf_counter()
        self.child = subprocess.Popen(
            command,
            env=env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def press(self, keys: str):
        os.write(self.master, keys.encode())

    def wait_for(self, text: str, since: float, again: str = "") -> float:
        """How long after `since` the text stood on the screen, if the keys `again` are pressed ten times a second."""
        raw, pressed_at = b"", since
        while (now := time.perf_counter()) - since < PATIENCE:
            if select.select([self.master], [], [], 0.02)[0]:
                raw += os.read(self.master, 1 << 16)
                if text in self.ESCAPES.sub("", raw.decode(errors="ignore")):
                    return time.perf_counter() - since
            if again and now - pressed_at > 0.1:
                self.press(again)
                pressed_at = now
        sys.exit(f"`{text}` does not appear on the screen of {self.child.args[0]}")

    def settle(self):
        """Reads on until nothing more comes for half a second."""
        while select.select([self.master], [], [], 0.5)[0]:
            os.read(self.master, 1 << 16)

    def close(self):
        self.child.terminate()
        while self.child.poll() is None:
            # Whoever says goodbye must be heard, or would wait.
            if select.select([self.master], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    os.read(self.master, 1 << 16)
        os.close(self.master)


# Measuring ------------------------------------------------------------------------------------------------------------


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


def print_table(rows: list[tuple[str, dict]], names: list[str]):
    print("| what | " + " | ".join(names) + " |\n| --- |" + " --- |" * len(names))
    for what, cells in rows:
        print(f"| {what} | " + " | ".join(cells.get(name, "–") for name in names) + " |")


def seconds_text(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def tell(text: str):
    print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--messages", type=int, default=1_000_000, help="in the archive (default: 1000000)")
    parser.add_argument("--seconds", type=int, default=4, help="of each round of callbacks (default: 4)")
    parser.add_argument("--weibox", default=str(HERE.parents[1] / "target/release/weibox"), help="the program")
    options = parser.parse_args()
    present, missing = [], []
    for program in programs(options.weibox):
        (present if program.there else missing).append(program)
    takers = [program for program in present if hasattr(program, "command")]
    rows = []
    with tempfile.TemporaryDirectory(prefix="weibox-peers-") as made:
        home = Path(made)
        lines = home / "messages.jsonl"
        tell(f"writing {options.messages} messages")
        write_bodies(lines, 1, options.messages, planted_among(options.messages))
        filled, looked = {}, {}
        for program in present:
            (home / program.name).mkdir()
            tell(f"{program.name}: filling")
            began_at = time.perf_counter()
            program.fill(home / program.name, lines)
            filled[program.name] = time.perf_counter() - began_at
        for _ in range(TRIES):
            for program in present:
                tell(f"{program.name}: opening and searching")
                took = look(program, home / program.name, lines)
                tell("  " + ", ".join(map(seconds_text, took)))
                looked.setdefault(program.name, []).append(took)
        rows.append(("filled before", {p.name: seconds_text(filled[p.name]) for p in present if p.name != "lnav"}))
        whats = [
            "opened: newest message shown",
            f"search, a word of one in {COMMON_EVERY} messages",
            "search, a word of one message",
        ]
        for index, what in enumerate(whats):
            cells = {n: seconds_text(statistics.median(t[index] for t in tries)) for n, tries in looked.items()}
            rows.append((what, cells))
        busy = None
        if has_wrk := works("sh", "-c", "command -v wrk"):
            callbacks = home / "callbacks.jsonl"
            count = MOST_PER_SECOND * options.seconds * len(CONNECTIONS) * (ROUNDS + 1)
            offsets = write_bodies(callbacks, 2, count)
            (home / "ingest").mkdir()
            measured = ingest(takers, home / "ingest", callbacks, offsets, options.seconds)
            busy = max(figures["busy"] for rounds in measured.values() for figures in rounds)
            for connections in CONNECTIONS:
                cells = {}
                for program in takers:
                    rate, p50, p99 = (
                        statistics.median(f[what] for f in measured[program.name, connections])
                        for what in ("rate", "p50", "p99")
                    )
                    late = sum(f["late"] for f in measured[program.name, connections])
                    cells[program.name] = f"{rate:,.0f} a second; {p50:.2f}, {p99:.2f} ms" + (
                        f"; {late} after {LATE} s" if late else ""
                    )
                rows.append((f"callbacks, {connections} at once (p50, p99)", cells))
    print(f"{options.messages:,} messages, {datetime.date.today()}, {machine()}.\n")
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
