"""The index cases: that each is told once and its page runs, and what is called good advice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from typing import Any

import psycopg
import pytest

from tests.capture.recording import ROOT

sys.path.append(str(ROOT / "benchmarks" / "indexes"))

import answers
from judging import Verdict, gains, summary, table
from project_database import SETS, CaseSet

INDEXES = ROOT / "benchmarks" / "indexes"
DATABASE = f"queryscope_indexcases_test_{os.getpid()}"
of_each_set = pytest.mark.parametrize("name", SETS)


def verdict(**fields: Any) -> Verdict:
    known = {"slug": "app.page", "is_negative": False, "base_ms": 100.0, "best_ms": 1.0, "got_ms": 100.0}
    return Verdict(**{**known, **fields})


@of_each_set
def test_each_case_is_told_once_and_has_a_reason(name: str) -> None:
    cases = answers.load_all(of=SETS[name])
    assert not [slug for slug, count in Counter(case.slug for case in cases).items() if count > 1]
    assert all(case.why.endswith(".") for case in cases)


@of_each_set
def test_there_are_enough_of_both_kinds(name: str) -> None:
    cases = answers.load_all(of=SETS[name])
    assert sum(not case.is_negative for case in cases) >= 70
    assert sum(case.is_negative for case in cases) >= 30


@of_each_set
def test_every_positive_names_an_index_that_helps(name: str) -> None:
    assert all(case.alternatives for case in answers.load_all(of=SETS[name]) if not case.is_negative)


def test_sets_share_no_folder_and_no_database() -> None:
    def places(one: CaseSet) -> set[object]:
        return {one.project, one.answers, one.reference, one.results, one.database}

    assert len({place for one in SETS.values() for place in places(one)}) == 5 * len(SETS)


def test_an_application_stands_for_its_cases_and_an_unknown_name_is_told() -> None:
    assert {case.slug.partition(".")[0] for case in answers.load_all(["chat"])} == {"chat"}
    with pytest.raises(SystemExit, match=r"no case 'chat\.nothing'"):
        answers.load_all(["chat.nothing"])


def test_half_of_the_best_speed_up_is_reached_and_below_the_noise_all_are_equal() -> None:
    assert verdict(got_ms=2.0).has_reached
    assert not verdict(got_ms=2.1).has_reached
    assert verdict(best_ms=0.001, got_ms=0.04).score == 1.0


def test_a_reference_must_gain_twice_and_a_millisecond() -> None:
    assert gains({"ms": 4.0}, {"ms": 2.0})
    assert not gains({"ms": 1.0}, {"ms": 0.1})
    assert not gains({"ms": 100.0}, {"ms": 51.0})


def test_the_summary_counts_indexes_that_earn_nothing() -> None:
    verdicts = [
        verdict(got_ms=1.0, indexes=("a", "b"), surplus=("b",)),
        verdict(),
        verdict(is_negative=True, indexes=("c",)),
        verdict(is_negative=True),
    ]
    assert table(verdicts).splitlines()[-1] == "| **all** | 1 of 2 | 0.505 | 1 of 2 | 2 of 3 |"
    assert summary(verdicts) == (
        "reached 1 of 2 (50%), mean score 0.505, silent 1 of 2 (50%), surplus 2 of 3 indexes"
    )


@of_each_set
def test_every_page_runs_on_a_small_load(name: str) -> None:
    environment = {**os.environ, "INDEXCASES_DATABASE": DATABASE}
    try:
        for arguments in (["load", "--set", name, "--scale", "0.004"], ["visit", "--set", name]):
            done = subprocess.run(
                [sys.executable, str(INDEXES / "cases.py"), *arguments],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        assert f"{len(answers.load_all(of=SETS[name]))} pages ran" in done.stdout
    finally:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
