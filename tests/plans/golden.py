"""What is said of one plan or of two, as text; `python -m tests.plans.golden` writes it anew."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

from queryscope.model import Models
from queryscope.plans.badges import badges_of
from queryscope.plans.difference import compare_plans
from queryscope.rules.plan import PLAN_RULES, judge
from tests.plans.corpus import REAL, case
from tests.plans.shop import SCHEMA

FOLDER = Path(__file__).parent / "golden"
TOLD = FOLDER / "told"
PAIRS = (
    ("estimate_function_guess", "function_indexed"),
    ("cte_fence", "cte_inlined"),
    ("append_many", "append_pruned"),
    ("seq_scan_half", "parallel_seq_scan_selective"),
    ("hash_spill", "hash_one_batch"),
    ("distinct_on_join", "distinct_on_join_sorted"),
    ("workers_missing", "workers_all"),
    ("parallel_hash_join", "parallel_hash_each"),
    ("or_seq_scan", "bitmap_or"),
    ("offset_deep", "offset_shallow"),
    ("subplan_few", "subplan_per_row"),
    ("delete_planned", "result_false"),
)


def render(server: str, before: str, after: str) -> str:
    """The changes, one a line."""
    changes = compare_plans(case(f"{server}/{before}").plan, case(f"{server}/{after}").plan)
    return "".join(f"{change.kind:8} {change.text}\n" for change in changes)


def path_of(server: str, before: str, after: str) -> Path:
    return FOLDER / f"{server}-{before}-{after}.txt"


@cache
def told() -> dict[str, str]:
    """For every rule what it says of real plans, all rules together, and for every badge its texts."""
    rules = [rule() for rule in PLAN_RULES]
    found = defaultdict(list)
    for one in REAL:
        for insight in judge(one.plan, SCHEMA, Models(), rules):
            weight = "badge" if insight.is_badge else insight.severity
            found[insight.rule].append(
                f"{one.label} [{insight.node}] {weight}: {insight.message} → {insight.remedy}"
            )
        for badge in badges_of(one.plan, SCHEMA):
            where = "plan" if badge.node is None else badge.node
            found[badge.name].append(f"{one.label} [{where}] {badge.text}")
    return {name: "".join(f"{line}\n" for line in lines) for name, lines in found.items()}


def main() -> None:
    TOLD.mkdir(parents=True, exist_ok=True)
    for path in TOLD.glob("*.txt"):
        path.unlink()
    for name, text in told().items():
        (TOLD / f"{name}.txt").write_text(text, encoding="utf-8")
    for server in ("pg15", "pg18"):
        for before, after in PAIRS:
            path_of(server, before, after).write_text(render(server, before, after), encoding="utf-8")


if __name__ == "__main__":
    main()
