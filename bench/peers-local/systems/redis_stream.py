"""A Redis stream with one consumer of a group."""

import socket

import installed
from client import Refused

from systems.redis import RedisStack, missing, version
from systems.system import Promises, System


class StreamProtocol:
    """RESP: https://redis.io/docs/latest/develop/reference/protocol-spec/."""

    def greet(self, connection: socket.socket, client: int) -> None:
        pass

    def request(self, body: bytes, client: int) -> bytes:
        words = [b"XADD", b"tasks", b"*", b"task", body]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)

    def answer(self, buffer: bytes) -> int:
        """A bulk string, the entry's id: two lines."""
        if buffer[:1] not in (b"", b"$"):
            raise Refused(buffer)
        line = buffer.find(b"\r\n")
        end = buffer.find(b"\r\n", line + 2) if line >= 0 else -1
        return end + 2 if end >= 0 else 0


class RedisStreamStack(RedisStack):
    protocol = StreamProtocol()

    def command(self, role: str) -> list[str]:
        return installed.node("redis-stream", role)


SYSTEM = System(
    name="Redis stream",
    stack=RedisStreamStack,
    missing=missing,
    version=lambda: f"{version()}, ioredis {installed.node_version('ioredis')}",
    configuration=(
        "`appendonly yes` and `appendfsync always`: the answer follows the sync; the default, a sync a second, can "
        "lose what was answered. One consumer of a group reads one entry at a time; "
        "`XACK` of an entry and `XREADGROUP` of the next are sent together. After a failure or a start, it reads its "
        "pending entries first, "
        "as the introduction to streams shows."
    ),
    promises=Promises(
        order="by entry id",
        after_a_failure="as the consumer's code keeps it: the server does not retry",
        duplicates="not recognised",
        history="none of handling; entries stay until trimmed",
    ),
    documentation=(
        "https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/",
        "https://redis.io/docs/latest/develop/data-types/streams/",
    ),
)
