"""procrastinate on PostgreSQL."""

import installed

from systems.postgres import DURABLE, PostgresStack, missing_with_python, version
from systems.system import Promises, System


class ProcrastinateStack(PostgresStack):
    def command(self, role: str) -> list[str]:
        return installed.python("procrastinate", role)


SYSTEM = System(
    name="Procrastinate",
    stack=ProcrastinateStack,
    missing=missing_with_python,
    version=lambda: f"{installed.python_version('procrastinate')}, {version()}",
    configuration=(
        f"{DURABLE} Each job has the same `lock`, whose jobs run one at a time; one worker with `concurrency=1`; "
        "`retry=10` without a wait. "
        "The job of a killed worker waits until a task of the user retries stalled jobs; there is none here."
    ),
    promises=Promises(
        order="by priority, then by id, one at a time per lock",
        after_a_failure="kept: a waiting job of the lock blocks later ones",
        duplicates="refused by `queueing_lock` while one waits",
        history="finished jobs with their events, until deleted",
    ),
    documentation=(
        "https://procrastinate.readthedocs.io/en/stable/howto/advanced/locks.html",
        "https://procrastinate.readthedocs.io/en/stable/howto/production/retry_stalled_jobs.html",
    ),
    tasks_max=500,
)
