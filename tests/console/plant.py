"""Plants dead letters into a pipeline's data: copies of one that died, with other titles. Usage: DATABASE ID TITLE..."""

import copy
import json
import sqlite3
import sys
import uuid

database, task_id, *titles = sys.argv[1:]
if titles[0].isdigit():
    titles = [f"Planted {number}" for number in range(int(titles[0]))]
with sqlite3.connect(database, timeout=30) as connection:
    find = "SELECT revision, finished_at, record FROM records WHERE task_id = ?"
    revision, finished_at, record = connection.execute(find, [uuid.UUID(task_id).bytes]).fetchone()
    dead = json.loads(record)
    for number, title in enumerate(titles):
        place = 1_000_000 + number
        planted = copy.deepcopy(dead)
        planted["task_id"] = str(uuid.uuid4())
        planted["payload"]["task"]["title"] = title
        planted["payload"]["task"]["description"] = title
        planted["failures"][-1]["message"] = title
        planted["submitted_by"] = title
        planted["first_sequence_number"] = str(place)
        connection.execute(
            "INSERT INTO records (task_id, revision, status, needs_a_person_at, finished_at, record)"
            " VALUES (?, ?, 'dead_lettered', ?, ?, ?)",
            [uuid.UUID(planted["task_id"]).bytes, revision, f"{place:039}", finished_at, json.dumps(planted)],
        )
