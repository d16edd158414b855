"""PostgreSQL's server, as the queues that are libraries use it."""

import os
import shutil
import subprocess
from pathlib import Path

import installed
from stack import StackWithLibrary, when_root


class PostgresStack(StackWithLibrary):
    def start(self) -> None:
        if not self._data.exists():
            self._copy(self._template())
        self._serve()

    def _template(self) -> Path:
        """A folder with the library's tables, made once for all measurements: it takes some libraries a minute."""
        template = type(self)(self.folder.parent / f"template-{type(self).__name__}", None)
        if not template.folder.exists():
            template.folder.mkdir()
            template._initialise()
            try:
                template._serve()
                template.program("prepare").end()
            finally:
                template.stop()
        return template._data

    def _copy(self, template: Path) -> None:
        self.folder.chmod(0o755)
        subprocess.run(["cp", "--archive", str(template), str(self._data)], check=True)

    def _initialise(self) -> None:
        self._data.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self._data, "nobody", "nogroup")
        command = [
            installed.server("initdb"),
            "-D",
            str(self._data),
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--no-instructions",
        ]
        subprocess.run(
            command, env=installed.environment(), check=True, capture_output=True, cwd=self._data, **when_root("nobody")
        )

    def _serve(self) -> None:
        command = [
            installed.server("postgres"),
            "-D",
            str(self._data),
            "-p",
            str(self.port),
            "-h",
            "127.0.0.1",
            "-k",
            "",
        ]
        self.serve(command, env=installed.environment(), **when_root("nobody"))
        ready = [
            installed.server("pg_isready"),
            "--quiet",
            "--username=postgres",
            "--host=127.0.0.1",
            f"--port={self.port}",
        ]
        self.until(lambda: subprocess.run(ready, env=installed.environment()).returncode == 0)

    @property
    def _data(self) -> Path:
        return self.folder / "postgres"


def version() -> str:
    return f"PostgreSQL {installed.server_version([installed.server('postgres'), '--version'])}"


def missing() -> str | None:
    needed = [name for name in ("initdb", "postgres", "pg_isready") if installed.server(name) is None]
    return ", ".join(needed) or None


def missing_with_node() -> str | None:
    return missing() or (None if installed.NODE.exists() else "its Node client")


def missing_with_python() -> str | None:
    return missing() or (None if (installed.PYTHON / "python").exists() else "its Python client")


DURABLE = "PostgreSQL 15 with its defaults: `fsync` and `synchronous_commit` are on."
