"""Whatever relations code reads in whatever order: its edits load them in as few queries as can be."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, note, settings

from tests.properties.accesses import Pattern, patterns
from tests.rules.project import Project

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
    project = Project(tmp_path, pattern.code(), path=f"shop/views_{next(_numbers)}.py")
    note(project.text)
    before = ran = project.run()
    rounds = 0
    while ran.findings and rounds < ROUNDS:
        rounds += 1
        for finding in ran.findings:
            [fix] = finding.fixes
            note(f"{finding.rule}: {finding.message}\n{fix.caveat}\n{fix.diff}")
        [finding] = [each for each in ran.findings if each.rule == "n-plus-one"]
        project.apply(finding.fixes[0])
        ran = project.run()
        assert ran.result == before.result
    event(f"{rounds} rounds")
    assert not ran.findings
    assert ran.queries == pattern.least_queries()
    assert ran.queries <= before.queries
