"""The one table: it drives the URLs, the index page and the tests."""

from __future__ import annotations

from problems.problem import Problem
from problems.rows import (
    class_views,
    indexes,
    loads,
    loops,
    one_by_one,
    relations,
    surfaces,
    unused,
    work,
)

PROBLEMS: tuple[Problem, ...] = (
    *relations.ROWS,
    *surfaces.ROWS,
    *class_views.ROWS,
    *work.ROWS,
    *unused.ROWS,
    *one_by_one.ROWS,
    *indexes.ROWS,
    *loads.ROWS,
    *loops.ROWS,
)

__all__ = ["PROBLEMS", "Problem"]
