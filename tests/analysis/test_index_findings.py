"""The findings that index advice makes."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.analysis.index_findings import index_findings
from queryscope.model import ClassSite, Evidence, IndexAdvice, IndexKey, Level, Measure, Model, Models
from tests.builders import make_frame, make_query_group, make_site, make_trace


def advice(
    name: str = "book_title", before: float | None = 100.0, after: float = 2.0, **more: Any
) -> IndexAdvice:
    evidence = Evidence(level=Level.TIMED, before=Measure(ms=before), after=Measure(ms=after))
    values: dict[str, Any] = {
        "relation": "shop_book",
        "model": "shop.Book",
        "method": "btree",
        "keys": (IndexKey(column="title", django="title"),),
        "serves": ("f1",),
        "evidence": evidence,
        "write_cost": "one entry for each row written",
    }
    return IndexAdvice(name=name, **(values | more))


def asked(index: int = 0, **more: Any):
    return make_query_group(
        index, **({"fingerprint": "f1", "site": make_site(), "total_ms": 90.0, "max_ms": 90.0} | more)
    )


def test_a_slow_query_that_an_index_serves_is_a_finding():
    [finding] = index_findings([advice()], [make_trace(asked())])
    assert finding.rule == "missing-index"
    assert finding.confidence == "certain"
    assert finding.model == "shop.Book"
    assert finding.message == (
        "book_list reads shop.Book without an index on (title): 100.0 ms without, 2.0 ms with it."
    )
    assert finding.location.line == 4
    assert finding.trigger.function == "book_list"
    assert finding.fingerprints == ("f1",)
    assert finding.fixes[0].kinds == ("index",)
    assert "models.Index" in finding.fixes[0].code
    assert finding.fixes[0].caveat == "one entry for each row written"
    assert finding.fixes[0].evidence.level == "timed"
    assert finding.worst.avoidable_queries == 0


@pytest.mark.parametrize(
    ("level", "confidence", "severity"),
    [
        ("re-run", "certain", "warning"),
        ("timed", "certain", "warning"),
        ("planned", "likely", "info"),
        ("usable", "idea", "info"),
    ],
)
def test_confidence_is_not_overstated(level, confidence, severity):
    [found] = index_findings([advice(evidence=Evidence(level=Level(level)))], [make_trace(asked())])
    assert (found.confidence, found.severity) == (confidence, severity)
    assert found.message == "book_list reads shop.Book without an index on (title)."


BOOK = Model(label="shop.Book", table="shop_book", module="shop.models", path="shop/models.py", line=3)
USER = Model(label="auth.User", table="auth_user", module="django.contrib.auth.models")
TAGS = Model(label="shop.Book_tags", table="shop_book_tags", module="shop.models")
MODELS = Models(models=(BOOK, USER, TAGS))


def test_an_index_of_another_packages_model_is_told_as_an_operation_of_ones_own_migration():
    theirs = advice("auth_user_x", model="auth.User", relation="auth_user", predicate='"is_staff"')
    [found] = index_findings([theirs], [make_trace(asked())], MODELS)
    assert found.severity == "info"
    (fix,) = found.fixes
    assert "auth.User belongs to another package: a migration of your own app" in fix.caveat
    assert fix.code == (
        'migrations.RunSQL(\'CREATE INDEX CONCURRENTLY "auth_user_x" ON "auth_user" USING btree ("title") '
        'WHERE "is_staff"\', \'DROP INDEX CONCURRENTLY IF EXISTS "auth_user_x"\')'
    )


@pytest.mark.parametrize("label", ["shop.Book", "shop.Book_tags", "shop.Unknown"])
def test_an_own_model_and_a_through_table_without_a_file_stay_as_they_are(label):
    [found] = index_findings([advice(model=label)], [make_trace(asked())], MODELS)
    assert found.severity == "warning"
    assert "another package" not in found.fixes[0].caveat
    assert found.fixes[0].code.startswith("models.Index(")


def test_an_index_of_an_unmanaged_model_is_an_operation_of_a_migration():
    model = Model(
        label="shop.Event", table="shop_event", module="shop.models", path="shop/models.py", is_managed=False
    )
    own = advice("event_x", model="shop.Event", relation="shop_event")
    [found] = index_findings([own], [make_trace(asked())], Models(models=(model,)))
    assert found.severity == "warning"
    (fix,) = found.fixes
    assert fix.code.startswith("migrations.RunSQL('CREATE INDEX CONCURRENTLY")
    assert "shop.Event is unmanaged: Django builds nothing on its table" in fix.caveat


def test_of_a_set_the_index_of_another_package_is_told_apart():
    first = advice(together=("auth_user_x",))
    theirs = advice("auth_user_x", together=("book_title",), model="auth.User", relation="auth_user")
    [found] = index_findings([first, theirs], [make_trace(asked())], MODELS)
    assert found.severity == "info"
    own, other = found.fixes[0].code.split("\n")
    assert own.startswith("models.Index(")
    assert other.startswith("migrations.RunSQL(")
    assert "auth.User belongs" in found.fixes[0].caveat


def test_what_was_not_timed_is_told_with_what_the_plan_shows():
    usable = advice(evidence=Evidence(level=Level.USABLE), reason="It reads 9,000 rows to keep 3.")
    [found] = index_findings([usable], [make_trace(asked())])
    assert found.message == (
        "book_list reads shop.Book without an index on (title). It reads 9,000 rows to keep 3."
    )


def test_a_set_is_one_finding_with_the_code_of_all():
    other = advice("author_name", together=("book_title",), model="shop.Author", write_cost="")
    first = advice(together=("author_name",))
    [found] = index_findings([first, other], [make_trace(asked())])
    assert found.message == (
        "book_list reads shop.Book and shop.Author without indexes that help together, "
        "on shop.Book (title), shop.Author (title): 100.0 ms without, 2.0 ms with them."
    )
    [fix] = found.fixes
    assert fix.title == "Add 2 indexes to shop.Book and shop.Author: one alone helps little"
    assert [line.partition("(")[0] for line in fix.code.splitlines()] == ["models.Index", "models.Index"]
    assert [line.partition("# ")[2] for line in fix.code.splitlines()] == ["shop.Book", "shop.Author"]
    [same] = index_findings([other, first], [make_trace(asked())])
    assert same.id == found.id


def test_what_needs_another_that_stands_by_itself_is_a_finding_of_its_own():
    other = advice("author_name", together=("book_title",), model="shop.Author")
    found = index_findings([advice(), other], [make_trace(asked())])
    assert [each.message.partition(":")[0] for each in found] == [
        "book_list reads shop.Book without an index on (title)",
        "book_list reads shop.Author without an index on (title), which helps beside book_title",
    ]


def test_what_it_replaces_is_told_with_what_it_costs():
    [found] = index_findings([advice(replaces=("a", "b"))], [make_trace(asked())])
    assert found.fixes[0].caveat == "one entry for each row written With it a and b can go."


def test_a_write_that_an_index_serves_is_a_finding_as_well():
    [found] = index_findings([advice()], [make_trace(asked(kind="delete"))])
    assert found.location.line == 4


def test_advice_that_nobody_tried_is_no_finding():
    assert index_findings([advice(evidence=Evidence(level=Level.NONE))], [make_trace(asked())]) == []


def test_advice_that_serves_nothing_here_is_no_finding():
    assert index_findings([advice(serves=("f2",))], [make_trace(asked())]) == []
    assert index_findings([], [make_trace(asked())]) == []


def test_queries_of_one_trace_are_one_occurrence():
    one = make_trace(asked(), asked(1, count=3, total_ms=10.0), id="t1")
    two = make_trace(asked(total_ms=500.0), id="t2")
    [finding] = index_findings([advice()], [one, two])
    assert [(each.trace, each.query_count, each.duration_ms) for each in finding.occurrences] == [
        ("t1", 4, 100.0),
        ("t2", 1, 500.0),
    ]
    assert finding.worst.trace == "t2"


def test_the_place_is_the_first_line_that_asks_whichever_was_slowest():
    first, second = make_frame(line=4), make_frame(line=9, function="other")
    for slow in (4.0, 400.0):
        groups = [
            asked(0, site=make_site(frame=second), stack=(second,)),
            asked(1, site=make_site(frame=first), max_ms=slow),
        ]
        [finding] = index_findings([advice()], [make_trace(*groups)])
        assert finding.location.line == 4
        assert finding.id == index_findings([advice()], [make_trace(asked())])[0].id


def test_an_id_is_made_of_place_and_index():
    trace = make_trace(asked())
    one, two = index_findings([advice("a"), advice("b")], [trace])
    assert one.id != two.id
    moved = make_frame(line=40)
    again = index_findings([advice("a")], [make_trace(asked(site=make_site(frame=moved), stack=(moved,)))])
    assert again[0].id == one.id


TEST = make_frame("tests/test_a.py", 3, "test_a")


@pytest.mark.parametrize("more", [{"site": make_site(frame=TEST)}, {"stack": (TEST,)}])
def test_what_a_test_asks_is_the_tests_matter(more):
    assert index_findings([advice()], [make_trace(asked(**more))]) == []
    assert len(index_findings([advice()], [make_trace(asked(**more), asked(1))])) == 1


def test_a_class_or_nothing_may_be_the_place():
    holder = ClassSite(path="shop/views.py", line=7, name="BookList", kind="view")
    [finding] = index_findings(
        [advice()], [make_trace(asked(site=make_site(frame=None, holder=holder), stack=()))]
    )
    assert (finding.location.line, finding.location.function) == (7, "BookList")
    assert finding.trigger is None
    [finding] = index_findings([advice()], [make_trace(asked(site=None, stack=()))])
    assert finding.location is None
    assert finding.message.startswith("A query reads shop.Book")
    [finding] = index_findings([advice()], [make_trace(asked(site=None))])
    assert finding.location.function == "book_list"
