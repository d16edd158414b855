"""Submitting a task by HTTP."""

import re
import socket

from client import Refused

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
STATUS = re.compile(rb"HTTP/1\.1 2\d\d ")


class HttpProtocol:
    def __init__(self, path: str) -> None:
        self._path = path

    def greet(self, connection: socket.socket, client: int) -> None:
        pass

    def request(self, body: bytes, client: int) -> bytes:
        head = (
            f"POST {self._path} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def answer(self, buffer: bytes) -> int:
        head = buffer.find(b"\r\n\r\n")
        if head < 0:
            return 0
        length = LENGTH.search(buffer, 0, head + 2)
        if not STATUS.match(buffer) or length is None:
            raise Refused(buffer)
        end = head + 4 + int(length[1])
        return end if len(buffer) >= end else 0
