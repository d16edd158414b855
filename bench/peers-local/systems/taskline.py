"""Taskline: one process on one SQLite file."""

import json
import os
import subprocess
import urllib.request

import client
import installed
import processes
import task
from http_protocol import HttpProtocol
from stack import Stack

from systems.system import Promises, System

PROGRAM = os.environ.get("TASKLINE", str(installed.TARGET / "release" / "taskline"))
POLLS = 0.01


class TasklineStack(Stack):
    """Its handlers are in the program, so the line is paused until the worker would start."""

    last: tuple[str, ...] = ()
    held = False

    def start(self) -> None:
        handler = ["--webhook", self.handler] if self.handler else []
        self.serve([PROGRAM, "local", "--data", self._data, "--listen", f"127.0.0.1:{self.port}", *handler])
        self.until_reachable(self.port)

    def accept(self, clients: int, first: int, tasks: int) -> float:
        bodies = [task.body(number) for number in range(first, first + tasks)]
        seconds, answers = client.accept(HttpProtocol("/tasks"), self.port, clients, bodies)
        self.last = tuple(json.loads(answer.partition(b"\r\n\r\n")[2])["task_id"] for answer in answers)
        return seconds

    def ready(self) -> None:
        """The line is in the program: nothing has to be started."""

    def hold(self) -> None:
        self._line("pause")
        self.held = True

    def begin(self, tasks: int = 0) -> None:
        if self.held:
            self._line("resume")
            self.held = False

    def wait(self, seconds: float) -> None:
        self.until(lambda: all(map(self._completed, self.last)), seconds)

    def crash(self) -> None:
        processes.kill(self.servers.pop())

    def recover(self) -> None:
        self.start()

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _line(self, verb: str) -> None:
        subprocess.run(
            [PROGRAM, "line", verb, "--local", self._data, "--reason", "measured"], check=True, capture_output=True
        )

    def _completed(self, task_id: str) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/tasks/{task_id}", timeout=10) as answer:
            return json.load(answer)["status"] == "completed"


def missing() -> str | None:
    return None if os.access(PROGRAM, os.X_OK) else f"{PROGRAM}, which `make taskline` builds"


SYSTEM = System(
    name="Taskline",
    stack=TasklineStack,
    missing=missing,
    version=lambda: installed.server_version([PROGRAM, "--version"]),
    configuration=(
        "`taskline local` without settings; the webhook handler, or `record` as the trivial one. "
        "Both run in the program."
    ),
    promises=Promises(
        order="by acceptance",
        after_a_failure=(
            "kept while the task is retried; then it is a dead letter and the line goes on, or with "
            "`FAILURE_POLICY=hold` waits for it"
        ),
        duplicates="refused by `Idempotency-Key`; a completed task is not handled again",
        history="each task with its attempts and failures",
    ),
    documentation=("lifecycle.md", "load.md"),
)
