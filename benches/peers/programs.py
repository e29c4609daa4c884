"""The programs that are compared: whether they are there, how each is filled and started, and what it kept."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from callbacks import SECRET

HERE = Path(__file__).resolve().parent
# Longer than anything takes, in seconds.
PATIENCE = 120


def works(*command: str) -> bool:
    """Whether a command is there and ends well."""
    try:
        return subprocess.run(command, check=False, cwd=HERE, capture_output=True, timeout=PATIENCE).returncode == 0
    except OSError:
        return False


def said(*command: str) -> str:
    run = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=True, timeout=PATIENCE)
    return run.stdout.strip()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Weibox:
    """weibox, of the release build."""

    name = "weibox"
    how = "cargo build --release --locked"
    # Takes callbacks and keeps them.
    keeps = True

    def __init__(self, binary: str):
        self.binary = binary
        self.is_there = works(binary, "--version")

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
    keeps = False
    how = "apt-get install lnav"

    def __init__(self):
        self.is_there = works("lnav", "-V")

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

    keeps = True

    def __init__(self, name: str, how: str, is_there: bool, start, version):
        self.name, self.how, self.is_there, self.start, self.version = name, how, is_there, start, version

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
