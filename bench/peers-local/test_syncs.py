import unittest

from syncs import counted

SUMMARY = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 87.50    0.043210         144       300           fdatasync
 12.50    0.006172         617        10         2 fsync
------ ----------- ----------- --------- --------- ----------------
100.00    0.049382         159       310         2 total
"""


class Syncs(unittest.TestCase):
    def test_all_kinds_of_syncs_are_added(self):
        self.assertEqual(counted(SUMMARY), 310)

    def test_a_summary_without_calls_counts_none(self):
        self.assertEqual(counted(""), 0)
