"""The processes of a system, read from Linux's `/proc`: their processor time and memory, with all their descendants."""

import os
import signal
import subprocess
import time
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SECONDS_TO_END = 10


def stat(pid: int) -> list[str]:
    """The fields of `/proc/PID/stat` from the state on; none if the process has ended. A name can contain spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def tree(roots: list[int]) -> list[int]:
    """These processes and their living descendants."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := stat(int(name))):
            children.setdefault(int(fields[1]), []).append(int(name))
    found = [pid for pid in roots if stat(pid)]
    for pid in found:
        found.extend(child for child in children.get(pid, []) if child not in found)
    return found


def processor_seconds(roots: list[int]) -> float:
    """The time of the processes, their living descendants, and those that ended and were waited for."""
    ticks = 0
    for pid in tree(roots):
        if fields := stat(pid):
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS_PER_SECOND


def memory_mib(roots: list[int]) -> float:
    """The proportional set size: a page that processes share counts once in their sum."""
    kib = 0
    for pid in tree(roots):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        kib += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kib / 1024


def end(process: subprocess.Popen) -> None:
    """Ends a process, and kills its descendants if they outlive it."""
    members = tree([process.pid])
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        pass
    _kill(process, members)


def kill(process: subprocess.Popen) -> None:
    """Ends a process and its descendants as a crash does."""
    _kill(process, tree([process.pid]))


def _kill(process: subprocess.Popen, members: list[int]) -> None:
    for pid in members:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()
    while any(map(alive, members)):
        time.sleep(0.001)


def alive(pid: int) -> bool:
    fields = stat(pid)
    return bool(fields) and fields[0] not in "ZX"
