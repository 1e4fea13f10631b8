"""What HypoPG predicts for the indexes of the answers and for those that were advised, against the truth.

    export DATABASE_URL=postgresql://… INDEXCASES_DATABASE=…
    python benchmarks/indexes/cases.py load
    python benchmarks/indexes/hypopg.py [--only SLUG…] [--verbose]

On a server that has HypoPG. A set of indexes is made hypothetically, and the plan says which are used; then
it is made for real, and the plan says it again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import answers
import cases as runner
import project_database
from answers import Case

OUTCOMES = (
    "used, and it is",
    "used, and it isn't",
    "not used, but it is",
    "not used, and it isn't",
    "refused",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", choices=project_database.SETS, default="first", help="%(default)s")
    parser.add_argument("--only", nargs="+", default=[], metavar="SLUG")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--asked", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    of = project_database.SETS[chosen.set]
    asked = chosen.asked or of.results / "asked.json"
    project_database.set_up(of=of)
    times, heard = runner.read(of.reference), runner.read(asked) if asked.exists() else {}
    counts: dict[str, Counter[str]] = {"reference": Counter(), "advised": Counter()}
    for case in answers.load_all(chosen.only, of=of):
        if case.is_negative or (case.needs and not runner.has_extension(case.needs)):
            continue
        for kind, statements in sets_of(case, times, heard):
            outcome = compare(case, statements)
            counts[kind][outcome] += 1
            if chosen.verbose or outcome != OUTCOMES[0]:
                print(f"{case.slug:34} {kind}: {outcome}: {'; '.join(statements)}", flush=True)
    for kind, count in counts.items():
        print(f"{kind}: {count.total()} sets;", ", ".join(f"{one}: {count[one]}" for one in OUTCOMES))
    return 0


def sets_of(case: Case, times: dict[str, Any], heard: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """The fastest set of the answers, and what was advised, if anything."""
    import asking
    import judging

    if case.slug in times:
        yield "reference", list(judging.best_of(times[case.slug])["sql"])
    advised = asking.advised(heard.get(case.slug, {}))
    if advised:
        yield "advised", [statement for one in advised for statement in asking.statements_of(one)]


def compare(case: Case, statements: Sequence[str]) -> str:
    """What is predicted, and what is so; of a set all indexes have to be used."""
    import timing

    queries = timing.queries_of(case.page())
    with timing.built(statements) as names:
        used = planned(queries)
        is_used = all(timing.with_partitions(name) & used for name in names)
    predicted = predict(queries, [one for one in statements if "EXTENSION" not in one])
    if predicted is None:
        return "refused"
    return OUTCOMES[(0 if is_used else 1) if predicted else (2 if is_used else 3)]


def predict(queries: Sequence[tuple[str, Any]], statements: Sequence[str]) -> bool | None:
    """Whether all hypothetical indexes are used; None where HypoPG can't make one."""
    from django.db import Error, connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS hypopg")
        names = set()
        try:
            for statement in statements:
                cursor.execute(
                    "SELECT indexname FROM hypopg_create_index(%s)",
                    [statement.replace(" CONCURRENTLY ", " ")],
                )
                names |= {name for (name,) in cursor.fetchall()}
            return bool(names) and names <= planned(queries)
        except Error:
            return None
        finally:
            cursor.execute("SELECT hypopg_reset()")


def planned(queries: Sequence[tuple[str, Any]]) -> set[str]:
    """The indexes in the plans of queries."""
    import timing
    from django.db import connection

    found: set[str] = set()
    for sql, params in queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
            told = cursor.fetchone()[0]
        plans = json.loads(told) if isinstance(told, str) else told
        found |= set(timing.indexes_in(plans[0]["Plan"]))
    return found


if __name__ == "__main__":
    sys.exit(main())
