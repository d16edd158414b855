"""Copies a dead letter in a pipeline's data under other titles. Usage: DATABASE ID TITLE... or DATABASE ID COUNT"""

import copy
import json
import sqlite3
import sys
import uuid

database, task_id, *titles = sys.argv[1:]
if titles[0].isdigit():
    titles = [f"Copy {number}" for number in range(int(titles[0]))]
with sqlite3.connect(database, timeout=30) as connection:
    find = "SELECT revision, finished_at, record FROM records WHERE task_id = ?"
    revision, finished_at, record = connection.execute(find, [uuid.UUID(task_id).bytes]).fetchone()
    dead = json.loads(record)
    for number, title in enumerate(titles):
        position = 1_000_000 + number
        copy_of_dead = copy.deepcopy(dead)
        copy_of_dead["task_id"] = str(uuid.uuid4())
        copy_of_dead["payload"]["task"]["title"] = title
        copy_of_dead["payload"]["task"]["description"] = title
        copy_of_dead["failures"][-1]["message"] = title
        copy_of_dead["submitted_by"] = title
        copy_of_dead["first_sequence_number"] = str(position)
        connection.execute(
            "INSERT INTO records (task_id, revision, status, needs_attention_at, finished_at, record)"
            " VALUES (?, ?, 'dead_lettered', ?, ?, ?)",
            [uuid.UUID(copy_of_dead["task_id"]).bytes, revision, f"{position:039}", finished_at, json.dumps(copy_of_dead)],
        )
