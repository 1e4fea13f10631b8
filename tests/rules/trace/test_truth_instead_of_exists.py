"""`truth-instead-of-exists`: firing, silent, at its threshold. Real code: `test_twice_living.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Observation, QueryGroup
from queryscope.rules.trace import TruthInsteadOfExists
from tests.builders import make_frame, make_load, make_trace
from tests.rules.trace.asked import asked, context_of, seen

TEXT = (
    "def page(request):\n    books = Book.objects.filter(price=2)\n    if not books:\n        raise Http404\n"
)
# As Python 3.11 tells it, at the whole statement, and as later ones do, at what is tested.
WHOLE = make_frame(line=3, function="page", end_line=4, column=4, end_column=21, operation="truth")
TESTED = make_frame(line=3, function="page", end_line=3, column=11, end_column=16, operation="truth")
TRUTH = asked(0, "bool", TESTED)


def found(*groups: QueryGroup, text: str = TEXT, **more: object) -> list[Observation]:
    options = {name: more.pop(name) for name in ("min_rows",) if name in more}
    return seen(TruthInsteadOfExists(**options), *groups, text=text, **more)


@pytest.mark.parametrize("place", [WHOLE, TESTED])
def test_rows_that_are_only_asked_for_their_truth_are_told(place):
    group = asked(0, "bool", place)
    [observation] = found(group)
    assert observation.rule == "truth-instead-of-exists"
    assert observation.fact == "rows"
    assert TruthInsteadOfExists().message([observation]) == (
        "page loads 40 Book rows to see whether there are any: exists() stops at the first."
    )
    fix = TruthInsteadOfExists().remedy([observation], context_of(make_trace(group), text=TEXT)).fix
    assert fix.code == "books.exists()"
    assert "+    if not books.exists():" in fix.diff


@pytest.mark.parametrize(("rows", "is_told"), [(0, False), (1, False), (2, True)])
def test_one_row_is_what_exists_would_ask_for(rows, is_told):
    assert bool(found(replace(TRUTH, rows=rows))) is is_told


def test_the_threshold_is_an_option():
    assert found(TRUTH, min_rows=40)
    assert not found(TRUTH, min_rows=41)


def test_rows_that_are_read_are_loaded_once():
    assert not found(TRUTH, text=TEXT + "    return [book.title for book in books]\n")
    assert not found(TRUTH, text=TEXT + "    return books\n")
    assert not found(TRUTH, loads=(make_load(),), saw_reads=True)


def test_a_length_is_not_a_truth():
    assert not found(replace(TRUTH, access=replace(TRUTH.access, method="len")))


def test_another_query_of_the_same_rows_is_a_reason():
    assert not found(TRUTH, asked(1, "iterate", TESTED))


@pytest.mark.parametrize(
    "line", ["    return books or []\n", "    x = books and books[0]\n", "    print(bool(other) or books)\n"]
)
def test_a_value_that_is_handed_on_is_more_than_its_truth(line):
    assert not found(TRUTH, text=TEXT + line)


def test_two_truths_need_an_answer_that_is_kept():
    text = TEXT + "    return 1 if books else 2\n"
    [observation] = found(TRUTH, text=text)
    fix = TruthInsteadOfExists().remedy([observation], context_of(make_trace(TRUTH), text=text)).fix
    assert not fix.diff
    assert "more than once" in fix.caveat
