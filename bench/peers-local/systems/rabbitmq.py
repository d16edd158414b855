"""A RabbitMQ quorum queue with a single active consumer."""

import socket
import struct
from pathlib import Path

import installed
from client import Refused, connect
from stack import StackWithWorker, free_port

from systems.system import Promises, System

METHOD, HEADER, BODY, END = 1, 2, 3, 0xCE
# Class and method, as in https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf.
START_OK, TUNE_OK, OPEN = (10, 11), (10, 31), (10, 40)
CHANNEL_OPEN, QUEUE_DECLARE, CONFIRM_SELECT = (20, 10), (50, 10), (85, 10)
PUBLISH, ACK = (60, 40), (60, 80)
DURABLE = 2
PERSISTENT = struct.pack(">HB", 1 << 12, 2)


class AmqpProtocol:
    def greet(self, connection: socket.socket, client: int) -> None:
        """Declares the queue too, which changes nothing if it exists."""
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        _receive(connection)
        connection.sendall(
            _method(0, START_OK, _table({}) + _short("PLAIN") + _long(b"\0guest\0guest") + _short("en_US"))
        )
        _receive(connection)
        connection.sendall(
            _method(0, TUNE_OK, struct.pack(">HIH", 1, 131072, 0)) + _method(0, OPEN, _short("/") + _short("") + b"\0")
        )
        _receive(connection)
        arguments = _table({"x-queue-type": "quorum", "x-single-active-consumer": True})
        declare = struct.pack(">H", 0) + _short("tasks") + bytes([DURABLE]) + arguments
        for call in ((CHANNEL_OPEN, _short("")), (QUEUE_DECLARE, declare), (CONFIRM_SELECT, b"\0")):
            connection.sendall(_method(1, *call))
            _receive(connection)

    def request(self, body: bytes, client: int) -> bytes:
        publish = _method(1, PUBLISH, struct.pack(">H", 0) + _short("") + _short("tasks") + b"\0")
        header = _frame(HEADER, 1, struct.pack(">HHQ", PUBLISH[0], 0, len(body)) + PERSISTENT)
        return publish + header + _frame(BODY, 1, body)

    def answer(self, buffer: bytes) -> int:
        if len(buffer) < 11:
            return 0
        size = struct.unpack_from(">I", buffer, 3)[0] + 8
        if len(buffer) < size:
            return 0
        if struct.unpack_from(">HH", buffer, 7) != ACK:
            raise Refused(buffer[:size])
        return size


def _receive(connection: socket.socket) -> None:
    """One answer, which must not be that the connection or the channel is closed."""
    head = connection.recv(7, socket.MSG_WAITALL)
    payload = connection.recv(struct.unpack_from(">I", head, 3)[0] + 1, socket.MSG_WAITALL)
    if struct.unpack_from(">HH", payload) in ((10, 50), (20, 40)):
        raise Refused(payload)


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + bytes([END])


def _method(channel: int, method: tuple[int, int], arguments: bytes) -> bytes:
    return _frame(METHOD, channel, struct.pack(">HH", *method) + arguments)


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _long(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


def _table(fields: dict[str, str | bool]) -> bytes:
    values = (
        _short(name) + (b"t" + bytes([value]) if isinstance(value, bool) else b"S" + _long(value.encode()))
        for name, value in fields.items()
    )
    return _long(b"".join(values))


class RabbitmqStack(StackWithWorker):
    protocol = AmqpProtocol()

    def start(self) -> None:
        if not hasattr(self, "_epmd"):
            self._epmd, self._distribution = free_port(), free_port()
        # Erlang's registry of nodes, which would otherwise outlive the server.
        self.serve(
            [installed.server("epmd"), "-port", str(self._epmd), "-address", "127.0.0.1"], env=installed.environment()
        )
        self.until_reachable(self._epmd)
        (self.folder / "plugins").write_text("[].\n")
        self.serve([str(_server())], env=self._environment())
        self.until_reachable(self.port)
        connect(self.protocol, self.port, 0).close()

    def command(self, role: str) -> list[str]:
        return installed.node("rabbitmq", role)

    def _environment(self) -> dict[str, str]:
        erlang = installed.DEBIAN / "usr" / "lib" / "erlang"
        found = {"PATH": f"{erlang}/bin:/usr/bin:/bin"} if erlang.exists() else {}
        return {
            **installed.environment(),
            **found,
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "peer@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
        }


def _server() -> Path | None:
    """Not Debian's wrapper, which changes the user."""
    found = [
        path
        for root in (installed.DEBIAN, Path("/"))
        for path in root.glob("usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server")
    ]
    return found[0] if found else None


def missing() -> str | None:
    if _server() is None or installed.server("epmd") is None:
        return "rabbitmq-server"
    return None if installed.NODE.exists() else "its Node client"


SYSTEM = System(
    name="RabbitMQ quorum queue",
    stack=RabbitmqStack,
    missing=missing,
    version=lambda: f"{_server().parent.parent.name.rpartition('-')[2]}, amqplib {installed.node_version('amqplib')}",
    configuration=(
        "A quorum queue of one node, which syncs before it confirms, with `x-single-active-consumer`; persistent "
        "messages and publisher confirms. One "
        "consumer with a prefetch of 1; a failed message is returned by `basic.reject` with `requeue`. AMQP does not "
        "confirm acknowledgements. Without plugins."
    ),
    promises=Promises(
        order="first in, first out, with one active consumer",
        after_a_failure="kept if possible: the message returns to its place",
        duplicates="not recognised",
        history="none: an acknowledged message is gone",
    ),
    documentation=(
        "https://www.rabbitmq.com/docs/quorum-queues",
        "https://www.rabbitmq.com/docs/consumers",
        "https://www.rabbitmq.com/docs/confirms",
        "https://www.rabbitmq.com/docs/nack",
    ),
)
