"""From a question that every row is asked to an addition to the queryset that gives the rows."""

from __future__ import annotations

from collections.abc import Callable

from queryscope.fixes.asked import Asked
from queryscope.fixes.conditions import Way
from queryscope.fixes.fetched import FIRST, first, is_first, rows, values
from queryscope.fixes.question import Addition, Question, Surroundings
from queryscope.fixes.summary import aggregate, count, exists

_BY_METHOD: dict[str, Callable[[Question], Addition]] = {
    "aaggregate": aggregate,
    "acontains": exists,
    "acount": count,
    "aexists": exists,
    "aggregate": aggregate,
    "contains": exists,
    "count": count,
    "exists": exists,
    "values": values,
    "values_list": values,
    **dict.fromkeys(FIRST, first),
}


def addition_of(asked: Asked, way: Way, around: Surroundings) -> Addition:
    """The addition that answers a question for all rows.

    Raises:
        EditRefusedError: the question can't be put that way; the text says why.
    """
    question = Question(asked, way, around)
    made = _BY_METHOD.get(asked.method, first if is_first(question) else rows)
    return made(question)
