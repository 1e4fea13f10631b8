"""`deep-offset`: firing, silent, at its threshold; one fact with the plan."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import Capture, ClassSite, Insight, Models, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import DeepOffset
from tests.analysis.shop import report_of
from tests.builders import BOOKSHOP, make_frame, make_plan, make_query_group, make_site, make_trace

MODELS = Models(models=BOOKSHOP)


def page(**more: Any) -> QueryGroup:
    values = {"limit": 20, "offset": 4_000, "rows": 20, "site": make_site(ordering=("-created",))}
    return make_query_group(0, **(values | more))


def found(group: QueryGroup, **options: Any) -> list[Any]:
    return list(DeepOffset(**options).check(make_trace(group), MODELS))


def test_skipped_rows_are_told():
    [observation] = found(page())
    assert observation.fact == "time"
    assert DeepOffset().message([observation]) == "book_list skipped 4,000 Book rows by OFFSET."


def test_of_many_pages_the_deepest_is_told():
    [observation] = found(page(count=9))
    assert DeepOffset().message([observation]) == "book_list skipped up to 4,000 Book rows by OFFSET."


@pytest.mark.parametrize(("offset", "told"), [(999, False), (1_000, True), (1_001, True)])
def test_the_threshold(offset, told):
    assert bool(found(page(offset=offset))) is told


@pytest.mark.parametrize(("offset", "severity"), [(9_999, "info"), (10_000, "warning")])
def test_a_page_ten_times_as_deep_is_louder(offset, severity):
    assert found(page(offset=offset))[0].severity == severity


def test_the_threshold_is_an_option():
    assert not found(page(), min_offset=5_000)
    assert found(page(offset=40), min_offset=40)


SILENT = {
    "a page behind the last one": {"rows": 0},
    "rows nobody counted": {"rows": None},
    "a failure": {"error": "57014"},
    "a test's": {"stack": (make_frame("tests/test_a.py", 3, "test_a"),)},
    "a seed's": {"site": make_site(frame=make_frame("shop/seed.py"))},
    "a changelist, which knows numbers only": {
        "site": make_site(frame=None, holder=ClassSite(path="a.py", line=1, name="A", kind="admin"))
    },
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not found(page(**SILENT[name]))


def remedy(group: QueryGroup) -> Any:
    [observation] = found(group)
    trace = make_trace(group)
    return DeepOffset().remedy([observation], Context(MODELS, Sources(lambda _: None), {trace.id: trace})).fix


def test_the_next_page_is_told_for_the_ordering_that_is_there():
    assert remedy(page()).code == (
        "Book.objects.filter(Q(created__lt=last.created) | Q(created=last.created, pk__lt=last.pk), "
        'created__lte=last.created).order_by("-created", "-pk")[:20]'
    )


def test_plain_sql_is_told_as_sql():
    assert remedy(page(site=None)).code == "WHERE id > %s ORDER BY id LIMIT 20"


def test_a_slow_deep_page_is_one_finding_with_the_numbers_of_its_plan():
    group = page(max_ms=300.0, total_ms=300.0)
    insights = (
        Insight(rule="sort-spill", node=1, severity="warning", message="A sort.", remedy="", share=0.9),
        Insight(rule="offset-deep", node=0, severity="warning", message="OFFSET skipped 4,000.", share=0.5),
    )
    plan = make_plan(fingerprint=group.fingerprint, execution_time_ms=290.0, insights=insights)
    report = report_of(Capture(trace=make_trace(group), plans=(plan,)))
    assert [each.rule for each in report.findings] == ["deep-offset"]
    assert report.findings[0].fixes[0].evidence.note == "OFFSET skipped 4,000."
