"""NATS JetStream with one consumer."""

import json
import socket

import installed
from client import Refused, connect
from stack import StackWithWorker

from systems.system import Promises, System

STREAM = {"name": "tasks", "subjects": ["tasks"], "retention": "workqueue", "storage": "file", "num_replicas": 1}
SETTINGS = 'listen: "127.0.0.1:{port}"\njetstream {{ store_dir: "{folder}/jetstream", sync_interval: always }}\n'


class NatsProtocol:
    """https://docs.nats.io/reference/reference-protocols/nats-protocol."""

    def greet(self, connection: socket.socket, client: int) -> None:
        """Creates the stream too, which changes nothing if it exists."""
        create = _published("$JS.API.STREAM.CREATE.tasks", client, json.dumps(STREAM).encode())
        connection.sendall(b'CONNECT {"verbose":false}\r\nSUB inbox.%d 1\r\n%s' % (client, create))
        buffer = bytearray()
        while not self.answer(buffer):
            buffer += connection.recv(65536)

    def request(self, body: bytes, client: int) -> bytes:
        return _published("tasks", client, body)

    def answer(self, buffer: bytes) -> int:
        """`MSG subject id bytes` with the stream's acknowledgement, after anything else that the server sends."""
        if buffer.startswith(b"-ERR"):
            raise Refused(buffer)
        begin = buffer.find(b"MSG ")
        head = buffer.find(b"\r\n", begin) if begin >= 0 else -1
        if head < 0:
            return 0
        end = head + 4 + int(buffer[begin:head].split()[-1])
        if b'"error"' in buffer[head:end]:
            raise Refused(buffer)
        return end if len(buffer) >= end else 0


def _published(subject: str, client: int, body: bytes) -> bytes:
    return b"PUB %s inbox.%d %d\r\n%s\r\n" % (subject.encode(), client, len(body), body)


class NatsStack(StackWithWorker):
    protocol = NatsProtocol()

    def start(self) -> None:
        settings = self.folder / "nats.conf"
        settings.write_text(SETTINGS.format(port=self.port, folder=self.folder))
        self.serve([str(installed.PYTHON / "nats-server"), "-c", str(settings)])
        self.until_reachable(self.port)
        connect(self.protocol, self.port, 0).close()

    def command(self, role: str) -> list[str]:
        return installed.node("nats", role)


def missing() -> str | None:
    if not (installed.PYTHON / "nats-server").exists():
        return "nats-server"
    return None if installed.NODE.exists() else "its Node client"


SYSTEM = System(
    name="NATS JetStream",
    stack=NatsStack,
    missing=missing,
    version=lambda: (
        f"{installed.server_version([str(installed.PYTHON / 'nats-server'), '--version'])}, "
        f"@nats-io/jetstream {installed.node_version('@nats-io/jetstream')}"
    ),
    configuration=(
        "A file stream with work queue retention and `sync_interval: always`, which syncs each write; the default of "
        "two minutes "
        "can lose acknowledged messages. One pull consumer with `max_ack_pending: 1`; each acknowledgement is "
        "confirmed by the server (`ackAck`); a failed "
        "message is returned at once (`nak`). `ack_wait` has its default of 30 s."
    ),
    promises=Promises(
        order="by stream sequence, with `max_ack_pending: 1`",
        after_a_failure="kept with `max_ack_pending: 1`",
        duplicates="refused by `Nats-Msg-Id` for two minutes by default",
        history="none with work queue retention: an acknowledged message is gone",
    ),
    documentation=(
        "https://docs.nats.io/reference/config/jetstream/sync_interval",
        "https://docs.nats.io/nats-concepts/jetstream/consumers",
    ),
)
