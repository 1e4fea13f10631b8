"""`expensive-count`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.config import Config
from queryscope.model import ClassSite, Model, Models, Observation, QueryGroup
from queryscope.rules import trace_rules
from queryscope.rules.trace import ExpensiveCount
from tests.builders import make_frame, make_site, make_trace
from tests.rules.trace.asked import TEST, VIEW, asked, at, context_of

COUNT = asked(0, "count", "books.count()", sql='SELECT COUNT(*) AS "__count" FROM "shop_book"', max_ms=400.0)
FILTERED = replace(COUNT, sql=COUNT.sql + ' WHERE "shop_book"."price" > %s')


def found(*groups: QueryGroup, **options: object) -> list[Observation]:
    return list(ExpensiveCount(**options).check(make_trace(*groups), Models()))


def code_of(group: QueryGroup) -> str:
    trace = make_trace(group)
    [observation] = found(group)
    context = context_of(trace, text=VIEW)
    context = replace(context, models=Models(models=(Model(label="shop.Book", table="shop_book"),)))
    fix = ExpensiveCount().remedy([observation], context).fix
    assert fix.kinds == ("count",)
    assert fix.caveat.startswith("No diff")
    return fix.code


def test_a_count_that_takes_long_is_told():
    [observation] = found(COUNT)
    assert observation.rule == "expensive-count"
    assert (observation.fact, observation.confidence) == ("time", "likely")
    assert ExpensiveCount().message([observation]) == "page waited 400 ms for the number of Book rows."


@pytest.mark.parametrize(("slow_ms", "is_told"), [(400.0, True), (401.0, False)])
def test_the_threshold_is_an_option(slow_ms, is_told):
    assert bool(found(COUNT, slow_ms=slow_ms)) is is_told


def test_what_slow_means_is_said_once_in_the_settings():
    [rule] = [each for each in trace_rules(Config(slow_ms=250.0)) if each.name == "expensive-count"]
    assert rule.slow_ms == 250.0


SILENT = {
    "rows": {"access": replace(COUNT.access, method="iterate")},
    "a failure": {"error": "57014"},
    "no queryset": {"site": None},
    "no line": {"site": make_site(frame=None)},
    "a test": {"stack": (TEST,), "site": make_site(frame=TEST)},
    "a seed": {"site": make_site(frame=make_frame("shop/seeds/books.py", 3, "run"))},
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(replace(COUNT, **SILENT[name]))


def test_a_view_that_holds_its_queryset_is_told():
    holder = ClassSite(path="shop/views.py", line=3, name="Books", kind="view")
    assert found(replace(COUNT, stack=(), site=make_site(frame=None, holder=holder)))


def test_all_rows_are_estimated_and_some_are_remembered():
    assert 'reltuples::bigint FROM pg_class WHERE oid = %s::regclass", ["shop_book"]' in code_of(COUNT)
    assert code_of(FILTERED) == 'cache.get_or_set("book-count", books.count, 60)'
    paged = replace(FILTERED, stack=(at("list(books.all())"),))
    assert code_of(paged).startswith("class RememberedPaginator(Paginator):")


def test_a_changelist_does_without():
    holder = ClassSite(path="shop/admin.py", line=3, name="BookAdmin", kind="admin")
    changelist = replace(COUNT, stack=(), site=make_site(frame=None, holder=holder))
    assert code_of(changelist).startswith("show_full_result_count = False\npaginator = EstimatedPaginator")


def test_what_a_count_carries_along_is_named():
    distinct = 'SELECT COUNT(*) FROM (SELECT DISTINCT "b"."id" FROM "b" INNER JOIN "t" ON (1)) subquery'
    group = replace(COUNT, sql=distinct)
    assert "with a DISTINCT over a join that it may not need" in ExpensiveCount().message(found(group))
    assert "Exists(" in code_of(group)
    grouped = replace(COUNT, sql='SELECT COUNT(*) FROM (SELECT "b"."id" FROM "b" GROUP BY 1) subquery')
    assert "before_annotate" in code_of(grouped)
    having = replace(COUNT, sql=grouped.sql.replace(") sub", " HAVING COUNT(*) > %s) sub"))
    assert "before_annotate" not in code_of(having)
