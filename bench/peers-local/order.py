"""Whether tasks were handled in the order in which they were accepted."""


def overtaken(completed: list[int]) -> int:
    """How many tasks were completed after a task that was accepted later. A repeated completion counts once, at its first."""
    first = list(dict.fromkeys(completed))
    newest = -1
    late = 0
    for number in first:
        late += number < newest
        newest = max(newest, number)
    return late


def repeated(completed: list[int]) -> int:
    """How many completions were of a task that was already completed."""
    return len(completed) - len(set(completed))
