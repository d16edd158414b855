"""The clients that submit tasks: the same for every system that has a wire protocol. Each sends its next task when its last is accepted."""

import selectors
import socket
import time
from collections.abc import Iterator
from typing import Protocol


class WireProtocol(Protocol):
    """How a system is asked to accept a task."""

    def greet(self, connection: socket.socket) -> None:
        """What a client sends before its first task."""

    def request(self, body: bytes) -> bytes:
        """Asks to accept a task, with an answer when it is stored durably."""

    def answer(self, buffer: bytes) -> int:
        """The length of the answer that the buffer begins with; 0 if it is incomplete. Raises if the task was refused."""


class Refused(Exception):
    """A system did not accept a task."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(f"not accepted: {bytes(answer)[:500]!r}")


def accept(protocol: WireProtocol, port: int, clients: int, bodies: list[bytes]) -> tuple[float, list[bytes]]:
    """The seconds until all are accepted, and the last answer to each client."""
    requests = iter([protocol.request(body) for body in bodies])
    with selectors.DefaultSelector() as selector:
        connections = [_connect(protocol, port) for _ in range(min(clients, len(bodies)))]
        answers = {connection: b"" for connection in connections}
        try:
            for connection in connections:
                selector.register(connection, selectors.EVENT_READ, bytearray())
            began = time.monotonic()
            waiting = sum(_send_next(connection, requests) for connection in connections)
            while waiting:
                for key, _ in selector.select():
                    answer = _receive(protocol, key.fileobj, key.data)
                    if answer:
                        answers[key.fileobj] = answer
                        waiting -= not _send_next(key.fileobj, requests)
            return time.monotonic() - began, list(answers.values())
        finally:
            for connection in connections:
                connection.close()


def _connect(protocol: WireProtocol, port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    protocol.greet(connection)
    return connection


def _send_next(connection: socket.socket, requests: Iterator[bytes]) -> bool:
    request = next(requests, None)
    if request is not None:
        connection.sendall(request)
    return request is not None


def _receive(protocol: WireProtocol, connection: socket.socket, buffer: bytearray) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise ConnectionError("the connection was closed before the answer")
    buffer += received
    length = protocol.answer(buffer)
    answer = bytes(buffer[:length])
    del buffer[:length]
    return answer
