"""How often processes sync, counted by strace, which slows them: never while time is measured."""

import re
import shutil
import signal
import subprocess
from pathlib import Path
from types import TracebackType

import processes

CALLS = ("fsync", "fdatasync", "sync_file_range", "msync")
# The calls, and errors if there were any, precede the name.
COUNTED = re.compile(rf"^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(?:{'|'.join(CALLS)})$", re.MULTILINE)


class Syncs:
    """Counts while it is entered. A file that is opened with O_DSYNC syncs without a call, which is not counted."""

    def __init__(self, roots: list[int], folder: Path) -> None:
        self._roots = roots
        self._summary = folder / "syncs"
        self.count = 0

    @staticmethod
    def available() -> bool:
        return shutil.which("strace") is not None

    def __enter__(self) -> "Syncs":
        pids = processes.tree(self._roots)
        attached = [word for pid in pids for word in ("-p", str(pid))]
        command = ["strace", "-f", "-c", "-e", f"trace={','.join(CALLS)}", "-o", str(self._summary), *attached]
        self._strace = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        waiting = set(pids)
        while waiting:
            line = self._strace.stderr.readline()
            if not line:
                raise RuntimeError(f"strace ended before it was attached to {waiting}")
            waiting = {pid for pid in waiting if f"Process {pid} attached" not in line and processes.alive(pid)}
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._strace.send_signal(signal.SIGINT)
        self._strace.communicate()
        self.count = counted(self._summary.read_text())


def counted(summary: str) -> int:
    return sum(int(calls) for calls in COUNTED.findall(summary))
