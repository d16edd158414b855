"""The HTTP receiver that handles tasks: one thread that answers 204, fails one task once, or keeps one waiting."""

import re
import selectors
import socket
import threading
import time

import task

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
DONE = b"HTTP/1.1 204 No Content\r\n\r\n"
FAILED = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"


class Receiver:
    """Listens until it is left. `completed` has the numbers of the tasks in the order of their 204s, `times` when."""

    def __init__(self) -> None:
        self.completed: list[int] = []
        self.times: list[float] = []
        self._fail: int | None = None
        self._hang: int | None = None
        self.hanging = threading.Event()
        self._changed = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._selector.register(self._listener, selectors.EVENT_READ, bytearray())
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def expect(self, fail: int | None = None, hang: int | None = None) -> None:
        """Forgets what was completed, and fails or does not answer the first request for the given task."""
        self.completed, self.times = [], []
        self._fail, self._hang = fail, hang
        self.hanging.clear()

    def wait_for(self, tasks: int, seconds: float) -> bool:
        """Waits until this many different tasks are completed. False if they were not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(set(self.completed)) >= tasks, seconds)

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _serve(self) -> None:
        while not self._closing:
            for key, _ in self._selector.select(0.1):
                if key.fileobj is self._listener:
                    connection, _ = self._listener.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._selector.register(connection, selectors.EVENT_READ, bytearray())
                else:
                    self._read(key.fileobj, key.data)

    def _read(self, connection: socket.socket, buffer: bytearray) -> None:
        try:
            received = connection.recv(65536)
        except ConnectionError:
            received = b""
        if not received:
            self._selector.unregister(connection)
            connection.close()
            return
        buffer += received
        while request := complete(buffer):
            del buffer[: len(request)]
            if answer := self._handle(task.number(request)):
                connection.sendall(answer)

    def _handle(self, number: int) -> bytes:
        if number == self._fail:
            self._fail = None
            return FAILED
        if number == self._hang:
            self._hang = None
            self.hanging.set()
            return b""
        with self._changed:
            self.completed.append(number)
            self.times.append(time.monotonic())
            self._changed.notify_all()
        return DONE


def complete(buffer: bytearray) -> bytes:
    """The first request of the buffer, if all of it has arrived."""
    head = buffer.find(b"\r\n\r\n")
    if head < 0:
        return b""
    length = LENGTH.search(buffer, 0, head)
    if length is None:
        raise ValueError(f"a request without Content-Length: {bytes(buffer[:head])!r}")
    end = head + 4 + int(length[1])
    return bytes(buffer[:end]) if len(buffer) >= end else b""
