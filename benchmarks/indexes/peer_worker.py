"""Runs the cases under one other tool, in that tool's environment, and prints what it advises as JSON.

Started by peers.py: `python peer_worker.py query_doctor|index_optimizer SET SLUG…`.
"""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import answers
import project_database
from answers import Case

CALLS = 5  # django-index-optimizer's --min-calls


def query_doctor(case: Case) -> list[str]:
    """Its context manager; its advice is `models.Index(fields=[column])`."""
    from query_doctor import diagnose_queries

    page = case.page()
    with diagnose_queries() as report:
        page()
    found = [one.extra for one in report.prescriptions if one.issue_type.value == "missing_index"]
    return [f'CREATE INDEX ON "{one["table"]}" ("{one["column"]}")' for one in found]


def index_optimizer(case: Case) -> list[str]:
    """Its three steps behind `manage.py optimize_indexes`, over the statements of this case alone."""
    from django.db import connection
    from optimizer.analyzer import extract_query_patterns, get_frequent_queries
    from optimizer.recommender import recommend_indexes
    from optimizer.rendering import create_index_sql

    page = case.page()
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        cursor.execute("SELECT pg_stat_statements_reset()")
    for _ in range(CALLS):
        page()
    patterns = extract_query_patterns(get_frequent_queries())
    found = recommend_indexes(patterns, min_calls=CALLS)
    return [create_index_sql(one, connection.ops.quote_name) for one in found]


TOOLS: dict[str, Callable[[Case], list[str]]] = {
    "query_doctor": query_doctor,
    "index_optimizer": index_optimizer,
}


def main() -> None:
    """On one line of JSON, by slug, as `cases.py ask` keeps what queryscope says."""
    _, tool, name, *slugs = sys.argv
    of = project_database.SETS[name]
    project_database.set_up_django(of)
    warnings.simplefilter("ignore")
    ask = TOOLS[tool]
    found: dict[str, Any] = {}
    for case in answers.load_all(slugs, of=of):
        try:
            found[case.slug] = {"indexes": [as_index(sql) for sql in ask(case)], "refusals": []}
        except Exception:
            found[case.slug] = {"error": traceback.format_exc()}
    print(json.dumps(found))


def as_index(sql: str) -> dict[str, Any]:
    """Advice without evidence, in the form of queryscope's."""
    return {"create_sql": sql, "extensions": [], "evidence": {"level": "usable"}}


if __name__ == "__main__":
    main()
