"""The demo's index advice, created for real: the page must read as few blocks as was promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.demo.test_problems import INDEXED, by_slug, the_finding

ROOT = Path(__file__).resolve().parents[2]
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
