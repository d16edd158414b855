"""The tables of the document."""

from collections.abc import Callable
from dataclasses import dataclass

from spread import Spread
from systems.system import System

Figures = dict[str, float | None]
Results = dict[str, list[Figures]]


@dataclass(frozen=True)
class Column:
    title: str
    figure: str
    digits: int = 0


RATES = [
    Column("accepted/s, 1 client", "accepted_1"),
    Column("accepted/s, 32 clients", "accepted_32"),
    Column("CPU us", "accepted_32_us"),
    Column("handled/s, trivial", "trivial"),
    Column("CPU us", "trivial_us"),
    Column("of which servers", "trivial_server_us"),
    Column("syncs", "trivial_syncs", 1),
    Column("handled/s, HTTP", "http"),
    Column("CPU us", "http_us"),
    Column("of which servers", "http_server_us"),
    Column("syncs", "http_syncs", 1),
]
REST = [
    Column("MiB at rest", "memory_mib", 1),
    Column("of which servers", "memory_server_mib", 1),
    Column("start to first task, s", "start_seconds", 2),
]


def tables(systems: list[System], results: Results, patience: float) -> str:
    measured = [system for system in systems if results.get(system.name)]
    parts = [_rates(measured, results), _faults(measured, results, patience)] if measured else ["No figures yet."]
    return "\n\n".join([*parts, _configuration(systems), _promises(systems)])


def _rates(systems: list[System], results: Results) -> str:
    rows = [[system.name, *(shown(results[system.name], column) for column in RATES)] for system in systems]
    return "**Accepting and handling one ordered line**\n\n" + table(
        ["System", *(column.title for column in RATES)], rows
    )


def _faults(systems: list[System], results: Results, patience: float) -> str:
    rows = []
    for system in systems:
        repetitions = results[system.name]
        rest = [shown(repetitions, column) for column in REST]
        rows.append(
            [
                system.name,
                *rest,
                _resumed(repetitions, patience),
                _order(repetitions, "killed"),
                _order(repetitions, "failed"),
            ]
        )
    titles = [
        *(column.title for column in REST),
        "worker killed: its task done after, s",
        "order after the kill",
        "head fails once: order",
    ]
    return "**At rest, and after faults**\n\n" + table(["System", *titles], rows)


def _resumed(repetitions: list[Figures], patience: float) -> str:
    if any(figures["killed_seconds"] is None for figures in repetitions):
        return f"over {patience:.0f}"
    return shown(repetitions, Column("", "killed_seconds", 2))


def _order(repetitions: list[Figures], fault: str) -> str:
    """The worst of the repetitions."""
    worst = {
        what: int(max(figures[f"{fault}_{what}"] for figures in repetitions))
        for what in ("overtaken", "repeated", "missing")
    }
    order = f"{worst['overtaken']} overtaken" if worst["overtaken"] else "kept"
    repeated = f", {worst['repeated']} repeated" if worst["repeated"] else ""
    missing = f", {worst['missing']} not handled in time" if worst["missing"] else ""
    return order + repeated + missing


def shown(repetitions: list[Figures], column: Column) -> str:
    """The median and the range of a figure; a dash if it was not measured."""
    values = [figures[column.figure] for figures in repetitions if figures.get(column.figure) is not None]
    return Spread.of(values).shown(column.digits) if values else "-"


def _configuration(systems: list[System]) -> str:
    rows = []
    for system in systems:
        version = "-" if system.missing() else system.version()
        rows.append([system.name, version, system.configuration, " ".join(map(_link, system.documentation))])
    return "**Configuration**\n\n" + table(["System", "Version", "Configured", "Source"], rows, pad=False)


def _promises(systems: list[System]) -> str:
    rows = []
    for system in systems:
        promises = system.promises
        rows.append([system.name, promises.order, promises.after_a_failure, promises.duplicates, promises.history])
    titles = ["System", "Order", "Order after a failure", "Duplicates", "History"]
    return "**Promises**\n\n" + table(titles, rows, pad=False)


def _link(address: str) -> str:
    name = address.rstrip("/").rpartition("/")[2]
    return f"[{name}]({address})"


def table(titles: list[str], rows: list[list[str]], pad: bool = True) -> str:
    """Numbers are aligned right, and columns padded unless they hold prose."""
    if not pad:
        lines = [titles, ["---"] * len(titles), *rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    widths = [max(len(line[index]) for line in [titles, *rows]) for index in range(len(titles))]
    align: list[Callable[[str, int], str]] = [str.ljust, *[str.rjust] * (len(titles) - 1)]
    lines = [
        " | ".join(place(cell, width) for place, cell, width in zip(align, line, widths)) for line in [titles, *rows]
    ]
    rule = "|".join("-" * (width + 1) + (":" if index else "-") for index, width in enumerate(widths))
    return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])
