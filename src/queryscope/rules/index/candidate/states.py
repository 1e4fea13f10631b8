"""Which of a scan's constant conditions few rows fulfil, so that an index over those rows alone may pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from queryscope.rules.index.candidate.objections import is_size_silent
from queryscope.rules.index.candidate.part import Part, predicate_django, predicate_sql
from queryscope.rules.index.candidate.predicate import predicate_parts
from queryscope.rules.index.candidate.scan import Scan
from queryscope.rules.index.candidate.term import Term
from queryscope.sql.statement import Statement

MAX_DISTINCT = 100  # a constant among more values is a look-up, not a state
MAX_SHARE = 0.5  # of the rows, that conditions without a value may keep, one or all together

BOUND = (
    " Where parameters are bound by the server and its plan is generic, the condition isn't proved by one: "
    "an index without it is right there."
)


def rare_parts(
    scan: Scan,
    every: Sequence[Part],
    *,
    max_distinct: int = MAX_DISTINCT,
    max_share: float = MAX_SHARE,
) -> tuple[Part, ...]:
    """The conditions that few rows fulfil; without one such, those without a value together."""
    found = tuple(part for part in every if _is_state(scan, part, max_distinct, max_share))
    known = [part for part in every if not part.is_literal and part.share is not None]
    together = prod(part.share or 0.0 for part in known)
    return found or (tuple(known) if len(known) > 1 and together <= max_share else ())


def parts_beside(scan: Scan, statement: Statement) -> tuple[Part, ...]:
    """The conditions that few rows fulfil, for an index that finds something else among them.

    How rare a state is, the rows of a test don't tell.
    """
    return () if is_size_silent(scan) else rare_parts(scan, predicate_parts(scan, statement))


def other_terms(terms: Iterable[Term], parts: Sequence[Part]) -> tuple[Term, ...]:
    """The terms that these conditions don't say already."""
    return tuple(term for term in terms if not any(part.says(term) for part in parts))


def condition_of(parts: Sequence[Part]) -> dict[str, str]:
    """The condition of an index as `make_advice` takes it."""
    return {"predicate": predicate_sql(parts), "predicate_django": predicate_django(parts)}


def told_of(parts: Sequence[Part]) -> str:
    """What the reason of an index with such a condition says of it."""
    if not parts:
        return ""
    return " Its condition is the same in every call." + (
        BOUND if any(one.is_literal for one in parts) else ""
    )


def _is_state(scan: Scan, part: Part, max_distinct: int, max_share: float) -> bool:
    """A value among few; of a condition without one, not one that most rows fulfil; of an OR each arm."""
    if part.arms:
        return all(_is_state(scan, arm, max_distinct, max_share) for arm in part.arms)
    column = scan.table.column(part.column)
    if column is None:
        return False
    if not part.is_literal:
        return (part.share or 0.0) <= max_share
    # How many arrays or documents there are says nothing of what they hold, nor of what is computed.
    is_held = bool(part.expression) or column.type.endswith("[]") or column.type == "jsonb"
    is_other = is_held or any(word in part.django for word in ("__lt", "__gt"))
    return is_other or column.n_distinct is None or 0 <= column.n_distinct <= max_distinct
