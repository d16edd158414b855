"""A program of a peer, in its client's language: it prints `ready`, waits for `go`, and prints `done`."""

import json
import selectors
import subprocess
import time
from pathlib import Path

import processes

SECONDS_TO_BE_READY = 60


class Program:
    def __init__(self, command: list[str], options: dict[str, object], log: Path) -> None:
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [*command, json.dumps(options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._log = log
        self._buffer = b""
        try:
            self._expect(b"ready", SECONDS_TO_BE_READY)
        except BaseException:
            self.end()
            raise

    def go(self) -> None:
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()

    def wait(self, seconds: float) -> None:
        self._expect(b"done", seconds)

    def end(self) -> None:
        processes.end(self.process)
        self.process.stdin.close()
        self.process.stdout.close()

    def _expect(self, word: bytes, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while word not in self._buffer.splitlines():
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError(f"{self.process.args[:3]} did not print {word.decode()} in {seconds} s: see {self._log}")
                received = self.process.stdout.read1()
                if not received:
                    raise RuntimeError(f"{self.process.args[:3]} ended before {word.decode()}: {self._log.read_text()[-2000:]}")
                self._buffer += received
        self._buffer = b""
