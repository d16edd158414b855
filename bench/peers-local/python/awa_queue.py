"""Clients and a worker of awa."""

import asyncio
import json
from dataclasses import asdict, dataclass

import awa

from worker import Handler, database, go, submit_all

QUEUE = "tasks"


@dataclass
class Task:
    title: str
    description: str
    priority: str


async def prepare(options: dict) -> None:
    await awa.migrate(database(options))
    await go()


async def accept(options: dict) -> None:
    client = awa.AsyncClient(database(options), max_connections=options["clients"])
    await submit_all(options, lambda _, body: client.insert(Task(**json.loads(body)), queue=QUEUE, ordering_key="line"))


async def work(options: dict) -> None:
    client = awa.AsyncClient(database(options))
    handler = Handler(options)

    @client.task(Task, queue=QUEUE)
    async def task(job) -> None:
        await handler.handle(json.dumps(asdict(job.args)).encode())
        handler.completed()

    await handler.go()
    await client.start([(QUEUE, 1)])
    await asyncio.Event().wait()
