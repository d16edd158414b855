"""Restate's server, with a virtual object as the line."""

import json
import urllib.request

import installed
from http_protocol import HttpProtocol
from stack import StackWithWorker, free_port

from systems.system import Promises, System

SERVER = (
    installed.NODE_MODULES
    / "@restatedev"
    / f"restate-server-linux-{installed.NODE_PROCESSOR}"
    / "bin"
    / "restate-server"
)


class RestateStack(StackWithWorker):
    """It pushes tasks to the worker, which therefore runs from the start, and keeps the first one waiting until it "
    "may begin."""

    protocol = HttpProtocol("/line/default/handle/send")

    def start(self) -> None:
        if not hasattr(self, "_admin"):
            self._admin, self._node, self._worker = free_port(), free_port(), free_port()
        self.serve(
            [
                str(SERVER),
                "--base-dir",
                str(self.folder / "data"),
                "--listen-mode",
                "tcp",
                "--bind-ip",
                "127.0.0.1",
                "--no-logo",
                "--log-disable-ansi-codes=true",
            ],
            env={
                **installed.environment(),
                "RESTATE_DISABLE_TELEMETRY": "true",
                "RESTATE_BIND_PORT": str(self._node),
                "RESTATE_INGRESS__BIND_PORT": str(self.port),
                "RESTATE_ADMIN__BIND_PORT": str(self._admin),
            },
        )
        self.until_reachable(self._admin)
        self.until_reachable(self.port)
        self._start_worker()
        if not (self.folder / "registered").exists():
            self.until(self._registered)
            (self.folder / "registered").touch()

    def ready(self) -> None:
        """The worker runs since the start."""

    def recover(self) -> None:
        self.worker.end()
        self._start_worker()
        self.begin()

    def command(self, role: str) -> list[str]:
        return installed.node("restate", role)

    def _start_worker(self) -> None:
        self.worker = self.program("work", handler=self.handler, workerPort=self._worker)

    def _registered(self) -> bool:
        """Whether the server knows the worker, which it asks for its handlers."""
        body = json.dumps({"uri": f"http://127.0.0.1:{self._worker}"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._admin}/deployments", body, {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status in (200, 201)
        except OSError:
            return False


def missing() -> str | None:
    return None if SERVER.exists() and installed.NODE.exists() else "restate-server"


SYSTEM = System(
    name="Restate",
    stack=RestateStack,
    missing=missing,
    version=lambda: (
        f"{installed.node_version('@restatedev/restate-server')}, "
        f"SDK {installed.node_version('@restatedev/restate-sdk')}"
    ),
    configuration=(
        "One node with its defaults; telemetry is off. The line is one key of a virtual object, whose exclusive "
        "handler runs one at a time. The handler calls "
        "the receiver in `ctx.run`. Tasks are submitted by `/send`. The retry policies have their defaults."
    ),
    promises=Promises(
        order="first in, first out per key of a virtual object",
        after_a_failure="kept: the key waits for the retries, and pauses after the last",
        duplicates="refused by `idempotency-key` for a day by default",
        history="journals of invocations for a day by default",
    ),
    documentation=(
        "https://docs.restate.dev/foundations/services",
        "https://docs.restate.dev/server/configuration",
        "https://docs.restate.dev/guides/error-handling",
    ),
    tasks_max=1000,
)
