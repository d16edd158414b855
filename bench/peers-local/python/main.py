"""A program of one system: `main.py SYSTEM ROLE`. Its options are the first line of its input."""

import asyncio
import importlib
import json
import sys


async def main() -> None:
    system, role = sys.argv[1:]
    run = getattr(importlib.import_module(f"{system}_queue"), role)
    await run(json.loads(sys.stdin.readline()))


asyncio.run(main())
