"""What is said of two plans, as text: `python -m tests.plans.golden` writes it anew after the corpus."""

from __future__ import annotations

from pathlib import Path

from queryscope.plans.difference import compare_plans
from tests.plans.corpus import case

FOLDER = Path(__file__).parent / "golden"
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


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for server in ("pg15", "pg18"):
        for before, after in PAIRS:
            path_of(server, before, after).write_text(render(server, before, after), encoding="utf-8")


if __name__ == "__main__":
    main()
