import subprocess
import sys
import unittest

import processes

# Programs that use more processor time than is asserted, alone or in a child: a clock's ticks are rounded down.
SECONDS = 0.1
BURN = f"import time\nwhile time.process_time() < {2 * SECONDS}: pass"
OWN = f"{BURN}\nprint('done', flush=True)\ninput()"
ENDED_CHILD = (
    f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])\nprint('done', flush=True)\ninput()"
)
LIVING_CHILD = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {OWN!r}])"


class Accounting(unittest.TestCase):
    def started(self, code: str) -> subprocess.Popen:
        process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        self.addCleanup(processes.kill, process)
        self.assertEqual(process.stdout.readline(), b"done\n")
        return process

    def test_the_time_of_a_process_counts(self):
        self.assertGreaterEqual(processes.processor_seconds([self.started(OWN).pid]), SECONDS)

    def test_the_time_of_a_child_that_ended_counts(self):
        self.assertGreaterEqual(processes.processor_seconds([self.started(ENDED_CHILD).pid]), SECONDS)

    def test_the_time_of_a_living_child_counts(self):
        process = self.started(LIVING_CHILD)
        self.assertEqual(len(processes.tree([process.pid])), 2)
        self.assertGreaterEqual(processes.processor_seconds([process.pid]), SECONDS)

    def test_the_memory_of_a_living_child_counts(self):
        process = self.started(LIVING_CHILD)
        pids = processes.tree([process.pid])
        each = [processes.memory_mib([pid]) for pid in pids[1:]]
        self.assertGreater(processes.memory_mib([process.pid]), each[0])

    def test_a_process_ends_with_its_children(self):
        process = self.started(LIVING_CHILD)
        pids = processes.tree([process.pid])
        processes.end(process)
        self.assertFalse(any(map(processes.alive, pids)))

    def test_a_process_that_ended_has_no_time(self):
        process = self.started(OWN)
        processes.kill(process)
        self.assertEqual(processes.processor_seconds([process.pid]), 0)
