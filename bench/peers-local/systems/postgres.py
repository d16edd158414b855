"""PostgreSQL's server, as the queues that are libraries use it."""

import os
import shutil
import subprocess
from pathlib import Path

import installed
from stack import StackWithLibrary, when_root


class PostgresStack(StackWithLibrary):
    def start(self) -> None:
        data = self.folder / "postgres"
        if not data.exists():
            self._initialise(data)
        command = [installed.server("postgres"), "-D", str(data), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""]
        self.serve(command, env=installed.environment(), **when_root("nobody"))
        ready = [installed.server("pg_isready"), "--quiet", "--username=postgres", "--host=127.0.0.1", f"--port={self.port}"]
        self.until(lambda: subprocess.run(ready, env=installed.environment()).returncode == 0)
        self.prepare()

    def _initialise(self, data: Path) -> None:
        data.mkdir()
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            shutil.chown(data, "nobody", "nogroup")
        command = [installed.server("initdb"), "-D", str(data), "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-instructions"]
        subprocess.run(command, env=installed.environment(), check=True, capture_output=True, cwd=data, **when_root("nobody"))


def missing() -> str | None:
    needed = [name for name in ("initdb", "postgres", "pg_isready") if installed.server(name) is None]
    return ", ".join(needed) or None


def missing_with_node() -> str | None:
    return missing() or (None if installed.NODE.exists() else "its Node client")


DURABLE = "PostgreSQL 15 with its defaults: `fsync` and `synchronous_commit` are on."
