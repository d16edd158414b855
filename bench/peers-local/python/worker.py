"""What the harness and a program say to each other, and the handler of a worker."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

STATUS = re.compile(rb"HTTP/1\.1 2\d\d ")


async def go() -> int:
    """Waits for the start. After how many tasks to say `done`; 0 is without an end."""
    print("ready", flush=True)
    return int(await asyncio.to_thread(sys.stdin.readline))


async def submit_all(options: dict, submit: Callable[[int, str], Awaitable[object]]) -> None:
    """Calls `submit` for each body, from as many clients as the options say."""
    bodies = iter(options["bodies"])

    async def client(number: int) -> None:
        for body in bodies:
            await submit(number, body)

    await go()
    await asyncio.gather(*map(client, range(options["clients"])))
    print("done", flush=True)


def database(options: dict) -> str:
    return f"postgresql://postgres@127.0.0.1:{options['port']}/postgres"


class Handler:
    """Nothing, or a request to the receiver on a connection that is kept."""

    def __init__(self, options: dict) -> None:
        self._address = urlsplit(options["handler"]) if options["handler"] else None
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._completed = 0
        self._tasks = 0

    async def go(self) -> None:
        self._tasks = await go()

    async def handle(self, body: bytes) -> None:
        """Raises if the receiver does not answer with a 2xx. Its answers have no body."""
        if self._address is None:
            return
        if self._connection is None:
            self._connection = await asyncio.open_connection(self._address.hostname, self._address.port)
        reader, writer = self._connection
        head = (
            f"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        if not STATUS.match(answer):
            raise RuntimeError(answer.decode())

    def completed(self) -> None:
        self._completed += 1
        if self._completed == self._tasks:
            print("done", flush=True)
