"""Clients and a worker of Procrastinate."""

import json

import procrastinate

from worker import Handler, database, go, submit_all

RETRIES = 10


def app(options: dict, connections: int) -> procrastinate.App:
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=database(options), min_size=connections, max_size=connections)
    )


async def prepare(options: dict) -> None:
    async with app(options, 1).open_async() as opened:
        await opened.schema_manager.apply_schema_async()
        await go()


async def accept(options: dict) -> None:
    async with app(options, options["clients"]).open_async() as opened:
        task = opened.configure_task("task", lock="line")
        await submit_all(options, lambda _, body: task.defer_async(body=json.loads(body)))


async def work(options: dict) -> None:
    handler = Handler(options)
    worker = app(options, 4)

    @worker.task(name="task", retry=RETRIES)
    async def task(body: dict) -> None:
        await handler.handle(json.dumps(body).encode())
        handler.completed()

    async with worker.open_async():
        await handler.go()
        await worker.run_worker_async(concurrency=1, install_signal_handlers=False)
