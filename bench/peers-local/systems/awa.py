"""awa on PostgreSQL."""

import installed

from systems.postgres import DURABLE, PostgresStack, missing_with_python, version
from systems.system import Promises, System


class AwaStack(PostgresStack):
    def command(self, role: str) -> list[str]:
        return installed.python("awa", role)


SYSTEM = System(
    name="awa",
    stack=AwaStack,
    missing=missing_with_python,
    version=lambda: f"{installed.python_version('awa_pg')}, {version()}",
    configuration=(
        f"{DURABLE} The Python package, whose engine is Rust. A queue with one shard, one `ordering_key` and one "
        "worker; attempts, backoff, leases and polling "
        "have their defaults."
    ),
    promises=Promises(
        order="first in, first out per queue and priority with one shard, or per ordering key",
        after_a_failure="not promised: a failed job waits for its retry, and others go on",
        duplicates="refused by `unique_opts`",
        history="finished jobs until their retention ends, dead letters",
    ),
    documentation=("https://github.com/hardbyte/awa", "https://pypi.org/project/awa-pg/"),
    tasks_max=1000,
)
