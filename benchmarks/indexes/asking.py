"""Asks queryscope: each case in a process of its own, by defaults except for what it may explain and try.

A process that has just started on a busy machine would spend the budget of EXPLAIN on reading the catalog.
"""

from __future__ import annotations

import json
import multiprocessing
import time
import traceback
from collections.abc import Iterable
from multiprocessing.connection import Connection
from typing import Any

from answers import Case

SLOW_MS = 1.0
EXPLAIN_BUDGET_MS = 30_000.0
LONGEST_S = 180


def ask(cases: Iterable[Case], **options: Any) -> Iterable[tuple[Case, dict[str, Any]]]:
    """What is advised and refused, case by case, or an `error`."""
    from django.db import connections

    import queryscope  # before the fork, so that it is imported once

    assert queryscope.profile
    for case in cases:
        connections.close_all()
        mine, theirs = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=_child, args=(theirs, case, options))
        begun = time.monotonic()
        process.start()
        theirs.close()
        try:
            told = (
                json.loads(mine.recv()) if mine.poll(LONGEST_S) else {"error": f"no answer in {LONGEST_S} s"}
            )
        except EOFError:
            told = {"error": "the process ended without an answer"}
        if "error" in told:
            process.kill()
        process.join()
        yield case, {**told, "seconds": round(time.monotonic() - begun, 2)}


def _child(pipe: Connection, case: Case, options: dict[str, Any]) -> None:
    try:
        pipe.send(json.dumps(_ask(case, options)))
    except Exception:
        pipe.send(json.dumps({"error": traceback.format_exc()}))


def _ask(case: Case, options: dict[str, Any]) -> dict[str, Any]:
    import queryscope

    page = case.page()
    settings = {
        "explain": "all",
        "slow_ms": SLOW_MS,
        "explain_budget_ms": EXPLAIN_BUDGET_MS,
        "trial_indexes": ["default"],
        **options,
    }
    with queryscope.profile(case.slug, **settings) as run:
        page()
    report = json.loads(queryscope.render(run.report, "json"))
    return {
        "indexes": report["indexes"],
        "refusals": report["refusals"],
        "skipped": sorted({one["reason"] for one in report["skipped_plans"]}),
        "planned": sorted({one["note"] for one in report["plans"] if not one["analyzed"]}),
        "findings": sorted({one["rule"] for one in report["findings"]}),
    }


def advised(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Those with any evidence."""
    return [one for one in told.get("indexes", ()) if one["evidence"]["level"] != "none"]


def statements_of(index: dict[str, Any]) -> list[str]:
    """What creates an index, its extensions first."""
    extensions = [f"CREATE EXTENSION IF NOT EXISTS {one}" for one in index.get("extensions", ())]
    return [*extensions, index["create_sql"].strip().rstrip(";")]
