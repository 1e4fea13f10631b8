"""The demo's report against the table of problems. One file, so that the demo runs once for all of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from problems.table import PROBLEMS, Problem

ROOT = Path(__file__).resolve().parents[2]
JUDGED = [problem for problem in PROBLEMS if not problem.known_miss]
RULES_THAT_EDIT = {"n-plus-one", "refiltered-prefetch", "deferred-field-read", "membership-in-loop"}
EDITED = [problem for problem in JUDGED if problem.rule in RULES_THAT_EDIT or "annotate" in problem.kinds]
INDEXED = [problem for problem in JUDGED if problem.rule == "missing-index"]


# Visits one page and prints the blocks that its plans read, by fingerprint.
PAGE = """
import json, os, sys
sys.path.insert(0, os.path.join(sys.argv[1], "sample_project"))
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.test import Client
import queryscope
from queryscope.plans.metrics import blocks
Client().get(sys.argv[2])  # caches are filled
with queryscope.profile("page", explain="all", explain_budget_ms=60_000, trial_indexes=[]) as run:
    Client().get(sys.argv[2])
json.dump({plan.fingerprint: blocks(plan.root) for plan in run.report.plans}, sys.stdout)
"""


def by_slug(problems: list[Problem]) -> Any:
    return pytest.mark.parametrize("problem", problems, ids=lambda problem: problem.slug)


def label(problem: Problem, *, cured: bool = False) -> str:
    return f"GET problems/{problem.slug}/" + ("cured/" if cured else "")


def site_line(problem: Problem) -> int:
    lines = (ROOT / problem.path).read_text().splitlines()
    [found] = [at for at, line in enumerate(lines, start=1) if re.search(rf"# site: {problem.slug}$", line)]
    return found


def without_name(code: str) -> str:
    return re.sub(r', name="\w+_[0-9a-f]{6}"', "", code).replace("models.Q(", "Q(")


def the_finding(demo: Any, problem: Problem) -> dict[str, Any]:
    found = [finding for finding in demo.findings(label(problem)) if finding["rule"] == problem.rule]
    assert len(found) == 1, [(each["rule"], each["message"]) for each in demo.findings(label(problem))]
    return found[0]


def test_every_page_of_the_urlconf_stands_in_the_table_and_was_visited(demo):
    from problems.urls import urlpatterns

    routes = {f"GET problems/{pattern.pattern}" for pattern in urlpatterns}
    told = {label(problem, cured=cured) for problem in PROBLEMS for cured in (False, True)}
    assert routes == told | {"GET problems/"}
    assert routes <= {trace["origin"]["label"] for trace in demo.document["traces"]}


@by_slug(JUDGED)
def test_a_problem_is_found_at_its_line_with_its_fix(demo, problem):
    finding = the_finding(demo, problem)
    assert finding["model"] == problem.model
    assert tuple(finding["relations"]) == problem.relations
    assert finding["location"]["path"] == problem.path
    assert finding["location"]["line"] == site_line(problem)
    fix = finding["fixes"][0]
    assert tuple(fix["kinds"]) == problem.kinds
    if problem.fix:
        assert without_name(fix["code"]) in (problem.fix, *problem.also)


@by_slug(JUDGED)
def test_a_problem_page_has_no_other_finding(demo, problem):
    others = [finding for finding in demo.findings(label(problem)) if finding["rule"] != problem.rule]
    assert not [(each["rule"], each["message"]) for each in others]


@by_slug(list(PROBLEMS))
def test_a_cured_twin_has_no_finding(demo, problem):
    found = demo.findings(label(problem, cured=True))
    assert not [(each["rule"], each["message"]) for each in found]


@by_slug(EDITED)
def test_the_edit_applied_needs_as_many_queries_as_the_twin(demo, problem):
    evidence = the_finding(demo, problem)["fixes"][0]["evidence"]
    assert evidence["level"] == "re-run", evidence
    assert evidence["after"]["queries"] == demo.trace(label(problem, cured=True))["query_count"]


@by_slug(INDEXED)
def test_a_suggested_index_was_timed_and_earns_its_place(demo, problem):
    evidence = the_finding(demo, problem)["fixes"][0]["evidence"]
    assert evidence["level"] == "timed"
    before, after = evidence["before"], evidence["after"]
    gained_time = before["ms"] >= 2 * after["ms"] and before["ms"] - after["ms"] >= 1
    assert gained_time or before["blocks"] >= 5 * after["blocks"]


def test_known_misses_are_listed_with_their_reason():
    misses = [problem for problem in PROBLEMS if problem.known_miss]
    assert misses
    assert all(len(problem.known_miss) > 10 for problem in misses)


@pytest.fixture(scope="module")
def with_indexes(demo):
    """The demo's database with every timed index in it."""
    advised = [each for each in demo.document["indexes"] if each["evidence"]["level"] == "timed"]
    with psycopg.connect(demo.url, autocommit=True) as connection:
        for each in advised:
            connection.execute(each["create_sql"].replace("CONCURRENTLY ", ""))
        for relation in {each["relation"] for each in advised}:
            connection.execute(f'VACUUM ANALYZE "{relation}"')
    yield advised
    with psycopg.connect(demo.url, autocommit=True) as connection:
        for each in advised:
            connection.execute(f'DROP INDEX "{each["name"]}"')


def blocks_of_page(url: str, path: str) -> dict[str, int]:
    environment = {**os.environ, "DATABASE_URL": url, "DEBUG": "0"}
    command = [sys.executable, "-c", PAGE, str(ROOT), path]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@by_slug(INDEXED)
def test_an_index_created_for_real_drops_the_blocks_as_promised(demo, with_indexes, problem):
    finding = the_finding(demo, problem)
    evidence = finding["fixes"][0]["evidence"]
    read = blocks_of_page(demo.url, f"/problems/{problem.slug}/")
    [shape] = [shape for shape in finding["fingerprints"] if shape in read]
    promised, before = evidence["after"]["blocks"], evidence["before"]["blocks"]
    assert read[shape] < before
    # Within a factor of two, with room for the handful of blocks that one look-up takes.
    assert read[shape] <= 2 * promised + 8
    assert promised <= 2 * read[shape] + 8
