"""pgqueuer on PostgreSQL."""

import installed

from systems.postgres import DURABLE, PostgresStack, missing_with_python, version
from systems.system import Promises, System


class PgqueuerStack(PostgresStack):
    def command(self, role: str) -> list[str]:
        return installed.python("pgqueuer", role)


SYSTEM = System(
    name="PgQueuer",
    stack=PgqueuerStack,
    missing=missing_with_python,
    version=lambda: f"{installed.python_version('pgqueuer')}, {version()}",
    configuration=(
        f"{DURABLE} One worker with `batch_size=1` and `concurrency_limit=1`; a failed job raises `RetryRequested` "
        "without a delay; the heartbeat "
        "timeout has its default of 30 s."
    ),
    promises=Promises(
        order="by priority, then by id",
        after_a_failure="not promised",
        duplicates="refused by `dedupe_key`",
        history="a log of the jobs' states",
    ),
    documentation=("https://pgqueuer.readthedocs.io/", "https://github.com/janbjorge/pgqueuer"),
    tasks_max=500,
)
