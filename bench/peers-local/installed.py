"""What `make peers` installed, and what the machine has."""

import os
import platform
import shutil
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
