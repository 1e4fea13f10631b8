"""How good index advice is, on cases that were written without a look at what gives it.

    python benchmarks/indexes/cases.py load        fill the database (of DATABASE_URL, or in .data/indexes)
    python benchmarks/indexes/cases.py visit       run each case once
    python benchmarks/indexes/cases.py reference   time each case without and with the indexes of its answers
    python benchmarks/indexes/cases.py ask         profile each case and keep what is advised
    python benchmarks/indexes/cases.py score       create what was advised, time it, and judge

`--only SLUG…` takes some cases or applications, `--set second` or `third` those of another hand; results are
kept under .data/indexcases (.data/indexcases_second), and those of other cases stay.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import answers
import project_database
from answers import Case

HEAD = f"{'case':34} {'base':>9} {'best':>9} {'got':>9}  score"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    chosen = parsed(arguments)
    of = project_database.SETS[chosen.set]
    cases = answers.load_all(chosen.only, of=of)
    if not apps_are_ready():
        project_database.set_up(of=of)
    if chosen.what == "load":
        project_database.load(chosen.scale)
        return 0
    cases = [case for case in cases if not case.needs or has_extension(case.needs)]
    COMMANDS[chosen.what](cases, chosen)
    return 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("load", *COMMANDS))
    parser.add_argument("--set", choices=project_database.SETS, default="first", help="%(default)s")
    parser.add_argument("--only", nargs="+", default=[], metavar="SLUG")
    parser.add_argument("--verbose", action="store_true", help="every case, with what was said")
    parser.add_argument("--scale", type=float, default=1.0, help="of the rows that are loaded (%(default)s)")
    parser.add_argument("--budget-ms", type=float, help="TRIAL_BUDGET_MS, by default queryscope's own")
    parser.add_argument("--reference", type=Path, metavar="FILE")
    parser.add_argument("--asked", type=Path, metavar="FILE")
    chosen = parser.parse_args(arguments)
    of = project_database.SETS[chosen.set]
    chosen.reference = chosen.reference or of.reference
    chosen.asked = chosen.asked or of.results / "asked.json"
    return chosen


def apps_are_ready() -> bool:
    """Whether another command has set up the project in this process."""
    from django.apps import apps

    return apps.ready


def has_extension(name: str) -> bool:
    """In the database of the cases."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name])
        return cursor.fetchone() is not None


def visit(cases: Sequence[Case], chosen: argparse.Namespace) -> None:
    """That every page runs, whatever is loaded."""
    for case in cases:
        found = case.page()()
        if chosen.verbose:
            print(case.slug, len(found) if isinstance(found, list) else type(found).__name__)
    print(f"{len(cases)} pages ran")


def reference(cases: Sequence[Case], chosen: argparse.Namespace) -> None:
    """Time, and complain of cases that aren't what they say."""
    import judging

    def one(case: Case) -> dict[str, Any]:
        told = judging.refer(case)
        best = judging.best_of(told)
        gains = judging.gains(told["base"], best)
        wrong = not case.writes and gains == case.is_negative
        print(
            f"{case.slug:34} {told['base']['ms']:9.2f} {best['ms']:9.3f}",
            "WRONG" if wrong else "",
            flush=True,
        )
        for number, each in enumerate(told["alternatives"]):
            unused = "" if each["is_used"] else " (not all used)"
            if chosen.verbose or (unused and not case.is_negative):
                print(f"    {number}: {each['ms']:9.3f} ms {each['blocks']} blocks{unused}")
        return told

    keep(chosen.reference, cases, one)


def ask(cases: Sequence[Case], chosen: argparse.Namespace) -> None:
    """Keep what is said of each."""
    import asking

    options = {} if chosen.budget_ms is None else {"trial_budget_ms": chosen.budget_ms}
    heard = asking.ask(cases, **options)

    def one(_: Case) -> dict[str, Any]:
        case, told = next(heard)
        print(
            f"{case.slug:34} {told['seconds']:6.1f} s",
            told.get("error", "").strip().rpartition("\n")[2],
            flush=True,
        )
        if chosen.verbose:
            tell(told)
        return told

    keep(chosen.asked, cases, one)


def tell(told: dict[str, Any]) -> None:
    """What was advised and refused."""
    for index in told.get("indexes", ()):
        print(f"    {index['evidence']['level']}: {index['create_sql']}")
    for reason in [*told.get("skipped", ()), *told.get("planned", ())]:
        print(f"    no measured plan: {reason}")
    for refusal in told.get("refusals", ()):
        print(f"    refused, {refusal['kind']}: {refusal['relation']}: {refusal['reason'][:120]}")


def score(cases: Sequence[Case], chosen: argparse.Namespace) -> None:
    """Judge all that was asked and referred to."""
    import asking
    import judging

    times, heard = read(chosen.reference), read(chosen.asked)
    verdicts = []
    print(HEAD)
    for case in cases:
        if case.slug not in times or case.slug not in heard:
            print(f"{case.slug:34} has no {'reference' if case.slug not in times else 'answer'}")
            continue
        told = asking.advised(heard[case.slug])
        verdict = judging.judge(
            case, times[case.slug], [(one["create_sql"], asking.statements_of(one)) for one in told]
        )
        verdicts.append(verdict)
        if chosen.verbose or is_remarkable(verdict):
            print(line(verdict), flush=True)
            if chosen.verbose:
                tell(heard[case.slug])
    print(f"\n{judging.table(verdicts)}\n\n{judging.summary(verdicts)}")
    named = chosen.asked.with_name(f"{chosen.asked.stem}-scored.json")
    named.write_text(
        json.dumps({one.slug: one.as_json() for one in verdicts}, indent=1) + "\n", encoding="utf-8"
    )


def is_remarkable(verdict: Any) -> bool:
    """Not as it should be."""
    if verdict.is_negative:
        return bool(verdict.indexes)
    return verdict.score < 0.9 or bool(verdict.surplus) or bool(verdict.failed)


def line(verdict: Any) -> str:
    """A row of the table."""
    times = f"{verdict.base_ms:9.2f} {verdict.best_ms:9.3f} {verdict.got_ms:9.3f}"
    if verdict.is_negative:
        return f"{verdict.slug:34} {times}  " + (
            f"not silent: {'; '.join(verdict.indexes)}" if verdict.indexes else "silent"
        )
    notes = [f"surplus: {one}" for one in verdict.surplus]
    notes += [f"failed: {verdict.failed}"] if verdict.failed else []
    notes += ["" if verdict.indexes else "nothing advised"]
    missed = "" if verdict.has_reached else "MISSED "
    return f"{verdict.slug:34} {times}  {verdict.score:5.2f} {missed}{'; '.join(notes)}"


def keep(path: Path, cases: Sequence[Case], one: Callable[[Case], dict[str, Any]]) -> None:
    """Write after every case, so that nothing is lost with a run that is broken off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = read(path) if path.exists() else {}
    for case in cases:
        told[case.slug] = one(case)
        path.write_text(json.dumps(told, indent=1, default=str) + "\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """By slug."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


COMMANDS: dict[str, Callable[[Sequence[Case], argparse.Namespace], None]] = {
    "visit": visit,
    "reference": reference,
    "ask": ask,
    "score": score,
}


if __name__ == "__main__":
    sys.exit(main())
