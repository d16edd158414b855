"""The processor without a framework: boto3 and the same two conditional writes."""

import json
import os
from datetime import datetime, timezone

import boto3

client = boto3.client("dynamodb")
TABLE = os.environ["TABLE_NAME"]


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


def handler(event, context):
    failures = []
    for record in event["Records"]:
        try:
            message = json.loads(record["body"])
            key = {"task_id": {"S": message["task_id"]}}
            client.put_item(
                TableName=TABLE,
                Item={**key, "status": {"S": "processing"}, "started_at": {"S": now()}, "task": {"S": record["body"]}},
                ConditionExpression="attribute_not_exists(task_id) OR #s = :accepted",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={":accepted": {"S": "accepted"}},
            )
            client.update_item(
                TableName=TABLE,
                Key=key,
                UpdateExpression="SET #s = :completed, finished_at = :now",
                ConditionExpression="#s = :processing",
                ExpressionAttributeNames={"#s": "status"},
                ExpressionAttributeValues={
                    ":completed": {"S": "completed"},
                    ":processing": {"S": "processing"},
                    ":now": {"S": now()},
                },
            )
            print(json.dumps({"level": "INFO", "message": "completed", "task_id": message["task_id"]}))
        except Exception as error:
            print(json.dumps({"level": "ERROR", "message": str(error)}))
            failures.append({"itemIdentifier": record["messageId"]})
            break
    return {"batchItemFailures": failures}
