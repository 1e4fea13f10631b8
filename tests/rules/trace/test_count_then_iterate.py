"""`count-then-iterate`: firing, silent. Real code is judged in `test_twice_living.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import Frame, Observation, QueryGroup
from queryscope.rules.trace import CountThenIterate
from tests.builders import make_frame, make_site, make_trace
from tests.rules.trace.asked import BUILT, TEST, asked, at, context_of, in_page, seen, written

ROWS = asked(1, "iterate", "books.all()]")
COUNT = asked(0, "count", "books.count()")


def found(*groups: QueryGroup) -> list[Observation]:
    return seen(CountThenIterate(), *groups)


def rows(**more: object) -> QueryGroup:
    return replace(ROWS, **more)


def test_a_count_beside_its_rows_is_told():
    [observation] = found(COUNT, ROWS)
    assert observation.rule == "count-then-iterate"
    assert observation.site.frame == BUILT
    assert observation.groups == (0,)
    assert (observation.query_count, observation.avoidable_queries) == (1, 1)
    assert CountThenIterate().message([observation]) == (
        "page counts Book rows at shop/views.py:3 and loads them all too: len() needs no query."
    )


def test_the_order_does_not_matter():
    assert found(replace(ROWS, index=0, first_index=0), replace(COUNT, index=1, first_index=1))


def test_two_expressions_of_one_function_are_told():
    other = make_site(frame=replace(BUILT, line=5))
    assert found(COUNT, rows(site=other))


SILENT = {
    "a page": {"window": 3},
    "other rows": {"selection": 1},
    "rows of which nothing is known": {"selection": None},
    "a stream": {"access": replace(ROWS.access, method="iterator")},
    "one row": {"access": replace(ROWS.access, method="get")},
    "locked rows": {"sql": ROWS.sql + " FOR UPDATE"},
    "a failure": {"error": "40001"},
    "another function": {
        "site": make_site(frame=make_frame(line=30, function="other")),
        "stack": (make_frame(line=30, function="other"),),
    },
    "a test's rows": {"stack": (TEST,), "site": make_site(frame=TEST)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(COUNT, rows(**SILENT[name]))


def test_another_call_of_the_function_is_another_queryset():
    one, other = make_frame("shop/urls.py", 3, "site"), make_frame("shop/urls.py", 4, "site")
    assert found(replace(COUNT, stack=(*COUNT.stack, one)), rows(stack=(*ROWS.stack, one)))
    assert not found(replace(COUNT, stack=(*COUNT.stack, one)), rows(stack=(*ROWS.stack, other)))


def test_a_write_between_is_a_reason():
    last = rows(index=2, first_index=2)
    assert not found(COUNT, written(1), last)
    assert not found(COUNT, written(1, "CALL refresh()", kind="other"), last)
    assert found(COUNT, written(1, 'UPDATE "shop_author" SET "name" = %s'), last)
    assert found(written(0), replace(COUNT, index=1, first_index=1), last)


def test_a_line_that_does_not_say_count_is_not_its_own():
    assert not found(replace(COUNT, stack=(at("list(books.all())"),)), ROWS)


def test_rows_that_are_only_measured_are_another_matter():
    text = "def page(request):\n    books = Book.objects.all()\n    return books.count(), len(books)\n"
    frame = make_frame(line=3, function="page", end_line=3, column=11, end_column=24)
    length = make_frame(line=3, function="page", end_line=3, column=26, end_column=36)
    groups = (asked(0, "count", frame), asked(1, "len", length))
    assert not seen(CountThenIterate(), *groups, text=text)


BOUNDS = [
    ("if books.count() > 100:", 7, True), ("if books.count() > LIMIT:", 7, True),
    ("if books.count() > 0:", 7, False), ("if not books.count():", 11, False),
    ("while books.count() < limit:", 10, True), ("assert books.count() <= limit", 11, True),
]  # fmt: skip


@pytest.mark.parametrize(("line", "column", "is_bound"), BOUNDS)
def test_a_number_that_is_held_against_a_bound_decides(line, column, is_bound):
    body = "\n        pass" if line.endswith(":") else ""
    loop = "    for book in books:\n        print(book)\n"
    text = f"def page(request):\n    books = Book.objects.all()\n    {line}{body}\n{loop}"
    place = make_frame(line=3, function="page", end_line=3, column=column, end_column=column + 13)
    at_loop = make_frame(
        line=5 if body else 4, function="page", end_line=5 if body else 4, column=16, end_column=21
    )
    groups = (asked(0, "count", place), asked(1, "iterate", at_loop))
    assert bool(seen(CountThenIterate(), *groups, text=text)) is not is_bound


def test_the_fix_is_len_where_the_loop_uses_the_same_queryset():
    text = (
        "def page(request):\n    books = Book.objects.all()\n    n = books.count()\n    return list(books)\n"
    )
    count = make_frame(line=3, function="page", end_line=3, column=8, end_column=21)
    rows_at = in_page(4, 11, 22)
    groups = (asked(0, "count", count), asked(1, "iterate", rows_at))
    [observation] = seen(CountThenIterate(), *groups, text=text)
    fix = CountThenIterate().remedy([observation], context_of(make_trace(*groups), text=text)).fix
    assert fix.code == "len(books)"
    assert "+    n = len(books)" in fix.diff


def test_of_another_clone_the_list_is_told():
    [observation] = found(COUNT, ROWS)
    fix = CountThenIterate().remedy([observation], context_of(make_trace(COUNT, ROWS))).fix
    assert fix.code == "books = list(books)\nlen(books)"
    assert not fix.diff
    assert fix.caveat.startswith("No diff")


SHARED = """\
def shared():
    return Book.objects.all()


def number():
    return shared().count()


def listed():
    return list(shared())


def page():
    return shared().count(), list(shared())
"""


def of_shared(text: str, function: str, method: str, index: int, caller: Frame) -> QueryGroup:
    lines = text.splitlines()
    built = make_frame(line=2, function="shared", end_line=2, column=11, end_column=29, operation="call")
    line = next(n for n, each in enumerate(lines, 1) if each.startswith(f"def {function}(")) + 1
    part = "shared().count()" if method == "count" else "list(shared())"
    column = lines[line - 1].index(part)
    place = make_frame(
        line=line, function=function, end_line=line, column=column, end_column=column + len(part)
    )
    return asked(index, method, place, caller, site=make_site(frame=built))


def test_a_function_that_two_others_call_for_their_own_purpose_is_none_of_both():
    callers = make_frame("shop/a.py", 3, "a"), make_frame("shop/b.py", 7, "b")
    count = of_shared(SHARED, "number", "count", 0, callers[0])
    loaded = of_shared(SHARED, "listed", "iterate", 1, callers[1])
    assert not seen(CountThenIterate(), count, loaded, text=SHARED)


def test_a_function_that_calls_it_twice_counts_what_it_loads():
    caller = make_frame("shop/a.py", 3, "a")
    count = of_shared(SHARED, "page", "count", 0, caller)
    assert seen(CountThenIterate(), count, of_shared(SHARED, "page", "iterate", 1, caller), text=SHARED)
