"""Whatever the models and whatever code reads of them: the edits reach what eager loading needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, event, given, note, settings
from hypothesis import strategies as st

from queryscope.model import Finding, Fix
from queryscope.verify import apply_edits, choose_edits, first_fixes
from tests.properties.graphs import Graph, graphs
from tests.properties.oracle import needs
from tests.properties.readings import Reading, readings
from tests.properties.tables import Filling, installed, make_tables
from tests.rules.project import Project, Ran

pytestmark = pytest.mark.django_db
ROUNDS = 4
# Code that loads its rows one by one, and rules that say so.
ABOUT_LOADING = {"n-plus-one", "latent-n-plus-one", "query-in-loop", "refiltered-prefetch"}
# Random rows meet in unlikely ways: two paths lead to one row, which is asked the same.
BY_CHANCE = {"duplicate-query", "count-then-iterate"}
# Of few rows little is spared; here each counts.
RULES = {"n-plus-one": {"min_unsafe": 1}, "query-in-loop": {"min_spared": 1}}
_numbers = count()
# QUERYSCOPE_RANDOM=500 draws so many others, at each run.
_some = settings(
    derandomize="QUERYSCOPE_RANDOM" not in os.environ,
    max_examples=int(os.environ.get("QUERYSCOPE_RANDOM", "60")),
    deadline=None,
    database=None,
    phases=set(Phase) - {Phase.explain},  # it takes minutes
    suppress_health_check=list(HealthCheck),
)


@contextmanager
def _application(graph: Graph, root: Path, numbers: dict[str, int], seed: int) -> Iterator[ModuleType]:
    label = f"shop{next(_numbers)}"
    note(graph.code())
    with transaction.atomic(), installed(graph, label, root / label) as module:
        make_tables(label)
        Filling(graph, module, numbers, seed).fill()
        yield module
        transaction.set_rollback(True)


def _numbers_of(data: st.DataObject, graph: Graph) -> dict[str, int]:
    return {each.name: data.draw(st.sampled_from([3, 4, 4, 5, 1])) for each in graph.entities}


def _project(reading: Reading, module: ModuleType, *, is_whole: bool = False) -> Project:
    assert module.__file__ is not None
    folder = Path(module.__file__).parent
    text = reading.code(module.__name__, is_whole=is_whole)
    note(text)
    return Project(folder.parent, text, path=f"{folder.name}/views.py")


def _noted(ran: Ran) -> None:
    note("\n".join(f"{group.count} {group.sql}" for group in ran.trace.groups))
    for finding in ran.findings:
        for fix in finding.fixes:
            note(f"{finding.rule}: {finding.message}\n{fix.caveat}\n{fix.diff}")


def _about_loading(ran: Ran) -> list[Finding]:
    return [each for each in ran.findings if each.rule not in BY_CHANCE]


def _apply(project: Project, fixes: list[Fix]) -> int:
    """Make all edits that can be made together; of how many fixes they are."""
    chosen, edits = choose_edits(fixes)
    for path in dict.fromkeys(edit.path for edit in edits):
        apply_edits(project.root / path, [edit for edit in edits if edit.path == path])
        later = (project.root / path).stat().st_mtime + 5
        os.utime(project.root / path, (later, later))
    return len(chosen)


@_some
@given(graph=graphs(), data=st.data())
def test_the_edits_load_what_any_code_reads_of_any_models(tmp_path: Path, graph: Graph, data: Any) -> None:
    assume(graph.roots())
    reading = data.draw(readings(graph))
    numbers, seed = _numbers_of(data, graph), data.draw(st.integers(0, 999))
    with _application(graph, tmp_path, numbers, seed) as module:
        project = _project(reading, module)
        need = needs(reading, module)
        before = ran = project.run(rules=RULES)
        assert before.queries == need.lazy.total
        if need.required | need.asked:
            assert ABOUT_LOADING.intersection(ran.rules), ran.told
        elif not need.optional:
            assert not _about_loading(ran), ran.told
        rounds = together = 0
        while rounds < ROUNDS and (fixes := [fix for fix in first_fixes(ran.report) if fix.edits]):
            _noted(ran)
            chosen = _apply(project, fixes)
            # Of all that it says at first, nothing waits for another round.
            together += rounds == 0 and chosen == len(_about_loading(ran))
            rounds += 1
            note(project.text)
            ran = project.run(rules=RULES)
            assert ran.result == before.result
            assert ran.queries <= before.queries
        left = _about_loading(ran)
        _noted(ran)
        event(f"{rounds} rounds{', together' if together else ''}, {'advice' if left else 'all edited'}")
        assert not any(fix.edits for fix in first_fixes(ran.report))
        assert rounds <= 1 or not together
        assert {each.rule for each in left} <= ABOUT_LOADING, ran.told
        # Where it only says what to do, nobody did it.
        still = sum(need.lazy.queries[place] for place in need.asked | need.required) if left else 0
        # A list that is cut from a Prefetch of an earlier round brings what that one prefetches.
        twice = len(need.asked) if rounds > 1 else 0
        assert ran.queries <= need.most + still + twice


@_some
@given(graph=graphs(), data=st.data())
def test_code_that_loads_what_it_reads_is_left_alone(tmp_path: Path, graph: Graph, data: Any) -> None:
    assume(graph.roots())
    reading = data.draw(readings(graph, is_plain=True, is_partial=False))
    numbers, seed = _numbers_of(data, graph), data.draw(st.integers(0, 999))
    with _application(graph, tmp_path, numbers, seed) as module:
        ran = _project(reading, module, is_whole=True).run(rules=RULES)
        event(f"{min(ran.queries, 5)} queries")
        assert not ran.findings, ran.told
