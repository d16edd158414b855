"""Clients and a worker of PgQueuer."""

from datetime import timedelta

import asyncpg
from pgqueuer import AsyncpgDriver, AsyncpgPoolDriver, Job, PgQueuer, Queries, RetryRequested

from worker import Handler, database, go, submit_all

ENTRYPOINT = "task"


async def prepare(options: dict) -> None:
    await Queries(AsyncpgDriver(await asyncpg.connect(database(options)))).install()
    await go()


async def accept(options: dict) -> None:
    async with asyncpg.create_pool(database(options), min_size=options["clients"], max_size=options["clients"]) as pool:
        queries = Queries(AsyncpgPoolDriver(pool))
        await submit_all(options, lambda _, body: queries.enqueue(ENTRYPOINT, body.encode()))


async def work(options: dict) -> None:
    handler = Handler(options)
    worker = PgQueuer.from_asyncpg_connection(await asyncpg.connect(database(options)))

    @worker.entrypoint(ENTRYPOINT, concurrency_limit=1)
    async def task(job: Job) -> None:
        try:
            await handler.handle(job.payload)
        except RuntimeError as error:
            raise RetryRequested(delay=timedelta(0), reason=str(error)) from error
        handler.completed()

    await handler.go()
    await worker.run(batch_size=1)
