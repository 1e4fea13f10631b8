"""Holds the plan rules against situations that they were not written with.

    python benchmarks/plans/unseen/exam.py [--server 15] [--fresh] [--verbose] [--only WORDS] [--plans]

loads the tables at first use, runs each situation's statement twice, explains it, and judges the plan through
`parse_plan`, `judge` and `badges_of`, with the schema from the catalog and the models of the project.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
NAME = "planexam_unseen"
ON_15 = "postgres://qs:qs@localhost:5432/{}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was said of one situation, and what is wrong with it."""

    situation: Any
    plan: Any
    insights: tuple[Any, ...]
    badges: tuple[Any, ...]
    faults: tuple[str, ...]


def main() -> None:
    options = _options()
    _set_up(options)
    import situation as situations

    for module in ("told", "quiet", "badged"):
        __import__(module)
    chosen = [one for one in situations.ALL if options.only in one.name]
    outcomes = list(_judged(chosen, only_plans=options.plans))
    if not options.plans:
        for outcome in outcomes:
            _print(outcome, is_verbose=options.verbose)
        _sum_up(outcomes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--server", choices=["15", "18"], default="18")
    parser.add_argument("--fresh", action="store_true", help="make the database again")
    parser.add_argument("--verbose", action="store_true", help="print all that was said")
    parser.add_argument("--plans", action="store_true", help="print the plans, judge nothing")
    parser.add_argument("--only", default="", help="situations whose name has these words")
    return parser.parse_args()


def _set_up(options: argparse.Namespace) -> None:
    """Join a server, fill the database unless it is there, set Django up."""
    sys.path[:0] = [str(HERE), str(ROOT / "sample_project")]
    url = ON_15 if options.server == "15" else _embedded()
    is_new = _create(url.format("postgres"), fresh=options.fresh)
    os.environ["DATABASE_URL"] = url.format(NAME)
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    import django

    django.setup()
    if is_new:
        from rows import fill

        fill()


def _embedded() -> str:
    import postgres

    os.environ.pop("DATABASE_URL", None)
    given = urlsplit(postgres.ensure(ROOT / ".data" / "plans-unseen"))
    return given._replace(path="/{}").geturl()


def _create(url: str, *, fresh: bool) -> bool:
    """Whether the database had to be made."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        if fresh:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME}")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if found is None:
            connection.execute(f"CREATE DATABASE {NAME}")
        return found is None


def _judged(chosen: list[Any], *, only_plans: bool) -> Iterator[Outcome]:
    from django.db import connection

    from queryscope.capture.introspect import read_models
    from queryscope.capture.project import Project
    from queryscope.config import Config
    from queryscope.plans.badges import badges_of
    from queryscope.plans.parse import parse_plan
    from queryscope.rules import plan_rules
    from queryscope.rules.plan import judge

    models, rules = read_models(Project(root=str(HERE))), plan_rules(Config())
    connection.ensure_connection()
    version = connection.connection.info.server_version
    for one in chosen:
        if not one.since <= version < one.until:
            continue
        document, schema = _explain(one, as_text=only_plans)
        if only_plans:
            print(f"\n## {one.name}\n{document}", flush=True)
            continue
        plan = parse_plan(document, fingerprint=one.name, server_version=version)
        insights = judge(plan, schema, models, rules)
        badges = badges_of(plan, schema)
        yield Outcome(
            situation=one,
            plan=plan,
            insights=insights,
            badges=badges,
            faults=_faults(one, plan, insights, badges),
        )


def _explain(one: Any, *, as_text: bool) -> tuple[Any, Any]:
    """EXPLAIN's document, and what the catalog has of the tables; all is rolled back."""
    from django.db import connection, transaction

    from queryscope.database.catalog import schema_of
    from queryscope.database.explain_words import explain_words
    from queryscope.sql.fingerprint import tables

    query = one.query()
    sql, params = query if isinstance(query, tuple) else query.query.sql_with_params()
    words = explain_words(connection.connection.info.server_version, is_analyzed=True)
    if as_text:
        words = "EXPLAIN (ANALYZE, BUFFERS) "
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '60s'")
            for name, value in one.settings.items():
                cursor.execute(f"SET LOCAL {name} = %s", [value])
            if not one.statement:
                cursor.execute(sql, params)  # warm
                cursor.fetchall()
            cursor.execute(words + sql, params)
            rows = cursor.fetchall()
        transaction.set_rollback(True)
    schema = schema_of(connection, tables(sql))
    return ("\n".join(row[0][:150] for row in rows) if as_text else rows[0][0]), schema


def _faults(one: Any, plan: Any, insights: tuple[Any, ...], badges: tuple[Any, ...]) -> tuple[str, ...]:
    """What a DBA would object to."""
    faults = []
    told = [insight for insight in insights if insight.rule in one.tells]
    if one.tells and not told:
        faults.append("MISSED: " + " or ".join(sorted(one.tells)))
    if told and one.table and not any(one.table in _relations(plan, insight.node) for insight in told):
        faults.append(f"PLACE: not at {one.table}")
    if told and one.says and not any(re.search(one.says, _text(insight)) for insight in told):
        faults.append(f"REMEDY: not {one.says}")
    for insight in insights:
        if insight.rule not in one.tells | one.may and not insight.is_badge:
            faults.append(f"FALSE: {insight.rule}")
        if one.never and re.search(one.never, _text(insight)):
            faults.append(f"FALSE: {insight.rule} advises {one.never}")
    if len(told) > 1:
        faults.append("TWICE: " + ", ".join(insight.rule for insight in told))
    if one.badge and one.badge not in {badge.name for badge in badges}:
        faults.append(f"MISSED: badge {one.badge}")
    return tuple(faults)


def _text(insight: Any) -> str:
    return f"{insight.message} {insight.remedy}"


def _relations(plan: Any, number: int) -> set[str]:
    """The relations at a node and below it."""
    from queryscope.plans.metrics import walk

    node = next(node for node in walk(plan.root) if node.id == number)
    return {below.relation_name for below in walk(node)}


def _print(outcome: Outcome, *, is_verbose: bool) -> None:
    one = outcome.situation
    print(
        f"{'ok  ' if not outcome.faults else 'FAIL'} {one.name}"
        + "".join(f"\n       {f}" for f in outcome.faults)
    )
    if not (is_verbose or outcome.faults):
        return
    for insight in outcome.insights:
        mark = " (badge)" if insight.is_badge else ""
        print(
            f"     {insight.severity} {insight.rule}{mark} {insight.share:.0%}: {insight.message}"
            f"\n         → {insight.remedy}"
        )
    for badge in outcome.badges:
        print(f"     badge {badge.name}: {badge.text}")


def _sum_up(outcomes: list[Outcome]) -> None:
    tells = [outcome for outcome in outcomes if outcome.situation.tells]
    others = [outcome for outcome in outcomes if not outcome.situation.tells]
    faults = [fault.partition(":")[0] for outcome in tells for fault in outcome.faults]
    right = [outcome for outcome in tells if not any(f.startswith("MISSED") for f in outcome.faults)]
    print(
        f"\n{len(tells)} facts: {len(right)} told by the right rule, "
        f"{faults.count('PLACE')} of them at another place, "
        f"{faults.count('REMEDY')} with another remedy, {faults.count('TWICE')} twice; "
        f"{faults.count('FALSE')} false tellings beside them"
        f"\n{len(others)} near misses: {sum(not outcome.faults for outcome in others)} right, "
        f"{sum(f.startswith('FALSE') for outcome in others for f in outcome.faults)} false tellings, "
        f"{sum(f.startswith('MISSED') for outcome in others for f in outcome.faults)} badges missed"
    )


if __name__ == "__main__":
    main()
