"""POST /tasks as it is usually written in Python: Powertools' resolver with pydantic, nh3, boto3."""

import os
import uuid
from datetime import datetime, timezone
from enum import Enum
from typing import Annotated

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from text import PlainText

logger = Logger(service="api")
app = APIGatewayHttpResolver(enable_validation=True)
sqs = boto3.client("sqs")
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class Priority(str, Enum):
    low = "low"
    medium = "medium"
    high = "high"


class Task(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[PlainText, Field(min_length=1, max_length=200)]
    description: Annotated[PlainText, Field(min_length=1, max_length=10_000)]
    priority: Priority
    due_date: AwareDatetime | None = None


class Accepted(BaseModel):
    task_id: str
    sequence_number: str
    status: str


@app.post("/tasks")
def post_task(task: Task) -> Response[Accepted]:
    task_id = str(uuid.uuid4())
    body = task.model_dump_json()
    table.put_item(
        Item={
            "task_id": task_id,
            "status": "accepted",
            "task": body,
            "accepted_at": datetime.now(timezone.utc).isoformat(),
        },
        ConditionExpression="attribute_not_exists(task_id)",
    )
    sent = sqs.send_message(
        QueueUrl=os.environ["QUEUE_URL"],
        MessageBody=f'{{"task_id":"{task_id}","task":{body}}}',
        MessageGroupId=os.environ["MESSAGE_GROUP"],
        MessageDeduplicationId=task_id,
    )
    logger.info("accepted", task_id=task_id)
    return Response(
        status_code=202,
        content_type="application/json",
        headers={"Location": f"/tasks/{task_id}"},
        body=Accepted(task_id=task_id, sequence_number=sent["SequenceNumber"], status="accepted"),
    )


def handler(event, context):
    return app.resolve(event, context)
