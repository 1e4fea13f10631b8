"""One condition of a scan as an index sees it: what is compared, and how."""

from __future__ import annotations

from dataclasses import dataclass

from queryscope.model import IndexKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A condition under AND that an index may serve; an OR is one term with arms."""

    key: IndexKey  # the column or the expression, ascending, without an operator class
    operator: str  # "=", "in", "<", "<=", ">", ">=", "like", "~", "@>", "&&", "@@", "is null", "true", "or" …
    type: str = ""  # PostgreSQL's type of what is compared: "text", "jsonb", "timestamp with time zone"
    literal: str = ""  # SQL of what it is compared with, if that stands in the project's source
    pattern: str = ""  # of LIKE: "prefix", "suffix", "infix", "exact"; "" where it isn't known
    pattern_length: int | None = None  # of LIKE: the longest run of letters and digits, where it is known
    is_join: bool = False  # compared with a column of another table of the query
    other_table: str = ""  # its alias
    other_column: str = ""
    share: float | None = None  # of the rows that this term alone keeps, where statistics tell
    arms: tuple[tuple[Term, ...], ...] = ()  # of "or": the terms of each arm
