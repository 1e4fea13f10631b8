"""Advice against brute force, on schemas and queries made at random from seeds.

    python benchmarks/indexes/random_cases.py run 1-10     make, load, ask and judge: .data/randomcases
    python benchmarks/indexes/random_cases.py told 1-10    the table, and what was missed

The server is DATABASE_URL's, or one of its own in .data/random. Each seed has a process, an application and a
database of its own; `--only query_3` runs one of its queries again, `--verbose` tells everything.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
DATA, RESULTS = ROOT / ".data" / "random", ROOT / ".data" / "randomcases"
QUERIES = 6  # of each seed
NEAR_MS = 0.5  # of the best: what nobody feels, though it be many times as long


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One case: `verdict` as judged, what was advised, and the query's source."""

    slug: str
    source: str
    verdict: dict[str, Any]
    heard: dict[str, Any]
    reference: dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("run", "told"))
    parser.add_argument("seeds", help="1-10 or 3,7")
    parser.add_argument("--only", nargs="+", default=[], metavar="QUERY")
    parser.add_argument("--verbose", action="store_true")
    chosen = parser.parse_args(arguments)
    seeds = parsed(chosen.seeds)
    if chosen.what == "run":
        sys.path.append(str(ROOT / "sample_project"))
        import postgres

        os.environ["DATABASE_URL"] = postgres.ensure(DATA)
        for seed in seeds:
            process = multiprocessing.get_context("spawn").Process(target=run, args=(seed, chosen.only))
            process.start()
            process.join()
    tell(seeds, is_verbose=chosen.verbose)
    return 0


def parsed(text: str) -> list[int]:
    """The seeds of `1-10` or `3,7`."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def run(seed: int, only: Sequence[str]) -> None:
    """Make the application of a seed, load it, and judge its queries."""
    import random_project

    begun = time.monotonic()
    tables, project = random_project.set_up(seed, RESULTS)
    random_project.load(tables, seed)
    print(f"seed {seed}: {', '.join(f'{one.model} {one.rows:,}' for one in tables)}", flush=True)
    try:
        for query in random_project.queries(tables, seed, project, count=QUERIES):
            if not only or query.name in only:
                one(seed, query)
                if query.writes:
                    random_project.clean()
    finally:
        random_project.drop()
    print(f"seed {seed}: {time.monotonic() - begun:.0f} s", flush=True)


def one(seed: int, query: Any) -> None:
    """Ask, brute-force, judge, and keep."""
    from dataclasses import asdict, replace

    import asking
    import judging
    import random_oracle
    import timing
    from answers import Case

    case = Case(
        slug=f"random{seed}.{query.name}",
        why="",
        is_negative=False,
        arguments=query.arguments,
        alternatives=(),
        needs="",
        writes=False,
    )
    begun = time.monotonic()
    statements = timing.queries_of(case.page())
    reference = random_oracle.refer(query, statements)
    ((_, heard),) = asking.ask([case])
    advised = [(one["create_sql"], asking.statements_of(one)) for one in asking.advised(heard)]
    if advised:
        sql = [statement for _, several in advised for statement in several]
        with timing.built(sql):
            got = timing.cost(statements)
        reference["alternatives"].append({"sql": sql, "is_advised": True, **got.as_json()})
    is_negative = not judging.gains(reference["base"], judging.best_of(reference))
    verdict = judging.judge(replace(case, is_negative=is_negative), reference, advised)
    told = Told(
        slug=case.slug,
        source=f"{query.source.strip()}\n# {query.arguments}",
        verdict=verdict.as_json(),
        heard=heard,
        reference=reference,
    )
    path = RESULTS / str(seed) / f"{query.name}.json"
    path.write_text(json.dumps(asdict(told), indent=1, default=str) + "\n", encoding="utf-8")
    print(
        f"{case.slug:22} {verdict.base_ms:8.2f} {verdict.best_ms:8.3f} {verdict.got_ms:8.3f}"
        f"  {state(verdict)}  ({reference['count']} tried, {time.monotonic() - begun:.0f} s)",
        flush=True,
    )


def state(verdict: Any) -> str:
    """In a word."""
    if verdict.failed:
        return f"failed: {verdict.failed}"
    if verdict.is_negative:
        return f"NOT SILENT: {'; '.join(verdict.indexes)}" if verdict.indexes else "silent"
    surplus = f" SURPLUS {'; '.join(verdict.surplus)}" if verdict.surplus else ""
    return f"{verdict.score:.2f}{'' if verdict.has_reached else ' MISSED'}{surplus}"


def tell(seeds: Sequence[int], *, is_verbose: bool) -> None:
    """The table, and each case that isn't as it should be."""
    import judging

    verdicts = []
    for seed in seeds:
        for path in sorted((RESULTS / str(seed)).glob("query_*.json")):
            told = json.loads(path.read_text(encoding="utf-8"))
            fields = {key: value for key, value in told["verdict"].items() if key != "score"}
            verdict = judging.Verdict(**fields)
            verdicts.append(verdict)
            is_fine = (
                not verdict.indexes if verdict.is_negative else verdict.score >= 0.7 and not verdict.surplus
            )
            if is_verbose or not is_fine:
                describe(told, verdict)
    helped = [one for one in verdicts if not one.is_negative]
    near = sum(one.has_reached or one.got_ms - one.best_ms <= NEAR_MS for one in helped)
    print(judging.table(verdicts))
    print(f"{judging.summary(verdicts)}; reached or within {NEAR_MS} ms of the best: {near} of {len(helped)}")


def describe(told: dict[str, Any], verdict: Any) -> None:
    """A case: its source, its best indexes, and what was said."""
    import judging

    base, best = told["reference"]["base"], judging.best_of(told["reference"])
    print(f"== {verdict.slug}: {state(verdict)}\n{told['source']}")
    print(f"   base {base['ms']} ms {base['blocks']} blocks; got {verdict.got_ms} ms")
    print(f"   best {best['ms']} ms {best['blocks']} blocks: {'; '.join(best.get('sql', ()))}")
    for index in told["heard"].get("indexes", ()):
        evidence = index["evidence"]
        print(f"   said {evidence['level']}: {index['create_sql']}")
    for refusal in told["heard"].get("refusals", ()):
        print(f"   refused, {refusal['kind']}: {refusal['relation']}: {refusal['reason'][:150]}")
    if error := told["heard"].get("error"):
        print(error)
    for reason in (*told["heard"].get("skipped", ()), *told["heard"].get("planned", ())):
        print(f"   no measured plan: {reason}")


if __name__ == "__main__":
    sys.exit(main())
