import unittest

from order import overtaken, repeated


class Order(unittest.TestCase):
    def test_a_sequence_in_order_has_no_task_overtaken(self):
        self.assertEqual(overtaken([0, 1, 2, 3], 4), 0)

    def test_a_task_that_is_completed_after_later_ones_counts_once(self):
        self.assertEqual(overtaken([0, 2, 3, 1, 4], 5), 1)

    def test_each_overtaken_task_counts(self):
        self.assertEqual(overtaken([0, 3, 1, 2, 4], 5), 2)

    def test_a_task_that_is_never_completed_is_overtaken_by_later_ones(self):
        self.assertEqual(overtaken([0, 2], 3), 1)

    def test_tasks_that_wait_behind_the_last_are_not_overtaken(self):
        self.assertEqual(overtaken([0, 1], 4), 0)

    def test_a_repetition_is_not_an_overtaken_task(self):
        self.assertEqual(overtaken([0, 1, 1, 0, 2], 3), 0)
        self.assertEqual(repeated([0, 1, 1, 0, 2]), 2)
