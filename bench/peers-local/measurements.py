"""What is measured of a system, the same for all. Each measurement runs on new files."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import order
import processes
from receiver import Receiver
from stack import Stack
from syncs import Syncs
from systems.system import System

MANY_CLIENTS = 32
# How many tasks are handled when one of them, with this number, meets a fault.
TASKS_OF_A_FAULT = 30
FAULTY = 3
TASKS_TO_COUNT_SYNCS = 300
SECONDS_TO_SETTLE = 1.0
# A system that handles fewer tasks per second is given up.
RATE_LEAST = 5

Figures = dict[str, float | None]


@dataclass(frozen=True)
class Rate:
    """Tasks per second, and the processor time for each: of the whole stack, and of the servers without the worker."""

    per_second: float
    stack_us: float
    server_us: float


class Measurements:
    def __init__(self, system: System, receiver: Receiver, folder: Path, tasks: int, patience: float) -> None:
        self._system = system
        self._receiver = receiver
        self._folder = folder
        self._tasks = min(tasks, system.tasks_max or tasks)
        self._patience = patience

    def repetition(self) -> Figures:
        figures: Figures = {}
        for measure in (self.trivial, self.by_http, self.at_rest, self.head_fails_once, self.worker_killed):
            figures |= measure()
        return figures

    def trivial(self) -> Figures:
        """Accepting from many clients, and handling by nothing."""
        with self._new(None) as stack:
            accepted = self._accept(stack, MANY_CLIENTS)
            handled = self._handle(stack)
        return _named("accepted_32", accepted) | _named("trivial", handled)

    def by_http(self) -> Figures:
        """Accepting from one client, and handling by the HTTP receiver."""
        self._receiver.expect()
        with self._new(self._receiver.url) as stack:
            accepted = self._accept(stack, 1)
            handled = self._handle(stack)
        late = order.overtaken(self._receiver.completed, self._tasks)
        if late or len(set(self._receiver.completed)) != self._tasks:
            raise RuntimeError(
                f"{self._system.name}: {len(set(self._receiver.completed))} tasks were handled, {late} overtaken"
            )
        return _named("accepted_1", accepted) | _named("http", handled)

    def at_rest(self) -> Figures:
        """From the start of all processes, on files that exist, to the first task that is handled; then the memory."""
        self._receiver.expect()
        with self._new(self._receiver.url) as stack:
            stack.ready()
            stack.begin()
            stack.stop()
            began = time.monotonic()
            stack.start()
            stack.ready()
            stack.begin()
            stack.accept(1, 0, 1)
            if not self._receiver.wait_for(1, self._patience):
                raise TimeoutError(f"{self._system.name} did not handle its first task")
            first = self._receiver.times[0] - began
            time.sleep(SECONDS_TO_SETTLE)
            memory = {
                "memory_mib": processes.memory_mib(stack.roots()),
                "memory_server_mib": processes.memory_mib(stack.server_roots()),
            }
            return {"start_seconds": first, **memory}

    def head_fails_once(self) -> Figures:
        """The receiver answers one task with 500, once."""
        self._receiver.expect(fail=FAULTY)
        with self._new(self._receiver.url) as stack:
            stack.accept(1, 0, TASKS_OF_A_FAULT)
            stack.ready()
            stack.begin()
            return self._order("failed", self._receiver.wait_for(TASKS_OF_A_FAULT, self._patience))

    def worker_killed(self) -> Figures:
        """The worker is killed while it handles a task, and started again at once."""
        self._receiver.expect(hang=FAULTY)
        with self._new(self._receiver.url) as stack:
            stack.accept(1, 0, TASKS_OF_A_FAULT)
            stack.ready()
            stack.begin()
            if not self._receiver.hanging.wait(self._patience):
                raise TimeoutError(f"{self._system.name} did not begin the task during which it is killed")
            stack.crash()
            killed = time.monotonic()
            stack.recover()
            completed = self._receiver.wait_for(TASKS_OF_A_FAULT, self._patience)
            at = dict(zip(self._receiver.completed, self._receiver.times)).get(FAULTY)
            return {"killed_seconds": at and at - killed, **self._order("killed", completed)}

    def syncs(self) -> Figures:
        """Syncs per handled task, in runs whose time is not measured."""
        if not Syncs.available():
            return {}
        tasks = min(self._tasks, TASKS_TO_COUNT_SYNCS)
        figures = {}
        for name, handler in (("trivial_syncs", None), ("http_syncs", self._receiver.url)):
            self._receiver.expect()
            with self._new(handler) as stack:
                stack.accept(1, 0, tasks)
                stack.ready()
                with Syncs(stack.roots(), stack.folder) as syncs:
                    stack.begin(tasks)
                    stack.wait(self._patience + tasks / RATE_LEAST)
                figures[name] = syncs.count / tasks
        return figures

    def _new(self, handler: str | None) -> "Stack":
        folder = Path(tempfile.mkdtemp(prefix=f"{self._system.stack.__name__}-", dir=self._folder))
        stack = self._system.stack(folder, handler)
        try:
            stack.start()
            stack.hold()
        except BaseException:
            stack.stop()
            raise
        return stack

    def _accept(self, stack: Stack, clients: int) -> Rate:
        return self._rate(stack, lambda: stack.accept(clients, 0, self._tasks))

    def _handle(self, stack: Stack) -> Rate:
        def handle() -> float:
            began = time.monotonic()
            stack.begin(self._tasks)
            stack.wait(self._patience + self._tasks / RATE_LEAST)
            return time.monotonic() - began

        stack.ready()
        return self._rate(stack, handle)

    def _rate(self, stack: Stack, work: Callable[[], float]) -> Rate:
        roots = (stack.roots(), stack.server_roots())
        before = [processes.processor_seconds(pids) for pids in roots]
        seconds = work()
        spent = [processes.processor_seconds(pids) - earlier for pids, earlier in zip(roots, before)]
        stack_us, server_us = (seconds_spent / self._tasks * 1e6 for seconds_spent in spent)
        return Rate(self._tasks / seconds, stack_us, server_us)

    def _order(self, fault: str, all_completed: bool) -> Figures:
        completed = self._receiver.completed
        return {
            f"{fault}_overtaken": order.overtaken(completed, TASKS_OF_A_FAULT),
            f"{fault}_repeated": order.repeated(completed),
            f"{fault}_missing": 0 if all_completed else TASKS_OF_A_FAULT - len(set(completed)),
        }


def _named(name: str, rate: Rate) -> Figures:
    return {name: rate.per_second, f"{name}_us": rate.stack_us, f"{name}_server_us": rate.server_us}
