"""The machine of a measurement, read from Linux's `/proc`."""

import os
import platform
from datetime import datetime, timezone
from pathlib import Path


def described(folder: Path) -> str:
    """This machine, with the disk of `folder`. Raises if that is in memory, where a sync proves nothing."""
    device, file_system = disk(folder, Path("/proc/mounts").read_text())
    if file_system in ("tmpfs", "ramfs"):
        raise ValueError(f"{folder} is in memory ({file_system}): let TMPDIR name a folder on a disk")
    processor = field(Path("/proc/cpuinfo").read_text(), "model name", "unknown processor")
    gib = int(field(Path("/proc/meminfo").read_text(), "MemTotal", "0 kB").split()[0]) // 1024**2
    day = datetime.now(timezone.utc).date()
    hardware = f"{os.cpu_count()} cores of {processor}, {gib} GiB, Linux {platform.release()}"
    return f"{day}, {hardware}, data on {device} ({file_system})"


def disk(folder: Path, mounts: str) -> tuple[str, str]:
    """The device and the file system of the deepest mount that contains the folder."""
    lines = [line.split(" ") for line in mounts.splitlines()]
    containing = [line for line in lines if folder.resolve().is_relative_to(line[1])]
    deepest = max(containing, key=lambda line: len(Path(line[1]).parts))
    return deepest[0], deepest[2]


def field(text: str, name: str, otherwise: str) -> str:
    for line in text.splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return otherwise
