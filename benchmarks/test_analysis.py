"""What analysis costs on traces of any size: `pytest benchmarks/test_analysis.py --benchmark-only`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

import hostile
from dispatch import dispatch
from queryscope.analysis import conclude, count_findings
from queryscope.analysis.conclude import observe
from queryscope.capture.codes import Codes
from queryscope.capture.finish import finish
from queryscope.capture.project import find_project
from queryscope.capture.recorder import Recorder
from queryscope.config import Config
from queryscope.model import Capture, Origin, Run
from queryscope.rules import trace_rules
from queryscope.store.text import encode
from traces import PLACES, make_models, make_repeats, make_trace
from workloads.statements import Cursor, send, statements

SIZES = (1_000, 10_000, 100_000)
GROUPS = (100, 1_000, 10_000)
WORKLOADS = str(Path(__file__).resolve().parent / "workloads")


@pytest.mark.parametrize("queries", SIZES)
def test_concluding_a_trace(benchmark: Any, queries: int) -> None:
    captures = [Capture(trace=make_trace(queries))]
    report = benchmark(
        conclude,
        captures,
        run=Run(queryscope="0", python="3", django="5", postgresql="18", root="."),
        models=make_models(),
        rules=trace_rules(Config()),
        read_source=lambda path: None,
    )
    assert len(report.findings) >= PLACES


@pytest.mark.parametrize("groups", GROUPS)
def test_all_rules_on_a_trace_of_loops_that_write(benchmark: Any, groups: int) -> None:
    trace, models = hostile.make_trace(max(SIZES), groups), hostile.make_models()
    rules = trace_rules(Config())
    observations = benchmark(lambda: list(observe(replace(trace), models, rules)))  # a new one each time
    assert len(observations) >= groups // 2


@pytest.mark.parametrize("groups", GROUPS)
def test_concluding_a_trace_of_loops_that_write(benchmark: Any, groups: int) -> None:
    captures = [Capture(trace=hostile.make_trace(max(SIZES), groups))]
    report = benchmark(
        conclude,
        captures,
        run=Run(queryscope="0", python="3", django="5", postgresql="18", root="."),
        models=hostile.make_models(),
        rules=trace_rules(Config()),
        read_source=hostile.make_sources(groups).get,
    )
    assert (
        len(report.findings) == groups // 2
    )  # of each loop the relation, and the saves with what they set off


@pytest.mark.parametrize("lines", [15, 150])
def test_counting_findings_of_one_query_at_many_lines(benchmark: Any, lines: int) -> None:
    trace, text = make_repeats(lines)
    models, rules = make_models(), trace_rules(Config())
    counted = benchmark(count_findings, trace, models=models, rules=rules, read_source=lambda _: text)
    assert counted == 1


@pytest.mark.parametrize("queries", SIZES)
def test_writing_a_capture_as_text(benchmark: Any, queries: int) -> None:
    assert len(benchmark(encode, [Capture(trace=make_trace(queries))])) > queries


@pytest.mark.parametrize("queries", SIZES)
def test_finishing_a_recorder(benchmark: Any, queries: int, recorder: Recorder) -> None:
    context = {"connection": connection, "cursor": Cursor()}
    with recorder:
        for _, sql, params in statements(queries, literals_every=queries):
            send(dispatch, lambda *_: None, sql, params, context)
    trace, _ = benchmark(finish, recorder)
    assert sum(group.count for group in trace.groups) == queries


@pytest.fixture
def recorder() -> Recorder:
    """One that keeps every query."""
    config = Config(max_queries=max(SIZES))
    return Recorder(Origin(kind="block", label="benchmark"), config, Codes(find_project(WORKLOADS)))
