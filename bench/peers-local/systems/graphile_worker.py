"""graphile-worker on PostgreSQL."""

import installed

from systems.postgres import DURABLE, PostgresStack, missing_with_node, version
from systems.system import Promises, System


class GraphileWorkerStack(PostgresStack):
    def command(self, role: str) -> list[str]:
        return installed.node("graphile-worker", role)


SYSTEM = System(
    name="graphile-worker",
    stack=GraphileWorkerStack,
    missing=missing_with_node,
    version=lambda: f"{installed.node_version('graphile-worker')}, {version()}",
    configuration=(
        f"{DURABLE} Each job has a `queueName`, whose jobs run one at a time; one worker with `concurrency: 1`. "
        "`maxPoolSize: 2`, so that the request for a job follows the completion of the last on one connection: with "
        "more, the worker often "
        "finds the queue locked, and pauses for two seconds. Retries have the default backoff. "
        "The lock of a killed worker has its fixed length of four hours."
    ),
    promises=Promises(
        order="by priority, time and id, one at a time per queue name",
        after_a_failure="not promised: a failed job waits for its retry, and others go on",
        duplicates="replaced or kept by `jobKey`",
        history="none of completed jobs; the last error of a failed one",
    ),
    documentation=(
        "https://worker.graphile.org/docs/library/add-job",
        "https://worker.graphile.org/docs/exponential-backoff",
    ),
)
