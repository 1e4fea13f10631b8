"""`len-instead-of-count`: firing, silent, at its threshold. Real code: `test_twice_living.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import AccessKind, Observation, QueryGroup
from queryscope.rules.trace import LenInsteadOfCount
from tests.builders import make_access, make_frame, make_load, make_site, make_trace
from tests.rules.trace.asked import TEST, asked, context_of, seen

TEXT = "def page(request):\n    books = Book.objects.filter(price__gt=2)\n    return len(books)\n"
PLACE = make_frame(line=3, function="page", end_line=3, column=11, end_column=21, operation="call")
LEN = asked(0, "len", PLACE)


def found(*groups: QueryGroup, text: str = TEXT, **more: object) -> list[Observation]:
    options = {name: more.pop(name) for name in ("min_rows",) if name in more}
    return seen(LenInsteadOfCount(**options), *groups, text=text, **more)


def test_rows_that_are_only_counted_are_told():
    [observation] = found(LEN)
    assert observation.rule == "len-instead-of-count"
    assert observation.fact == "rows"
    assert (observation.query_count, observation.avoidable_queries, observation.owner_rows) == (1, 0, 40)
    message = LenInsteadOfCount().message([observation])
    assert message == "page loads 40 Book rows to count them, and reads none: count() loads no row."
    fix = LenInsteadOfCount().remedy([observation], context_of(make_trace(LEN), text=TEXT)).fix
    assert fix.code == "books.count()"
    assert "+    return books.count()" in fix.diff


@pytest.mark.parametrize(("rows", "is_told"), [(0, False), (1, True), (2, True)])
def test_no_row_costs_nothing(rows, is_told):
    assert bool(found(replace(LEN, rows=rows))) is is_told


def test_the_threshold_is_an_option():
    assert found(LEN, min_rows=40)
    assert not found(LEN, min_rows=41)


def test_querysets_that_one_line_is_given_are_one_finding():
    one, two = (replace(found(LEN)[0], site=make_site(frame=make_frame(line=at))) for at in (4, 9))
    context = context_of(make_trace(LEN), text=TEXT)
    assert LenInsteadOfCount().gather(one, context) == LenInsteadOfCount().gather(two, context) is not None
    tag = replace(one, trigger=make_frame("page.html", is_template=True))
    assert LenInsteadOfCount().gather(tag, context) is None


SILENT = {
    "another method": {"access": replace(LEN.access, method="iterate")},
    "many parameters": {"count": 3, "distinct": 3, "rows": 120},
    "many owners": {"count": 3, "owners": 3, "rows": 120},
    "locked rows": {"sql": LEN.sql + " FOR UPDATE"},
    "a prefetch": {"access": make_access(AccessKind.PREFETCH, method="len")},
    "an unknown number": {"rows": None},
    "a test": {"stack": (TEST,), "site": make_site(frame=TEST)},
    "another line": {"stack": (replace(PLACE, line=2),)},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(replace(LEN, **SILENT[name]))


def test_another_query_of_the_same_rows_is_a_reason():
    assert not found(LEN, asked(1, "count", PLACE))
    assert found(LEN, asked(1, "count", PLACE, selection=1))


def test_a_read_that_was_seen_speaks_against_it():
    read = make_load(columns_read=("title",))
    assert not found(LEN, loads=(read,), saw_reads=True)
    assert found(LEN, loads=(replace(read, columns_read=()),), saw_reads=True)
    assert not found(LEN, loads=(replace(read, columns_read=(), is_escaped=True),), saw_reads=True)
    assert found(LEN, loads=(read,))


GIVEN = "def page(request):\n    books = cheap_books()\n    return len(books)\n"


def test_what_a_function_gives_is_judged_by_the_reads():
    unread = make_load(columns_read=())
    assert not found(LEN, text=GIVEN)
    [observation] = found(LEN, text=GIVEN, loads=(unread,), saw_reads=True)
    context = context_of(make_trace(LEN, loads=(unread,), saw_reads=True), text=GIVEN)
    fix = LenInsteadOfCount().remedy([observation], context).fix
    assert fix.code == "books.count()"
    assert not fix.diff
    assert fix.caveat


USES = [
    "    print(books)\n", "    self.books = books\n", "    for book in books: pass\n", "    books[0]\n",
    "    yield books\n", "    f = lambda: books\n", "    books.first()\n", "    books |= books\n",
]  # fmt: skip


@pytest.mark.parametrize("use", USES)
def test_any_other_use_may_read(use):
    assert not found(LEN, text=TEXT + use)


@pytest.mark.parametrize("use", ["    if books: pass\n", "    books.filter(x=1)\n", "    len(books)\n"])
def test_these_uses_read_nothing(use):
    assert found(LEN, text=TEXT + use)
