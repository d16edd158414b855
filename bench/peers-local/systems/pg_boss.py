"""pg-boss on PostgreSQL."""

import installed

from systems.postgres import DURABLE, PostgresStack, missing_with_node, version
from systems.system import Promises, System


class PgBossStack(PostgresStack):
    def command(self, role: str) -> list[str]:
        return installed.node("pg-boss", role)


SYSTEM = System(
    name="pg-boss",
    stack=PgBossStack,
    missing=missing_with_node,
    version=lambda: f"{installed.node_version('pg-boss')}, {version()}",
    configuration=(
        f"{DURABLE} A queue with the policy `key_strict_fifo` and one `singletonKey`. One worker takes single jobs "
        "by `fetch`, one after the other, and waits "
        "0.5 s when there are none: `work` pauses for at least that long between single jobs. `retryLimit` and "
        "`expireInSeconds` have their defaults."
    ),
    promises=Promises(
        order="first in, first out per `singletonKey`",
        after_a_failure="kept: a job in retry or failed blocks its key",
        duplicates="throttled by `singletonKey` and seconds, not with this policy",
        history="finished jobs with their output, until deleted",
    ),
    documentation=("https://timgit.github.io/pg-boss/",),
    tasks_max=500,
)
