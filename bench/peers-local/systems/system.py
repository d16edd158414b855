"""What a system is, beside how it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack import Stack


@dataclass(frozen=True)
class Promises:
    """What its documentation promises, in the words of the table."""

    order: str
    after_a_failure: str
    duplicates: str
    history: str


@dataclass(frozen=True)
class System:
    name: str
    stack: Callable[[Path, str | None], Stack]
    missing: Callable[[], str | None]
    """What must be installed first, if something must."""
    version: Callable[[], str]
    """Of what is installed: the server, and the client library."""
    configuration: str
    """How it is configured to be durable and to handle one ordered line, and why."""
    promises: Promises
    documentation: tuple[str, ...]
    tasks_max: int | None = None
    """In one measurement, for a system that takes minutes for more."""
