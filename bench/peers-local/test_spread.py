import unittest

from report import Column, shown
from spread import Spread


class Repetitions(unittest.TestCase):
    def test_the_median_is_shown_with_the_range(self):
        self.assertEqual(Spread.of([1500, 1000, 1200]).shown(0), "1,200 (1,000..1,500)")

    def test_a_range_that_rounds_to_one_number_is_left_out(self):
        self.assertEqual(Spread.of([1.01, 1.0, 0.99]).shown(1), "1.0")

    def test_a_figure_that_was_measured_in_one_repetition_is_shown(self):
        self.assertEqual(shown([{"syncs": 2.0}, {}], Column("syncs", "syncs", 1)), "2.0")

    def test_a_figure_that_was_not_measured_is_a_dash(self):
        self.assertEqual(shown([{}, {}], Column("syncs", "syncs", 1)), "-")
