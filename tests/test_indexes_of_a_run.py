"""From several units of work to the advice of the run, on the real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from queryscope.analysis import conclude, write_cost
from queryscope.capture.finish import finish
from queryscope.examine import Place, examine, models_of
from queryscope.model import Capture, Level, Origin, Report, Run
from queryscope.profiler import begin, current_config, current_project
from queryscope.rules import trace_rules
from tests.pages import advice

ROWS = 60_000
PREPARE = f"""
    INSERT INTO catalog_company (name, country)
    SELECT 'Company ' || n % 20000, chr(65 + n % 26) || chr(65 + n / 26 % 26)
    FROM generate_series(1, {ROWS}) n;
    ANALYZE catalog_company;
"""


@pytest.fixture(autouse=True)
def companies(transactional_db: None) -> None:
    """Rows until the end of the test."""
    run(PREPARE)


@pytest.fixture
def contained(companies: None) -> Iterator[None]:
    """Two indexes for LIKE, of which one contains the other."""
    run("CREATE INDEX company_one ON catalog_company (name varchar_pattern_ops)")
    run("CREATE INDEX company_two ON catalog_company (name varchar_pattern_ops, country)")
    yield
    run("DROP INDEX company_one, company_two")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def look(label: str, work: Callable[[], Any], **settings: Any) -> Capture:
    """A unit of work on a database that a test runner made."""
    values = {"explain": "all", "explain_budget_ms": 60_000.0, "trial_budget_ms": 60_000.0}
    config = current_config(**(values | settings))
    recorder = begin(Origin(kind="block", label=label), config)
    try:
        work()
    finally:
        recorder.stop()
    trace, slow = finish(recorder)
    project = recorder.codes.project
    return examine(trace, slow, Place(config=config, project=project, in_place=True, is_test_database=True))


def report_of(*captures: Capture) -> Report:
    config = current_config()
    project = current_project(config)
    return conclude(
        captures,
        run=Run(queryscope="0", python="3", django="5", postgresql="18", root=project.root),
        models=models_of(project),
        rules=trace_rules(config),
        read_source=lambda path: None,
    )


def test_one_index_serves_the_shapes_of_several_units():
    report = report_of(
        look("both", lambda: advice.by_name_and_country("Company 7", "HA")),
        look("country", lambda: advice.by_country("HA")),
        look("name", lambda: advice.by_name("Company 7")),
    )
    timed = [each for each in report.indexes if each.evidence.level is Level.TIMED]
    served = {shape for each in timed for shape in each.serves}
    assert len(served) == 3
    columns = sorted(tuple(key.column for key in each.keys) for each in timed)
    # Either of the two equalities may come first, but no third index is needed.
    assert len(columns) == 2
    assert all(each.gain_ms > 0 for each in timed)
    assert {each.rule for each in report.findings} >= {"missing-index"}


def test_an_index_for_the_search_of_an_update_saves_what_finding_its_rows_takes():
    report = report_of(look("move", lambda: advice.move("Company 7", "XX"), slow_ms=0.0))
    [index] = report.indexes
    assert [key.django for key in index.keys] == ["name"]
    assert index.evidence.level is Level.TIMED
    assert 0 < index.gain_ms <= index.evidence.before.ms - index.evidence.after.ms + 0.001
    [finding] = [one for one in report.findings if one.rule == "missing-index"]
    assert finding.message.startswith(
        "move searches catalog.Company for its UPDATE without an index on (name): "
    )
    assert not [one for one in report.findings if one.rule == "slow-query"]


def test_an_update_pays_for_an_index_on_what_it_sets(monkeypatch):
    monkeypatch.setattr(write_cost, "LEAST_WON_BY_OWN_MS", 10.0)  # a slow machine wins more
    found = look("leave", lambda: advice.leave_country("HA"), slow_ms=0.0)
    [index] = found.indexes
    assert [key.django for key in index.keys] == ["country"]
    report = report_of(found)
    assert report.indexes == ()
    assert [refusal.kind for refusal in report.refusals] == ["write-hot"]


def test_an_update_of_few_rows_is_told_what_it_pays():
    [index] = report_of(look("few", lambda: advice.rename_all("Company 7"), slow_ms=0.0)).indexes
    assert [key.django for key in index.keys] == ["name"]
    assert index.write_cost == "Ends HOT updates for Company.name, updated 3 times in this run."
    assert "Of its rows 3 no longer meet the condition." in index.evidence.note


def test_the_existing_indexes_are_judged_by_the_real_catalog(contained: None):
    report = report_of(look("country", lambda: advice.by_country("HA")))
    [removal] = [each for each in report.removals if each.kind == "prefix"]
    assert (removal.name, removal.kept) == ("company_one", "company_two")
    assert removal.size_bytes > 0
    assert removal.scans is None  # a test's database: its counts mean nothing
    assert not [each for each in report.removals if each.kind == "unused"]


def test_what_is_updated_far_more_often_than_read_gets_no_index():
    report = report_of(
        look("name", lambda: advice.by_name("Company 7")), look("queue", lambda: advice.rename(400))
    )
    assert not report.indexes
    assert "missing-index" not in {each.rule for each in report.findings}
    [refusal] = [each for each in report.refusals if each.kind == "write-hot"]
    assert refusal.reason.startswith("Company.name is updated 400 times in this run")


def test_a_few_updates_are_the_price_that_is_told():
    report = report_of(
        look("name", lambda: advice.by_name("Company 7")), look("some", lambda: advice.rename(3))
    )
    [index] = report.indexes
    assert index.write_cost == "Ends HOT updates for Company.name, updated 3 times in this run."
