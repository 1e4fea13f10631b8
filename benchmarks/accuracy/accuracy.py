"""How often queryscope is right: situations of a project that the authors of its rules have not seen.

    python benchmarks/accuracy/accuracy.py [--project NAME] [--only RULE|SLUG …] [--verbose] [--json FILE]

Runs each situation under `queryscope.profile()` and compares the findings with what an expert says. The table
has a row for each rule: how many of its problems there are, how many were reported, how many on the line
of the change, how many of these with a fix that a reviewer would accept; how many pages look like it and
are fine, and how often the rule spoke where it had nothing to say. Then everything that isn't right.

Situations are functions and classes in project/situations/, declared with `positive` and `negative` (see
situation.py); the line where the edit belongs bears the comment `# site: slug`. The embedded PostgreSQL is
started and filled at first use (data.py) and kept in .data/; DATABASE_URL points to another server.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

_early = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
_early.add_argument("--project")
if project := _early.parse_known_args()[0].project:  # the modules below belong to one project
    os.environ["ACCURACY_PROJECT"] = project

import server
import situation
import told
from scoring import Judgement, judge


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    chosen = parse(arguments)
    if chosen.list or chosen.check:
        server.set_up_django()
        situations = select(situation.load_all(), chosen.only)
        return check() if chosen.check else list_them(situations)
    server.set_up(fresh=chosen.fresh)
    situations = select(situation.load_all(), chosen.only)
    started = time.perf_counter()
    judgements, queries, crashed = run_all(situations, is_verbose=chosen.verbose)
    print("\n".join(told.in_columns(told.table(judgements))))
    print("\n".join(told.faults(judgements)))
    print(f"\n{len(situations)} situations in {time.perf_counter() - started:.0f} s.")
    if chosen.json:
        data = {"judgements": told.as_data(judgements), "queries": queries, "crashed": crashed}
        chosen.json.write_text(json.dumps(data, indent=1), encoding="utf-8")
    for slug, text in crashed.items():
        print(f"\nCrashed: {slug}\n{text}", file=sys.stderr)
    return 1 if crashed else 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="RULE|SLUG",
        help="rules (their positives and near misses), slugs, or patterns like 'ward-*'",
    )
    parser.add_argument(
        "--verbose", action="store_true", help="each situation with all that was reported of it"
    )
    parser.add_argument(
        "--project",
        choices=situation.PROJECTS,
        default=situation.PROJECT.name,
        help="`heldout`, `third`, `fourth`: sets of other hands and other projects",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was compared")
    parser.add_argument("--list", action="store_true", help="list the situations and run none")
    parser.add_argument("--check", action="store_true", help="look for faults of the declarations; run none")
    parser.add_argument("--fresh", action="store_true", help="make and fill the database anew")
    return parser.parse_args(arguments)


def select(situations: dict[str, situation.Situation], only: Sequence[str]) -> list[situation.Situation]:
    """Those that a rule, a slug or a pattern names; all without any."""

    def names(one: situation.Situation) -> set[str]:
        return {one.slug, one.near, *(expected.rule for expected in one.expected)}

    chosen = [
        one
        for one in situations.values()
        if not only or any(fnmatchcase(name, pattern) for name in names(one) for pattern in only)
    ]
    if not chosen:
        raise SystemExit(f"accuracy: no situation for {' '.join(only)!r}. --list shows what there is.")
    return chosen


def list_them(situations: Sequence[situation.Situation]) -> int:
    """Print each with its rules and its module."""
    for one in situations:
        rules = ", ".join(expected.rule for expected in one.expected) or f"(near {one.near})"
        print(f"{one.slug}  {rules}  {one.path}")
    return 0


def check() -> int:
    """Print what is wrong with the declarations."""
    found = situation.complaints()
    print("\n".join(found) or f"{len(situation.SITUATIONS)} situations, all well declared.")
    return 1 if found else 0


def run_all(
    situations: Sequence[situation.Situation], *, is_verbose: bool
) -> tuple[list[Judgement], dict[str, int], dict[str, str]]:
    """Judge them all: judgements, queries by slug, and what crashed."""
    from running import findings_of

    warnings.simplefilter("ignore")  # naive times, unordered pages: a situation's own business
    sites = situation.sites()
    judgements: list[Judgement] = []
    queries: dict[str, int] = {}
    crashed: dict[str, str] = {}
    for one in situations:
        try:
            findings, queries[one.slug] = findings_of(one)
        except Exception:
            crashed[one.slug] = traceback.format_exc()
            continue
        judgements.append(judge(one, findings, sites))
        if is_verbose:
            show(one, findings, queries[one.slug])
    return judgements, queries, crashed


def show(one: situation.Situation, findings: Sequence[Any], queries: int) -> None:
    """A situation and all that was reported of it."""
    print(f"{one.slug}  ({one.path}, {queries} queries)")
    for finding in findings:
        print(f"    {finding.rule}  {finding.path}:{finding.line}  {finding.message}\n        {finding.code}")


if __name__ == "__main__":
    sys.exit(main())
