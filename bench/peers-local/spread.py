"""Repetitions of one measurement: their median, and how far they spread."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Spread:
    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        return cls(median(values), min(values), max(values))

    def shown(self, digits: int) -> str:
        """`1,200 (1,100..1,300)`, and without the range if it is no wider than what is shown."""
        middle, least, most = (f"{value:,.{digits}f}" for value in (self.median, self.least, self.most))
        return middle if least == most else f"{middle} ({least}..{most})"
