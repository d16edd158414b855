"""What `make peers` installed, and what the machine has."""

import json
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target")).resolve()
DEBIAN = TARGET / "peers-local" / "debian"
PYTHON = TARGET / "peers-local" / "python" / "bin"
NODE_MODULES = HERE / "node" / "node_modules"
NODE_PROCESSOR = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
NODE = NODE_MODULES / f"node-linux-{NODE_PROCESSOR}" / "bin" / "node"


def server(name: str) -> str | None:
    """A Debian package's program: the unpacked one, else the system's."""
    for folder in ("usr/bin", "usr/sbin", "usr/lib/postgresql/15/bin"):
        for root in (DEBIAN, Path("/")):
            if (root / folder / name).is_file():
                return str(root / folder / name)
    return shutil.which(name)


def environment() -> dict[str, str]:
    """So that unpacked programs find their unpacked libraries."""
    libraries = [str(DEBIAN / folder / f"{platform.machine()}-linux-gnu") for folder in ("usr/lib", "lib")]
    return {**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}


def node(system: str, role: str) -> list[str]:
    return [str(NODE), "--disable-warning=ExperimentalWarning", str(HERE / "node" / "main.ts"), system, role]


def python(system: str, role: str) -> list[str]:
    return [str(PYTHON / "python"), str(HERE / "python" / "main.py"), system, role]


def server_version(command: list[str]) -> str:
    """The first version number that the command prints."""
    printed = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    return re.search(r"\d+\.\d+(\.\d+)?", printed.stdout + printed.stderr)[0]


def node_version(package: str) -> str:
    return json.loads((NODE_MODULES / package / "package.json").read_text())["version"]


def python_version(package: str) -> str:
    """From the name of the folder that pip writes: `NAME-VERSION.dist-info`."""
    [folder] = PYTHON.parent.glob(f"lib/python*/site-packages/{package}-*.dist-info")
    return folder.name.removesuffix(".dist-info").rpartition("-")[2]
