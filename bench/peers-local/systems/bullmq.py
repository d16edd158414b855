"""BullMQ on Redis."""

import installed
from stack import StackWithLibrary

from systems.redis import RedisStack, missing, version
from systems.system import Promises, System


class BullmqStack(StackWithLibrary, RedisStack):
    def command(self, role: str) -> list[str]:
        return installed.node("bullmq", role)


SYSTEM = System(
    name="BullMQ",
    stack=BullmqStack,
    missing=missing,
    version=lambda: f"{installed.node_version('bullmq')}, {version()}",
    configuration=(
        "Redis with `appendfsync always`, as the other systems sync; BullMQ recommends an append-only file, and "
        "calls a sync a second enough for most. Each client has one queue object with one connection. One worker "
        "with `concurrency: 1`, which is the default. "
        "`attempts: 10` without a backoff; finished jobs are kept, as by default; locks and checks for stalled jobs "
        "have their defaults of 30 s."
    ),
    promises=Promises(
        order="first in, first out, with one worker of concurrency 1",
        after_a_failure="not promised",
        duplicates="ignored by `jobId`, or by a deduplication id",
        history="finished jobs with their last failures, until removed",
    ),
    documentation=(
        "https://docs.bullmq.io/guide/going-to-production",
        "https://docs.bullmq.io/guide/jobs/fifo",
        "https://docs.bullmq.io/guide/retrying-failing-jobs",
    ),
)
