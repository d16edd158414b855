"""Whether tasks were handled in the order in which they were accepted."""


def overtaken(completed: list[int], accepted: int) -> int:
    """How many of the accepted tasks, which are numbered from 0, were completed after a later one.

    Also those that were not completed although a later one was. A repeated completion counts once, at its first.
    """
    position = {number: at for at, number in reversed(list(enumerate(completed)))}
    earliest_later = len(completed)
    late = 0
    for number in reversed(range(accepted)):
        at = position.get(number, len(completed))
        late += earliest_later < at
        earliest_later = min(earliest_later, at)
    return late


def repeated(completed: list[int]) -> int:
    """How many completions were of a task that was already completed."""
    return len(completed) - len(set(completed))
