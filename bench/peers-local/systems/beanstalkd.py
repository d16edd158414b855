"""beanstalkd with one worker."""

import re
import socket

import installed
from client import Refused
from stack import StackWithWorker

from systems.system import Promises, System

INSERTED = re.compile(rb"INSERTED \d+\r\n")
SECONDS_TO_RUN = 120


class BeanstalkProtocol:
    """https://github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt."""

    def greet(self, connection: socket.socket, client: int) -> None:
        pass

    def request(self, body: bytes, client: int) -> bytes:
        return b"put 1024 0 %d %d\r\n%s\r\n" % (SECONDS_TO_RUN, len(body), body)

    def answer(self, buffer: bytes) -> int:
        if b"\r\n" not in buffer:
            return 0
        if inserted := INSERTED.match(buffer):
            return inserted.end()
        raise Refused(buffer)


class BeanstalkdStack(StackWithWorker):
    protocol = BeanstalkProtocol()

    def start(self) -> None:
        journal = self.folder / "journal"
        journal.mkdir(exist_ok=True)
        command = [
            installed.server("beanstalkd"),
            "-l",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-b",
            str(journal),
            "-f",
            "0",
        ]
        self.serve(command, env=installed.environment())
        self.until_reachable(self.port)

    def command(self, role: str) -> list[str]:
        return installed.node("beanstalkd", role)


def missing() -> str | None:
    if installed.server("beanstalkd") is None:
        return "beanstalkd"
    return None if installed.NODE.exists() else "its Node client"


SYSTEM = System(
    name="beanstalkd",
    stack=BeanstalkdStack,
    missing=missing,
    version=lambda: (
        f"{installed.server_version([installed.server('beanstalkd'), '-v'])}, jackd {installed.node_version('jackd')}"
    ),
    configuration=(
        "A journal (`-b`) that is synced at each write (`-f 0`). One worker reserves one job at a time, and releases "
        "a failed one without a delay "
        "and with its priority, which returns it to its place."
    ),
    promises=Promises(
        order="by priority, then by id",
        after_a_failure="kept without a delay; with one, others overtake",
        duplicates="not recognised",
        history="none: a deleted job is gone",
    ),
    documentation=(
        "https://github.com/beanstalkd/beanstalkd/blob/master/doc/protocol.txt",
        "https://github.com/beanstalkd/beanstalkd/blob/master/doc/beanstalkd.ronn",
    ),
)
