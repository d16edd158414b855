"""The processor as it is usually written in Python: Powertools' FIFO batch processing, its idempotency, pydantic."""

import os

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from pydantic import AwareDatetime, BaseModel


class Task(BaseModel):
    title: str
    description: str
    priority: str
    due_date: AwareDatetime | None = None


class Message(BaseModel):
    task_id: str
    task: Task


logger = Logger(service="processor")
batch = SqsFifoPartialProcessor()
records = DynamoDBPersistenceLayer(table_name=os.environ["TABLE_NAME"], key_attr="task_id")
config = IdempotencyConfig(event_key_jmespath="task_id", expires_after_seconds=30 * 24 * 3600)


@idempotent_function(data_keyword_argument="message", persistence_store=records, config=config)
def handle(message: dict) -> dict:
    Message.model_validate(message)
    logger.info("completed", task_id=message["task_id"])
    return {"task_id": message["task_id"], "status": "completed"}


def on_record(record: SQSRecord) -> None:
    handle(message=record.json_body)


def handler(event, context):
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=on_record, processor=batch, context=context)
