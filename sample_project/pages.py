"""The addresses of all pages that the demo visits."""

from __future__ import annotations

from collections.abc import Iterator

from problems.table import PROBLEMS
from tour import ordinary_pages


def all_pages() -> Iterator[str]:
    """Ordinary pages first, then each problem with its cured twin."""
    yield from ordinary_pages()
    for problem in PROBLEMS:
        yield f"/problems/{problem.slug}/"
        yield f"/problems/{problem.slug}/cured/"
