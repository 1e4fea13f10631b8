"""Gates: what fails a run."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.config import Config
from queryscope.errors import ConfigError
from queryscope.gate import breaches, judge, read_gate
from queryscope.model import Finding, Occurrence, Origin, Report, Run
from queryscope.rules.run import RUN_RULES
from queryscope.rules.trace import TRACE_RULES
from tests.builders import make_trace


def make_finding(rule: str = "n-plus-one", *traces: str, **more: Any) -> Finding:
    occurrences = tuple(
        Occurrence(trace=trace, query_count=9, avoidable_queries=8, duration_ms=1.0)
        for trace in traces or ("t1",)
    )
    values: dict[str, Any] = {"id": "QS-1", "severity": "warning", "confidence": "certain", "message": "m"}
    return Finding(
        **(
            values
            | {"rule": rule, "model": "shop.Book", "worst": occurrences[0], "occurrences": occurrences}
            | more
        )
    )


def make_report(*findings: Finding, verdict: Any = "none", traces: Any = None) -> Report:
    run = Run(queryscope="0", python="3", django="5", postgresql="18", root="/r", verdict=verdict)
    return Report(generated_at="", run=run, traces=traces or (make_trace(),), findings=findings)


def verdict(report: Report, *gate: str, **more: Any) -> str:
    return judge(report, gate, **more).run.verdict


def test_without_a_gate_nothing_is_judged() -> None:
    assert verdict(make_report(make_finding())) == "none"


def test_a_named_rule_fails_the_run() -> None:
    assert verdict(make_report(make_finding()), "n-plus-one") == "fail"


def test_another_rule_does_not() -> None:
    assert verdict(make_report(make_finding()), "duplicate-query") == "pass"


@pytest.mark.parametrize(
    ("confidence", "expected"), [("certain", "fail"), ("likely", "fail"), ("idea", "pass")]
)
def test_a_named_rule_gates_on_certain_and_likely(confidence: Any, expected: str) -> None:
    assert verdict(make_report(make_finding(confidence=confidence)), "n-plus-one") == expected


@pytest.mark.parametrize(
    ("confidence", "expected"), [("certain", "fail"), ("likely", "pass"), ("idea", "pass")]
)
def test_certain_gates_on_certain_findings_of_any_rule(confidence: Any, expected: str) -> None:
    assert verdict(make_report(make_finding("slow-query", confidence=confidence)), "certain") == expected


def test_the_gates_are_named_and_those_that_failed() -> None:
    slow = make_finding("slow-query", confidence="likely")
    run = judge(make_report(make_finding(), slow), ("certain", "slow-query", "duplicate-query")).run
    assert run.gate == ("certain", "slow-query", "duplicate-query")
    assert run.breached == ("certain", "slow-query")
    assert judge(make_report(slow), ("certain", "duplicate-query")).run.breached == ()


def test_a_rule_that_a_test_is_allowed_to_break_is_not_named() -> None:
    report = make_report(make_finding(), make_finding("slow-query", "t2"))
    allowed = {make_trace().origin.label: frozenset({"n-plus-one"})}
    assert judge(report, ("n-plus-one", "slow-query"), allowed=allowed).run.breached == ("slow-query",)


def test_no_findings_pass() -> None:
    assert verdict(make_report(), "certain") == "pass"


def test_what_could_not_be_judged_is_incomplete_and_told() -> None:
    judged = judge(make_report(), ("certain",), incomplete=["worker gw1 was lost"])
    assert judged.run.verdict == "incomplete"
    assert judged.run.missing == ("worker gw1 was lost",)


def test_a_breach_outweighs_what_is_missing() -> None:
    assert verdict(make_report(make_finding()), "certain", incomplete=["x"]) == "fail"


def test_a_run_without_application_frames_stays_incomplete() -> None:
    assert verdict(make_report(verdict="incomplete"), "certain") == "incomplete"


def test_a_breach_fails_also_where_the_run_was_incomplete() -> None:
    assert verdict(make_report(make_finding(), verdict="incomplete"), "n-plus-one") == "fail"


def test_a_rule_allowed_in_the_only_test_that_breaks_it_passes() -> None:
    traces = (make_trace(origin=Origin(kind="test", label="test_a")),)
    report = make_report(make_finding(), traces=traces)
    assert verdict(report, "certain", allowed={"test_a": frozenset({"n-plus-one"})}) == "pass"
    assert verdict(report, "certain", allowed={"test_a": frozenset({"slow-query"})}) == "fail"
    assert verdict(report, "certain", allowed={"test_b": frozenset({"n-plus-one"})}) == "fail"


def test_allowing_holds_for_the_requests_of_a_test() -> None:
    traces = (make_trace(origin=Origin(kind="request", label="GET a/", parent="test_a")),)
    report = make_report(make_finding(), traces=traces)
    assert verdict(report, "certain", allowed={"test_a": frozenset({"n-plus-one"})}) == "pass"


def test_allowing_one_test_does_not_excuse_another() -> None:
    traces = tuple(make_trace(id=name, origin=Origin(kind="test", label=name)) for name in ("t1", "t2"))
    report = make_report(make_finding("n-plus-one", "t1", "t2"), traces=traces)
    assert verdict(report, "certain", allowed={"t1": frozenset({"n-plus-one"})}) == "fail"


def test_breaches_are_the_findings_themselves() -> None:
    first, second = make_finding(), make_finding("slow-query", confidence="likely")
    assert breaches(make_report(first, second), ("certain",)) == (first,)
    assert breaches(make_report(first, second), ("certain", "slow-query")) == (first, second)


def test_names_are_read_with_spaces_and_repetitions() -> None:
    assert read_gate(" n-plus-one, certain,n-plus-one ", Config()) == ("n-plus-one", "certain")
    assert read_gate(["n-plus-one", "certain"], Config()) == ("n-plus-one", "certain")
    assert read_gate("", Config()) == ()
    assert read_gate([], Config()) == ()


@pytest.mark.parametrize("name", [*(rule.name for rule in (*TRACE_RULES, *RUN_RULES)), "missing-index"])
def test_every_rule_that_makes_findings_can_be_named(name: str) -> None:
    assert read_gate(name, Config()) == (name,)
    finding = make_finding(name, confidence="likely")
    assert verdict(make_report(finding), name) == "fail"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("n-plus-on", "Can't gate on 'n-plus-on'. Did you mean 'n-plus-one'?"),
        ("xyz", "Can't gate on 'xyz'. Valid names: certain"),
        (",", "A gate needs 'certain' or names of rules, not ','"),
        ("new", "A gate on 'new' needs a baseline"),
        ("sort-spill", "Can't gate on 'sort-spill'."),
    ],
)
def test_other_names_are_refused(asked: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_gate(asked, Config())
    assert told in str(caught.value)
