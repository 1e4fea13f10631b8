"""Plans of real servers as text: `python -m tests.formats.plan_golden` writes them anew."""

from __future__ import annotations

from pathlib import Path

from queryscope.formats.plan_text import plan_lines
from tests.plans.corpus import case

FOLDER = Path(__file__).parent / "golden"
SHOWN = (
    ("pg18/many_seq_scans", 100),
    ("pg18/subplan_per_row", 100),
    ("pg18/workers_missing", 80),
    ("pg18/parallel_hash_join", 60),
    ("pg18/cross_never_executed", 100),
    ("pg18/delete_planned", 100),
    ("pg18/cte_read_twice", 100),
    ("pg18/planning_of_many_joins", 100),
    ("pg18/append_many", 40),
    ("pg18/insert_on_conflict", 100),
    ("pg15/hash_spill", 100),
    ("pg15/nested_loop_heavy", 120),
)


def render(label: str, width: int) -> str:
    return "\n".join(plan_lines(case(label).plan, width=width, most=20)) + "\n"


def path_of(label: str, width: int) -> Path:
    return FOLDER / f"{label.replace('/', '-')}-{width}.txt"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for label, width in SHOWN:
        path_of(label, width).write_text(render(label, width), encoding="utf-8")


if __name__ == "__main__":
    main()
