"""The one table: it drives the URLs, the index page and the tests."""

from __future__ import annotations

from problems.problem import Problem
from problems.rows import class_views, indexes, loops, misses, relations, surfaces, work

PROBLEMS: tuple[Problem, ...] = (
    *relations.ROWS,
    *surfaces.ROWS,
    *class_views.ROWS,
    *work.ROWS,
    *indexes.ROWS,
    *loops.ROWS,
    *misses.ROWS,
)

__all__ = ["PROBLEMS", "Problem"]
