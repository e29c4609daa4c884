"""A program on a pseudo-terminal: keys go in, and what it writes is looked at."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

from programs import PATIENCE

# Of the terminal: rows, columns.
SIZE = (36, 120)


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
