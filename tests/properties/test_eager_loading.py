"""Whatever relations code reads in whatever order: its edits load them in as few queries as can be."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, note, settings

from tests.properties.accesses import Pattern, patterns
from tests.rules.running import Project, query_count

pytestmark = pytest.mark.django_db
ROUNDS = 4
_numbers = count()


@settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pattern=patterns())
def test_the_edits_of_any_pattern_load_all_of_it(tmp_path: Path, shop: None, pattern: Pattern) -> None:
    project = Project(tmp_path, pattern.code(), f"shop/views_{next(_numbers)}.py")
    note(project.text)
    before, report = project.run()
    first = query_count(report)
    rounds = 0
    while report.findings and rounds < ROUNDS:
        rounds += 1
        for finding in report.findings:
            [fix] = finding.fixes
            note(f"{finding.rule}: {finding.message}\n{fix.caveat}\n{fix.diff}")
        [finding] = [each for each in report.findings if each.rule == "n-plus-one"]
        project.apply(finding.fixes[0])
        after, report = project.run()
        assert after == before
    event(f"{rounds} rounds")
    assert not report.findings
    assert query_count(report) == pattern.least_queries()
    assert query_count(report) <= first
