"""A program of a peer, in its client's language.

It reads its options, prints `ready`, reads how many tasks, and prints `done`.
"""

import json
import selectors
import subprocess
import time
from pathlib import Path

import processes

SECONDS_TO_BE_READY = 120


class Program:
    def __init__(self, command: list[str], options: dict[str, object], log: Path) -> None:
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._log = log
        self._buffer = b""
        try:
            self._write(json.dumps(options))
            self._expect(b"ready", SECONDS_TO_BE_READY)
        except BaseException:
            self.end()
            raise

    def go(self, tasks: int) -> None:
        self._write(str(tasks))

    def wait(self, seconds: float) -> None:
        self._expect(b"done", seconds)

    def end(self) -> None:
        processes.end(self.process)
        self.process.stdin.close()
        self.process.stdout.close()

    def _write(self, line: str) -> None:
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()

    def _expect(self, word: bytes, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while word not in self._buffer.splitlines():
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError(self._failure(f"did not print {word.decode()} in {seconds} s"))
                received = self.process.stdout.read1()
                if not received:
                    raise RuntimeError(self._failure(f"ended before {word.decode()}"))
                self._buffer += received
        self._buffer = b""

    def _failure(self, what: str) -> str:
        return f"{self.process.args[-2:]} {what}: {self._log.read_text(errors='replace')[-2000:]}"
