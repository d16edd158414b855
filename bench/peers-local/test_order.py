import unittest

from order import overtaken, repeated


class Order(unittest.TestCase):
    def test_a_sequence_in_order_has_no_task_overtaken(self):
        self.assertEqual(overtaken([0, 1, 2, 3]), 0)

    def test_a_task_that_is_completed_after_later_ones_counts_once(self):
        self.assertEqual(overtaken([0, 2, 3, 1, 4]), 1)

    def test_each_overtaken_task_counts(self):
        self.assertEqual(overtaken([0, 3, 1, 2, 4]), 2)

    def test_a_repetition_is_not_an_overtaken_task(self):
        self.assertEqual(overtaken([0, 1, 1, 0, 2]), 0)
        self.assertEqual(repeated([0, 1, 1, 0, 2]), 2)
