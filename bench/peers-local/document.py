"""A document whose prose is written by hand and whose tables, between two marks, are written by a command."""

from pathlib import Path

BEGIN = "<!-- measured: written by `make bench-peers-local-docs` -->\n"
END = "<!-- end -->\n"


class Document:
    """`performance.md` in a folder. Raises if it has no marks."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "performance.md"
        self._read()

    def write(self, text: str) -> None:
        """Replaces what is between the marks, and keeps the rest of the document as it is now."""
        before, after = self._read()
        self._path.write_text(f"{before}{BEGIN}\n{text.strip()}\n\n{END}{after}")

    def _read(self) -> tuple[str, str]:
        before, begin, rest = self._path.read_text().partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise ValueError(f"{self._path} lacks {BEGIN}and {END}")
        return before, after
