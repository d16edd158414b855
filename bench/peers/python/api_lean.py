"""POST /tasks without a framework around the event: pydantic, nh3, boto3."""

import json
import os
import uuid
from datetime import datetime, timezone
from typing import Annotated, Literal

import boto3
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from text import PlainText

sqs = boto3.client("sqs")
dynamodb = boto3.client("dynamodb")


class Task(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[PlainText, Field(min_length=1, max_length=200)]
    description: Annotated[PlainText, Field(min_length=1, max_length=10_000)]
    priority: Literal["low", "medium", "high"]
    due_date: AwareDatetime | None = None


def answer(status: int, body: dict, **headers: str) -> dict:
    headers = {"content-type": "application/json", **headers}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def handler(event, context):
    try:
        task = Task.model_validate_json(event["body"])
    except ValidationError as error:
        return answer(400, {"violations": error.errors(include_context=False, include_url=False)})
    task_id = str(uuid.uuid4())
    body = task.model_dump_json()
    dynamodb.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item={
            "task_id": {"S": task_id},
            "status": {"S": "accepted"},
            "task": {"S": body},
            "accepted_at": {"S": datetime.now(timezone.utc).isoformat()},
        },
        ConditionExpression="attribute_not_exists(task_id)",
    )
    sent = sqs.send_message(
        QueueUrl=os.environ["QUEUE_URL"],
        MessageBody=f'{{"task_id":"{task_id}","task":{body}}}',
        MessageGroupId=os.environ["MESSAGE_GROUP"],
        MessageDeduplicationId=task_id,
    )
    print(json.dumps({"level": "INFO", "message": "accepted", "task_id": task_id}))
    accepted = {"task_id": task_id, "sequence_number": sent["SequenceNumber"], "status": "accepted"}
    return answer(202, accepted, location=f"/tasks/{task_id}")
