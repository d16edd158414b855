"""A SQLite client: runs each line of its standard input as a command or statement, and prints "done" or the error."""

import sqlite3
import sys

database = sys.argv[1]
client = None

for line in sys.stdin:
    verb, *rest = line.split(maxsplit=1)
    try:
        if verb == "open":
            client = sqlite3.connect(database, isolation_level=None, timeout=60)
        elif verb == "close":
            client.close()
        elif verb == "backup":
            with sqlite3.connect(rest[0].strip()) as copy:
                client.backup(copy)
            copy.close()
        else:
            client.execute(line).fetchall()
        print("done", flush=True)
    except sqlite3.OperationalError as error:
        print(error, flush=True)
