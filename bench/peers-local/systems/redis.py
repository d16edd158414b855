"""Redis's server, as the stream and BullMQ use it."""

import installed
from stack import StackWithWorker

ALWAYS = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")


class RedisStack(StackWithWorker):
    def start(self) -> None:
        command = [
            installed.server("redis-server"),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
        ]
        self.serve([*command, *ALWAYS, *self.settings()], env=installed.environment())
        self.until_reachable(self.port)

    def settings(self) -> list[str]:
        return []


def version() -> str:
    return f"Redis {installed.server_version([installed.server('redis-server'), '--version'])}"


def missing() -> str | None:
    if installed.server("redis-server") is None:
        return "redis-server"
    return None if installed.NODE.exists() else "its Node client"
