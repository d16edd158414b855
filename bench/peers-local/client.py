"""The clients that submit tasks, the same for every system with a wire protocol.

Each sends its next task when its last is accepted.
"""

import selectors
import socket
import time
from collections.abc import Iterator
from typing import Protocol


class WireProtocol(Protocol):
    """How a system is asked to accept a task."""

    def greet(self, connection: socket.socket, client: int) -> None:
        """What a client, with this number, sends before its first task."""

    def request(self, body: bytes, client: int) -> bytes:
        """Asks to accept a task, with an answer when it is stored durably."""

    def answer(self, buffer: bytes) -> int:
        """The length of the first answer in the buffer; 0 if it is incomplete. Raises if the task was refused."""


class Refused(Exception):
    """A system did not accept a task."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(f"not accepted: {bytes(answer)[:500]!r}")


def accept(protocol: WireProtocol, port: int, clients: int, bodies: list[bytes]) -> tuple[float, list[bytes]]:
    """The seconds until all are accepted, and the last answer to each client."""
    clients = min(clients, len(bodies))
    requests = [iter([protocol.request(body, client) for body in bodies[client::clients]]) for client in range(clients)]
    with selectors.DefaultSelector() as selector:
        connections = [connect(protocol, port, client) for client in range(clients)]
        answers = [b""] * clients
        try:
            for client, connection in enumerate(connections):
                selector.register(connection, selectors.EVENT_READ, (client, bytearray()))
            began = time.monotonic()
            waiting = sum(map(_send_next, connections, requests))
            while waiting:
                for key, _ in selector.select():
                    client, buffer = key.data
                    if answer := _receive(protocol, key.fileobj, buffer):
                        answers[client] = answer
                        waiting -= not _send_next(key.fileobj, requests[client])
            return time.monotonic() - began, answers
        finally:
            for connection in connections:
                connection.close()


def connect(protocol: WireProtocol, port: int, client: int) -> socket.socket:
    """A client that can submit tasks."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    protocol.greet(connection, client)
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
