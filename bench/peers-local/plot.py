"""The plot: the rates of each system as bars, with the range of the repetitions."""

from html import escape

from spread import Spread

# Okabe and Ito's, as in the other plots.
OURS = "#0072b2"
OTHERS = "#d55e00"
PANELS = (
    ("accepted/s, 1 client", "accepted_1"),
    ("accepted/s, 32 clients", "accepted_32"),
    ("handled/s, trivial handler", "trivial"),
    ("handled/s, HTTP handler", "http"),
)
LABELS, BARS, VALUES = 130, 230, 60
ROW, TITLE, MARGIN = 18, 34, 12
PANEL = LABELS + BARS + VALUES


def svg(results: dict[str, list[dict[str, float | None]]]) -> str:
    names = [name for name, repetitions in results.items() if repetitions]
    height = TITLE + ROW * len(names) + MARGIN
    drawn = [
        _panel(PANEL * (index % 2), height * (index // 2), *panel, names, results) for index, panel in enumerate(PANELS)
    ]
    size = f'width="{PANEL * 2}" height="{height * 2}" viewBox="0 0 {PANEL * 2} {height * 2}"'
    background = f'<rect width="{PANEL * 2}" height="{height * 2}" fill="#ffffff"/>'
    return "\n".join(
        [f'<svg {size} xmlns="http://www.w3.org/2000/svg" font-family="sans-serif">', background, *drawn, "</svg>", ""]
    )


def _panel(left: int, top: int, title: str, figure: str, names: list[str], results: dict) -> str:
    spreads = {name: Spread.of([figures[figure] for figures in results[name]]) for name in names}
    most = max(spread.most for spread in spreads.values())
    parts = [f'<text x="{left + LABELS}" y="{top + 22}" font-size="14">{escape(title)}</text>']
    for row, (name, spread) in enumerate(spreads.items()):
        y = top + TITLE + row * ROW
        start = left + LABELS
        low, middle, high = (start + BARS * value / most for value in (spread.least, spread.median, spread.most))
        colour = OURS if name == "Taskline" else OTHERS
        parts += [
            f'<text x="{start - 6}" y="{y + 12}" font-size="12" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{start}" y="{y + 2}" width="{middle - start:.1f}" height="{ROW - 5}" fill="{colour}"/>',
            f'<path d="M{low:.1f} {y + 8.5}H{high:.1f}" stroke="#000000"/>',
            f'<text x="{high + 5:.1f}" y="{y + 12}" font-size="11">{spread.median:,.0f}</text>',
        ]
    return "\n".join(parts)
