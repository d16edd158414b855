"""Measures queues on this machine side by side: `python3 bench/peers-local --help`."""

import argparse
import json
import signal
import sys
import tempfile
import traceback
from pathlib import Path

import machine
from document import Document
from measurements import Measurements
from plot import svg
from receiver import Receiver
from report import Results, tables
from systems import (
    awa,
    beanstalkd,
    bullmq,
    graphile_worker,
    nats,
    pg_boss,
    pgqueuer,
    procrastinate,
    rabbitmq,
    redis_stream,
    restate,
    taskline,
)
from systems.system import System

SYSTEMS = [
    module.SYSTEM
    for module in (
        taskline,
        redis_stream,
        beanstalkd,
        nats,
        rabbitmq,
        bullmq,
        restate,
        graphile_worker,
        awa,
        pg_boss,
        pgqueuer,
        procrastinate,
    )
]
PLOT = "peers-local.svg"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 bench/peers-local", description=__doc__)
    parser.add_argument("--tasks", type=int, default=5000, help="accepted and handled in each measurement")
    parser.add_argument("--repetitions", type=int, default=3, help="of all systems, one after the other")
    parser.add_argument(
        "--patience", type=float, default=100, help="the seconds until a system is given up after a fault"
    )
    parser.add_argument(
        "--only",
        choices=[system.name for system in SYSTEMS],
        action="append",
        help="measure this system; can be repeated",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all repetitions to this file")
    parser.add_argument(
        "--docs", type=Path, metavar="FOLDER", help="write the tables into performance.md in this folder, and the plot"
    )
    return parser.parse_args()


def main() -> int:
    options = arguments()
    systems = [system for system in SYSTEMS if selected(system, options.only)]
    document = Document(options.docs) if options.docs else None
    # So that the servers are ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results: Results = {system.name: [] for system in systems}
    failed = []
    with tempfile.TemporaryDirectory(prefix="peers-local-") as folder, Receiver() as receiver:
        # Servers that refuse to run as root have another user.
        Path(folder).chmod(0o755)
        described = machine.described(Path(folder))
        for repetition in range(options.repetitions):
            for system in systems:
                print(f"{repetition + 1} of {options.repetitions}: {system.name}", file=sys.stderr)
                measurements = Measurements(system, receiver, Path(folder), options.tasks, options.patience)
                try:
                    # Counts do not vary as times do: once is enough.
                    results[system.name].append(
                        measurements.repetition() | ({} if repetition else measurements.syncs())
                    )
                except (OSError, RuntimeError, ValueError) as error:
                    failed.append(f"{system.name}, repetition {repetition + 1}")
                    traceback.print_exception(error)
    shown = tables(SYSTEMS, results, options.patience)
    print(shown)
    if options.json:
        measured = {"machine": described, "tasks": options.tasks, "patience": options.patience, "results": results}
        options.json.write_text(json.dumps(measured, indent=1))
    if failed:
        sys.exit(f"failed: {'; '.join(failed)}")
    if document:
        document.write(f"{heading(described, options)}\n\n{shown}{drawn(options.docs, results)}")
    return 0


def selected(system: System, only: list[str] | None) -> bool:
    if only and system.name not in only:
        return False
    if missing := system.missing():
        print(f"{system.name} is skipped: {missing} is missing (make peers)", file=sys.stderr)
        return False
    return True


def heading(described: str, options: argparse.Namespace) -> str:
    if not options.repetitions:
        return ""
    repetitions = f"medians of {options.repetitions} interleaved repetitions (least..most)"
    return f"{described}; {repetitions}, {options.tasks:,} tasks in each measurement, fewer for slow systems."


def drawn(folder: Path, results: Results) -> str:
    """Writes the plot. Its place in the document."""
    if not any(results.values()):
        return ""
    (folder / PLOT).write_text(svg(results))
    return f"\n\n![how many tasks each system accepts and handles per second]({PLOT})"


if __name__ == "__main__":
    sys.exit(main())
