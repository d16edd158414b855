"""The tasks that every system gets: 200 bytes of JSON, numbered in the order in which they are submitted."""

import json
import re

BYTES = 200
NUMBER = re.compile(rb"task (\d{6})")


def body(number: int) -> bytes:
    fields = {"title": f"task {number:06}", "description": "", "priority": "medium"}
    fields["description"] = "x" * (BYTES - len(json.dumps(fields)))
    return json.dumps(fields).encode()


def number(request: bytes) -> int:
    """The number of the task in a request, in whichever envelope a system sends it."""
    found = NUMBER.search(request)
    if found is None:
        raise ValueError(f"a request without a task: {request[:200]!r}")
    return int(found[1])
