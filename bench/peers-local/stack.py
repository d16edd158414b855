"""A system that runs on new files: its servers, and its worker."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import client
import processes
import task
from program import Program

SECONDS_TO_START = 60


class Stack:
    """Processes that start and stop any number of times on one folder. When left, ends them and deletes the folder."""

    def __init__(self, folder: Path, handler: str | None) -> None:
        self.folder = folder
        self.handler = handler
        self.port = free_port()
        self.servers: list[subprocess.Popen] = []
        self.worker: Program | None = None

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Returns when the system accepts tasks."""
        raise NotImplementedError

    def hold(self) -> None:
        """Lets tasks wait until `begin`. With a separate worker they do, because it has not started."""

    def accept(self, clients: int, first: int, tasks: int) -> float:
        """Submits the tasks with these numbers. The seconds that it took."""
        raise NotImplementedError

    def ready(self) -> None:
        """Starts what handles tasks, and lets it wait for `begin`."""
        raise NotImplementedError

    def begin(self, tasks: int = 0) -> None:
        """Lets it handle tasks. `wait` is for this many."""
        raise NotImplementedError

    def wait(self, seconds: float) -> None:
        """Waits until the tasks are handled. Raises if they are not in time."""
        raise NotImplementedError

    def crash(self) -> None:
        """Kills what handles tasks."""
        raise NotImplementedError

    def recover(self) -> None:
        """Starts what was killed, as a supervisor does."""
        raise NotImplementedError

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.end()
            self.worker = None
        for server in reversed(self.servers):
            processes.end(server)
        self.servers = []

    def roots(self) -> list[int]:
        """The processes whose time and memory count, with their descendants."""
        return [*self.server_roots(), *([self.worker.process.pid] if self.worker else [])]

    def server_roots(self) -> list[int]:
        """The same without the worker, in whichever language that is."""
        return [server.pid for server in self.servers]

    def serve(self, command: list[str], **options: object) -> subprocess.Popen:
        """Starts a server, with its output in the folder's log."""
        with self.log.open("ab") as log:
            server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options
            )
        self.servers.append(server)
        return server

    def until_reachable(self, port: int) -> None:
        def connected() -> bool:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                return False
            return True

        self.until(connected)

    def until(self, condition: Callable[[], bool], seconds: float = SECONDS_TO_START) -> None:
        """Polls. Raises if a server ends or the condition does not come true."""
        deadline = time.monotonic() + seconds
        while not condition():
            if any(server.poll() is not None for server in self.servers) or time.monotonic() > deadline:
                raise RuntimeError(f"{type(self).__name__}: {self.log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.005)

    @property
    def log(self) -> Path:
        return self.folder / "log"


class StackWithWorker(Stack):
    """A server, and a separate worker that takes tasks from it by the client library of its language."""

    protocol: client.WireProtocol

    def command(self, role: str) -> list[str]:
        """The program with the client library."""
        raise NotImplementedError

    def accept(self, clients: int, first: int, tasks: int) -> float:
        bodies = [task.body(number) for number in range(first, first + tasks)]
        return client.accept(self.protocol, self.port, clients, bodies)[0]

    def ready(self) -> None:
        self.worker = self.program("work", handler=self.handler)

    def begin(self, tasks: int = 0) -> None:
        self.worker.go(tasks)

    def wait(self, seconds: float) -> None:
        self.worker.wait(seconds)

    def crash(self) -> None:
        processes.kill(self.worker.process)

    def recover(self) -> None:
        self.worker.end()
        self.ready()
        self.begin()

    def program(self, role: str, **options: object) -> Program:
        return Program(self.command(role), {"port": self.port, **options}, self.log)


class StackWithLibrary(StackWithWorker):
    """A system to which only its client library can submit."""

    def accept(self, clients: int, first: int, tasks: int) -> float:
        bodies = [task.body(number).decode() for number in range(first, first + tasks)]
        program = self.program("accept", clients=clients, bodies=bodies)
        try:
            began = time.monotonic()
            program.go(tasks)
            program.wait(SECONDS_TO_START + tasks)
            return time.monotonic() - began
        finally:
            program.end()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def when_root(user: str) -> dict[str, object]:
    """For servers that refuse to run as root."""
    return {"user": user, "group": "nogroup"} if os.geteuid() == 0 else {}
