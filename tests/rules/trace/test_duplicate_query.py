"""`duplicate-query`: firing, silent, at its threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import (
    AccessKind,
    Model,
    Models,
    Observation,
    Origin,
    Query,
    QueryGroup,
    Repeat,
)
from queryscope.rules.remedy import Context
from queryscope.rules.trace import DuplicateQuery
from tests.builders import make_access, make_frame, make_query_group, make_site, make_trace

SQL = 'SELECT "shop_category"."id" FROM "shop_category" WHERE "shop_category"."parent_id" IS NULL'
HELPER = make_frame("shop/menus.py", 4, "top_categories")
MENU = make_frame("shop/views.py", 10, "page")
FOOTER = make_frame("shop/views.py", 12, "page")


def read(index: int = 0, *callers: Any, **more: Any) -> QueryGroup:
    values: dict[str, Any] = {
        "sql": SQL,
        "fingerprint": "f1",
        "distinct": 1,
        "total_ms": 2.0,
        "site": make_site("shop.Category", frame=HELPER),
        "stack": (HELPER, *callers),
        "access": make_access(
            AccessKind.MANAGER, model="shop.Category", attribute="", target="shop.Category"
        ),
    }
    return make_query_group(index, **(values | more))


def write(index: int, sql: str, **more: Any) -> QueryGroup:
    return make_query_group(index, **({"sql": sql, "kind": "update", "stack": (MENU,)} | more))


def found(
    *groups: QueryGroup, repeated: tuple[int, ...] = (), models: Models | None = None, **options: Any
) -> list[Observation]:
    indexes = repeated or tuple(group.index for group in groups if group.kind == "select")
    count = sum(groups[index].count for index in indexes)
    repeat = Repeat(fingerprint="f1", alias="default", count=count, groups=indexes)
    trace = make_trace(*groups, repeats=(repeat,))
    return list(DuplicateQuery(**options).check(trace, models or Models()))


def test_a_helper_that_is_asked_from_two_places_is_told():
    [observation] = found(read(0, MENU), read(1, FOOTER))
    assert observation.rule == "duplicate-query"
    assert observation.model == "shop.Category"
    assert observation.site.frame == HELPER
    assert observation.trigger == FOOTER
    assert observation.groups == (0, 1)
    assert observation.fingerprints == ("f1",)
    assert (observation.query_count, observation.avoidable_queries) == (2, 1)
    assert observation.duration_ms == 4.0
    assert observation.loads == ()
    assert DuplicateQuery().message([observation]) == (
        "top_categories ran the same Category query 2 times, again at shop/views.py:12."
    )


def test_a_line_that_asks_twice_is_told_with_its_caller():
    [observation] = found(read(0, MENU, count=2, total_ms=4.0))
    assert observation.trigger == MENU
    assert observation.query_count == 2


def test_a_line_without_a_caller_is_its_own_trigger():
    [observation] = found(read(0, count=3))
    assert observation.trigger == HELPER
    assert "again at shop/menus.py:4" in DuplicateQuery().message([observation])


def test_code_around_the_helper_in_one_function_is_not_its_caller():
    outer = make_frame("shop/menus.py", 9, "top_categories")
    [observation] = found(read(0, outer, MENU, count=2))
    assert observation.trigger == MENU


def test_two_lines_that_build_the_same_query_are_told():
    other = make_frame("shop/feet.py", 7, "links")
    again = read(1, FOOTER, site=make_site("shop.Category", frame=other), stack=(other, FOOTER))
    [observation] = found(read(0, MENU), again)
    assert observation.trigger == other


def test_the_time_is_that_of_the_repeated_ones_only():
    [observation] = found(read(0, MENU, count=2, total_ms=8.0), read(1, FOOTER, count=2, total_ms=4.0))
    assert observation.duration_ms == 12.0


@pytest.mark.parametrize("least", [2, 3])
def test_the_threshold_is_an_option(least):
    assert bool(found(read(0, MENU), read(1, FOOTER), min_repeats=least)) is (least == 2)


@pytest.mark.parametrize("kind", [AccessKind.REVERSE, AccessKind.MANY_TO_MANY, AccessKind.RAW])
def test_managers_of_one_object_and_raw_querysets_are_judged(kind):
    assert found(read(0, MENU, access=make_access(kind)), read(1, FOOTER, access=make_access(kind)))


KINDS = [
    AccessKind.FORWARD, AccessKind.REVERSE_ONE_TO_ONE, AccessKind.GENERIC_FORWARD, AccessKind.DEFERRED,
    AccessKind.PREFETCH, AccessKind.WRITE,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_accesses_that_the_orm_makes_by_itself_are_silent(kind):
    assert not found(read(0, MENU, access=make_access(kind)), read(1, FOOTER))


WRITES = {
    "insert": 'INSERT INTO "shop_category" ("name") VALUES (…)',
    "update": 'UPDATE "shop_category" SET "name" = %s',
    "delete": 'DELETE FROM "shop_category" WHERE "id" IN (…)',
    "other": 'COPY INTO "shop_category"',
}


@pytest.mark.parametrize("kind", WRITES)
def test_a_table_that_is_written_may_be_read_again(kind):
    groups = [read(0, MENU), write(1, WRITES[kind], kind=kind), read(2, FOOTER)]
    assert not found(*groups)


def test_a_write_to_another_table_is_no_excuse():
    assert found(read(0, MENU), write(1, 'UPDATE "shop_book" SET "a" = %s'), read(2, FOOTER))


@pytest.mark.parametrize("sql", ["CALL refresh()", "TRUNCATE", "DO %s"])
def test_after_a_statement_that_may_write_anything_nothing_is_said(sql):
    assert not found(read(0, MENU), write(1, sql, kind="other"), read(2, FOOTER))


def test_transactions_write_nothing():
    assert found(read(0, MENU), write(1, "SAVEPOINT %s", kind="transaction"), read(2, FOOTER))


@pytest.mark.parametrize("label", ["auth.User", "contenttypes.ContentType", "sites.Site", "sessions.Session"])
def test_djangos_own_tables_are_silent(label):
    site = make_site(label, frame=HELPER)
    assert not found(read(0, MENU, site=site), read(1, FOOTER, site=site))


def category(path: str) -> Models:
    return Models(models=(Model(label="shop.Category", table="shop_category", path=path),))


@pytest.mark.parametrize(
    ("by_library", "path", "is_told"),
    [((True, True), "", False), ((True, True), "shop/models.py", True), ((False, False), "", True),
     ((True, False), "", False)],
)  # fmt: skip
def test_what_a_library_asks_of_its_own_model_is_silent(by_library, path, is_told):
    first, second = by_library
    groups = [read(0, MENU, is_asked_by_library=first), read(1, FOOTER, is_asked_by_library=second)]
    assert bool(found(*groups, models=category(path))) is is_told


def test_a_model_that_the_graph_does_not_know_is_taken_for_the_applications():
    groups = [read(at, caller, is_asked_by_library=True) for at, caller in enumerate((MENU, FOOTER))]
    assert found(*groups)


def polled(pause_ms: float, *, group: QueryGroup | None = None) -> list[Observation]:
    group = group or read(0, MENU, count=3)
    queries = [Query(group=0, started_ms=at * (pause_ms + 1.0), duration_ms=1.0) for at in range(3)]
    repeat = Repeat(fingerprint="f1", alias="default", count=3, groups=(0,))
    trace = make_trace(group, repeats=(repeat,), queries=tuple(queries))
    return list(DuplicateQuery(pause_ms=50.0).check(trace, Models()))


@pytest.mark.parametrize("pause_ms", [0.0, 49.0, 50.0, 1000.0])
def test_a_line_that_pauses_between_its_queries_polls(pause_ms):
    assert bool(polled(pause_ms)) is (pause_ms < 50)


def test_pauses_that_were_not_seen_are_no_excuse():
    repeat = Repeat(fingerprint="f1", alias="default", count=3, groups=(0,))
    trace = make_trace(read(0, MENU, count=3), repeats=(repeat,), queries=())
    assert list(DuplicateQuery().check(trace, Models()))


TAG = make_frame("t.html", 1, "t.html", is_template=True, source="{{ order.lines.count }}")


def test_a_template_that_builds_the_same_twice_is_told():
    again = replace(TAG, line=4)
    groups = [
        read(0, MENU, site=make_site("shop.Line", frame=TAG), stack=(TAG, MENU)),
        read(1, MENU, site=make_site("shop.Line", frame=again), stack=(again, MENU)),
    ]
    [observation] = found(*groups)
    assert observation.trigger == again


SILENT = {
    "locked rows": {"site": make_site("shop.Category", frame=HELPER, is_for_update=True)},
    "rows locked in SQL": {"sql": SQL + " FOR UPDATE SKIP LOCKED"},
    "rows locked for no key update": {"sql": SQL + " FOR NO KEY UPDATE"},
    "shared locks": {"sql": SQL + " FOR SHARE"},
    "varying parameters": {"distinct": 2},
    "a failure": {"error": "40001"},
    "no queryset": {"site": None},
    "no line": {"site": make_site("shop.Category", frame=None)},
    "no access": {"access": None},
    "a library's queryset in a template": {
        "site": make_site("shop.Category", frame=TAG, is_built_by_library=True)
    },
    "a test's queryset": {"site": make_site("shop.Category", frame=make_frame("tests/test_a.py"))},
    "a factory's loop": {"stack": (make_frame("shop/factories.py", 1, "build"),)},
    "no stack": {"stack": ()},
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
@pytest.mark.parametrize("which", [0, 1])
def test_these_are_silent(name, which):
    groups = [read(0, MENU), read(1, FOOTER)]
    groups[which] = replace(groups[which], **SILENT[name])
    assert not found(*groups)


TEST = make_frame("shop/tests/test_menus.py", 30, "test_menus")


def test_a_test_that_calls_twice_is_the_tests_matter():
    again = replace(TEST, line=31)
    assert not found(read(0, TEST), read(1, again))
    assert not found(read(0, TEST, count=2))
    assert not found(read(0, MENU, TEST, count=2))


def test_application_code_that_asks_twice_below_a_test_is_told():
    assert found(read(0, MENU, TEST), read(1, FOOTER, TEST))


def test_repeats_are_judged_one_by_one():
    groups = [read(0, MENU), read(1, FOOTER), read(2, MENU, distinct=5, count=5)]
    assert len(found(*groups, repeated=(0, 1))) == 1
    assert not found(*groups, repeated=(0, 2))


def test_stacks_that_do_not_part_name_the_line_itself():
    [observation] = found(read(0, MENU), read(1, MENU))
    assert observation.trigger == HELPER


def test_a_trace_without_repeats_is_silent():
    assert not list(DuplicateQuery().check(make_trace(read(0)), Models()))


# What it is worth.

FORM = make_frame("shop/forms.py", 3, "Choice.__init__")
TAGS = make_frame("shop/templatetags/menus.py", 3, "menu")


def page(*groups: QueryGroup, queries: int, kind: Any = "request", **options: Any) -> list[Observation]:
    """What is told of these in a unit of so many queries."""
    asked = sum(group.count for group in groups)
    rest = make_query_group(len(groups), count=queries - asked, sql="SELECT 1", fingerprint="f2")
    repeat = Repeat(
        fingerprint="f1", alias="default", count=asked, groups=tuple(group.index for group in groups)
    )
    origin = Origin(kind=kind, label="it")
    trace = make_trace(*groups, rest, repeats=(repeat,), origin=origin, queries=())
    return list(DuplicateQuery(**options).check(trace, Models()))


@pytest.mark.parametrize(
    ("queries", "kind", "is_told"),
    [(10, "request", True), (11, "request", False), (10, "test", False), (10, "command", True)],
)
def test_a_second_time_is_told_of_units_that_run_few_others(queries, kind, is_told):
    assert bool(page(read(0, MENU), read(1, FOOTER), queries=queries, kind=kind)) is is_told


@pytest.mark.parametrize("kind", ["request", "test"])
def test_a_third_time_is_told_of_all(kind):
    third = make_frame("shop/views.py", 14, "page")
    [observation] = page(read(0, MENU), read(1, FOOTER), read(2, third), queries=100, kind=kind)
    assert (observation.severity, observation.query_count) == ("warning", 3)
    assert not page(read(0, MENU), read(1, FOOTER), read(2, third), queries=100, kind=kind, min_spared=3)


@pytest.mark.parametrize(("ms", "is_told"), [(49.0, False), (50.0, True)])
def test_so_is_a_second_time_that_takes_long(ms, is_told):
    groups = [read(0, MENU, total_ms=ms), read(1, FOOTER, total_ms=ms)]
    assert bool(page(*groups, queries=100)) is is_told


@pytest.mark.parametrize(("times", "is_told"), [(3, False), (10, False), (11, True)])
def test_unrelated_parts_are_told_when_it_is_a_great_deal(times, is_told):
    callers = [make_frame(f"shop/part{at}.py", 3, "ask") for at in range(times)]
    groups = [read(at, TAGS, caller) for at, caller in enumerate(callers)]
    observations = page(*groups, queries=20)
    assert bool(observations) is is_told
    assert all(each.query_count == times for each in observations)


def test_only_those_that_one_place_could_share_are_counted():
    third = make_frame("shop/views.py", 14, "page")
    groups = [read(0, FORM, TAGS, FOOTER), read(1, MENU), read(2, FOOTER), read(3, third)]
    [observation] = page(*groups, queries=100)
    assert (observation.groups, observation.query_count, observation.avoidable_queries) == ((1, 2, 3), 3, 2)


@pytest.mark.parametrize("library", ["django.forms", "django_tables2"])
def test_choices_and_tables_ask_for_themselves(library):
    assert not found(read(0, MENU, asked_through=library), read(1, FOOTER))


def confirmed(text: str, *callers: Any, count: int = 3, **options: Any) -> bool:
    groups = [read(0, *callers, count=count)]
    repeat = Repeat(fingerprint="f1", alias="default", count=count, groups=(0,))
    trace = make_trace(*groups, repeats=(repeat,))
    [observation] = DuplicateQuery(**options).check(trace, Models())
    context = Context(Models(), Sources({"shop/views.py": text}.get), {trace.id: trace})
    return DuplicateQuery(**options).confirm(observation, context)


LOOP = make_frame("shop/views.py", 3, "page", end_line=3, column=8, end_column=24)
LOOPED = "def page(rows):\n    for row in rows:\n        top_categories()\n"


def test_a_line_that_asks_again_needs_a_loop_in_reach():
    assert confirmed(LOOPED, LOOP)
    assert not confirmed("def page(rows):\n    if rows:\n        top_categories()\n", LOOP)
    assert not confirmed(LOOPED, TAGS, LOOP)
    assert confirmed(LOOPED, TAGS, LOOP, count=11)
