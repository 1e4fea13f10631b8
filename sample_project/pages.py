"""The addresses of all pages that the demo visits."""

from __future__ import annotations

from collections.abc import Iterator


def all_pages() -> Iterator[str]:
    """Ordinary pages first, then each problem with its cured twin."""
    from problems.table import PROBLEMS

    yield "/problems/"
    for problem in PROBLEMS:
        yield f"/problems/{problem.slug}/"
        yield f"/problems/{problem.slug}/cured/"
