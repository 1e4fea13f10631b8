"""The accuracy set: what is called right, and that its situations are what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.capture.recording import ROOT

sys.path.append(str(ROOT / "benchmarks" / "accuracy"))

import told
from scoring import Judgement, Reported, canonical, has_right_fix, judge
from situation import Expectation, Situation, slug_of

ACCURACY = ROOT / "benchmarks" / "accuracy"
PLACES = {"page": [("situations/x.py", 7)], "twice": [("models.py", 3), ("situations/x.py", 9)]}
VISITS = 'Visit.objects.select_related("patient")'


def expectation(**fields: Any) -> Expectation:
    return Expectation(**{"rule": "n-plus-one", "site": "page", "code": (VISITS,), **fields})


def situation(*expected: Expectation, **fields: Any) -> Situation:
    known = {"slug": "page", "subject": None, "path": "situations/x.py", "expected": list(expected)}
    return Situation(**{**known, **fields})


def finding(**fields: Any) -> Reported:
    known = {"rule": "n-plus-one", "path": "situations/x.py", "line": 7, "code": VISITS, "text": VISITS}
    return Reported(**{**known, **fields})


def judged(one: Situation, *findings: Reported) -> Judgement:
    return judge(one, findings, PLACES)


class TestCode:
    def test_paths_and_calls_have_no_order(self) -> None:
        written = "Visit.objects.select_related('a', 'b').prefetch_related(\"c\")"
        assert canonical(written) == canonical('Visit.open.prefetch_related("c").select_related("b",\n "a")')

    def test_another_path_is_another_fix(self) -> None:
        assert canonical('X.objects.select_related("a__b")') != canonical('X.objects.select_related("a")')

    def test_one_call_too_many_is_another_fix(self) -> None:
        assert canonical(VISITS) != canonical(VISITS + ".distinct()")

    def test_order_inside_of_a_prefetch_does_not_matter_either(self) -> None:
        one = 'X.objects.prefetch_related(Prefetch("a", queryset=A.objects.select_related("b", "c")))'
        other = 'X.objects.prefetch_related(Prefetch("a", queryset=A.objects.select_related("c", "b")))'
        assert canonical(one) == canonical(other)

    def test_a_list_of_a_class_may_be_a_tuple(self) -> None:
        assert canonical('list_select_related = ["a", "b"]') == canonical('list_select_related = ("b", "a")')

    def test_a_method_is_what_it_returns(self) -> None:
        method = (
            'def get_queryset(self, request):\n    return super().get_queryset(request).select_related("a")'
        )
        assert canonical(method) == canonical('super().get_queryset(request).select_related("a")')

    def test_text_that_is_no_code_is_compared_as_it_is(self) -> None:
        assert canonical("once, with the list") == ("once,withthelist",)


class TestRightFix:
    def test_any_of_the_accepted_codes_is_right(self) -> None:
        expected = expectation(code=("X.objects.a()", VISITS))
        assert has_right_fix(finding(), expected)
        assert not has_right_fix(finding(code="X.objects.b()"), expected)

    def test_all_parts_have_to_stand_in_the_code(self) -> None:
        expected = expectation(code=(), code_contains=("annotate(", "Count('events'|Subquery("))
        assert has_right_fix(finding(code='X.objects.annotate(n=Count( "events" ))'), expected)
        assert not has_right_fix(finding(code='X.objects.annotate(n=Count("legs"))'), expected)

    def test_what_must_not_stand_there_makes_it_wrong(self) -> None:
        assert not has_right_fix(finding(), expectation(code_lacks=('"patient"',)))

    def test_words_are_looked_for_in_everything_that_is_said(self) -> None:
        assert has_right_fix(finding(text="Do it Once"), expectation(advice=("once|twice",)))
        assert not has_right_fix(finding(text="Do it"), expectation(advice=("once|twice",)))

    def test_a_fix_that_breaks_the_file_is_wrong(self) -> None:
        assert not has_right_fix(finding(is_broken=True), expectation())

    def test_relations_are_compared_where_no_code_is(self) -> None:
        expected = expectation(code=(), relations=("a", "b"))
        assert has_right_fix(finding(relations=("b", "a")), expected)
        assert not has_right_fix(finding(relations=("a",)), expected)


class TestJudgement:
    def test_nothing_reported_is_a_miss(self) -> None:
        (verdict,) = judged(situation(expectation())).verdicts
        assert verdict.got is None

    def test_the_right_line_is_any_that_bears_the_comment(self) -> None:
        one = situation(expectation(site="twice"))
        (verdict,) = judged(one, finding(path="models.py", line=3)).verdicts
        assert verdict.is_at_line
        assert verdict.where[0] == ("situations/x.py", 9)  # its own module's is told first

    def test_another_line_or_model_is_not(self) -> None:
        one = situation(expectation(model="clinic.Visit|clinic.Room"))
        assert not judged(one, finding(line=8, model="clinic.Room")).verdicts[0].is_at_line
        assert not judged(one, finding(model="clinic.Ward")).verdicts[0].is_at_line
        assert judged(one, finding(model="clinic.Room")).verdicts[0].is_at_line

    def test_of_two_findings_the_better_one_is_taken(self) -> None:
        far = finding(line=90)
        result = judged(situation(expectation()), far, finding())
        assert result.verdicts[0].is_at_line
        assert result.false_alarms == (far,)

    def test_another_rule_may_say_it_instead(self) -> None:
        one = situation(expectation(also=("query-in-loop",)))
        result = judged(one, finding(rule="query-in-loop"), finding(rule="query-in-loop", line=90))
        assert result.verdicts[0].got
        assert not result.false_alarms

    def test_two_rules_may_say_the_parts_of_one_fix(self) -> None:
        parts = expectation(code=(), code_contains=("annotate(", '"patient"'), also=("query-in-loop",))
        counted = finding(rule="query-in-loop", code='Visit.objects.annotate(n=Count("prescriptions"))')
        assert not judged(situation(parts), finding()).verdicts[0].has_right_fix
        assert judged(situation(parts), finding(), counted).verdicts[0].has_right_fix

    def test_what_is_not_expected_is_a_false_alarm(self) -> None:
        near = situation(near="n-plus-one", why="it is joined")
        assert judged(near, finding()).false_alarms
        assert judged(situation(expectation()), finding(), finding(rule="deep-offset")).false_alarms

    def test_what_is_tolerated_is_none(self) -> None:
        near = situation(near="n-plus-one", why="it is joined", tolerated={"deep-offset"})
        assert not judged(near, finding(rule="deep-offset"), finding(rule="slow-query")).false_alarms

    def test_the_table_counts_by_rule_and_sums_up(self) -> None:
        rows = told.table(
            [
                judged(situation(expectation()), finding()),
                judged(situation(expectation()), finding(code="X.objects.b()")),
                judged(situation(near="deep-offset", why="…"), finding()),
            ]
        )
        assert ("n-plus-one", "2", "2", "2", "1", "0", "1") in rows
        assert ("deep-offset", "0", "0", "0", "0", "1", "0") in rows
        assert rows[-1] == ("all", "2", "2", "2", "1", "1", "1")

    def test_every_fault_is_told(self) -> None:
        text = "\n".join(
            told.faults(
                [
                    judged(situation(expectation())),
                    judged(situation(expectation()), finding(line=90)),
                    judged(situation(expectation()), finding(code="X.objects.b()")),
                    judged(situation(near="deep-offset", why="it is joined"), finding()),
                ]
            )
        )
        for title in ("Missed (1)", "Wrong line (1)", "Wrong fix (1)", "False alarms (1)", "it is joined"):
            assert title in text


def test_a_slug_is_the_name_with_hyphens() -> None:
    assert slug_of("ward_round") == slug_of("WardRound") == "ward-round"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ACCURACY / "accuracy.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_situation_is_well_declared() -> None:
    done = run("--check")
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.split()[0]) >= 190


def test_an_unknown_name_is_told() -> None:
    done = run("--list", "--only", "no-such-rule")
    assert done.returncode != 0
    assert "no-such-rule" in done.stderr


@pytest.mark.parametrize("name", ["situation.py", "scoring.py", "told.py"])
def test_what_judges_knows_neither_django_nor_queryscope(name: str) -> None:
    lines = (ACCURACY / name).read_text(encoding="utf-8").splitlines()
    assert not [
        line for line in lines if line.startswith(("import django", "from django", "from queryscope"))
    ]


def test_a_handful_runs_and_asks_what_it_says(tmp_path: Path) -> None:
    wanted = {
        "ward-round": 101,  # 50 visits, a patient and a doctor each
        "ward-board-joined": 1,
        "old-patients": 40,
        "visit-admin": 40,
        "tag-feed": 21,
        "import-by-chunks": 5,
        "shipments-like": 2,
    }
    done = run("--only", *wanted, "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    told_of = json.loads((tmp_path / "out.json").read_text())
    assert not told_of["crashed"]
    assert {slug for slug, least in wanted.items() if told_of["queries"][slug] >= least} == set(wanted)
