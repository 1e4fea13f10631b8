"""What the rules that exist can't judge yet: listed, not left out."""

from problems.problem import Problem

ROWS: tuple[Problem, ...] = ()
