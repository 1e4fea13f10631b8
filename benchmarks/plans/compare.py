"""What pev2 and pgplan mark in the plans of the corpus, and what queryscope says of it, as a table.

    git clone https://github.com/dalibo/pev2
    npm install --no-save esbuild lodash moment clarinet      # beside the checkout
    pip install pgplan==1.2.0                                 # in an environment of its own
    python benchmarks/plans/compare.py --pev2 pev2 --pgplan path/to/pgplan [--all]

`--all` lists every mark that queryscope has no word for, with the reason. A mark without a reason fails.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from benchmarks.plans.ours import LEVELS, Told, told_of  # noqa: E402
from tests.plans.corpus import CASES, FOLDER, Case  # noqa: E402


@dataclass(frozen=True)
class Mark:
    """What a viewer marks: of which node (depth first, None: of the plan), or of which kind of node."""

    tool: str
    kind: str
    node: int | None = None
    node_type: str = ""
    text: str = ""


_PGPLAN = (
    (r"filters out", "rows removed"),
    (r"scans \d+ rows to join", "scan to join"),
    (r"Temp I/O", "temporary files"),
    (r"Join filter removed", "join filter"),
    (r"overhead", "gather overhead"),
    (r"Sort spilled", "sort on disk"),
    (r"Materialize scanned", "materialize loops"),
    (r"Nested Loop executes", "nested loop"),
    (r"Hash used", "hash batches"),
    (r"lossy", "lossy pages"),
    (r"Row estimates", "bad estimate"),
    (r"Only \d+ of", "workers missing"),
    (r"SubPlan executes", "subplan loops"),
)


def marks_of_pev2(pev2: Path, cases: list[Case]) -> dict[str, list[Mark]]:
    """By the label of a case; pev2's own parser and numbers, in node."""
    paths = {str(FOLDER / f"{case.label}.json"): case.label for case in cases}
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "marks.cjs"
        script = Path(__file__).with_name("marks.ts")
        command = ["npx", "esbuild", str(script), "--bundle", "--platform=node", f"--outfile={bundle}"]
        command += [f"--alias:@={pev2.resolve() / 'src'}", "--log-level=error"]
        subprocess.run(command, check=True, cwd=pev2.resolve().parent)
        told = subprocess.run(["node", str(bundle), *paths], check=True, capture_output=True, text=True)
    found: dict[str, list[Mark]] = {}
    for path, marks in json.loads(told.stdout.splitlines()[-1]).items():
        if isinstance(marks, str):
            print(f"pev2 can't read {paths[path]}: {marks}", file=sys.stderr)
            continue
        found[paths[path]] = [
            Mark("pev2", each["kind"], each["node"], text=str(each["value"])) for each in marks
        ]
    return found


def marks_of_pgplan(pgplan: Path, cases: list[Case]) -> dict[str, list[Mark]]:
    """By the label of a case; pgplan names the type of a node, not which one it is."""
    found = {}
    for case in cases:
        command = [str(pgplan), "analyze", str(FOLDER / f"{case.label}.json"), "--format", "json"]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode:
            print(f"pgplan can't read {case.label}: {told.stderr.strip()[:100]}", file=sys.stderr)
            continue
        findings = json.loads(told.stdout)["Findings"] or []
        found[case.label] = [
            Mark("pgplan", _kind(each["Description"]), None, each["NodeType"], each["Description"])
            for each in findings
        ]
    return found


def _kind(text: str) -> str:
    return next((kind for pattern, kind in _PGPLAN if re.search(pattern, text)), f"? {text}")


def compare(marks: dict[str, list[Mark]], cases: list[Case]) -> Iterator[tuple[Mark, Case, str, str]]:
    """Every mark, how far queryscope says the same, and why not where it doesn't."""
    for case in cases:
        told = told_of(case.plan)
        for mark in marks.get(case.label, ()):
            level, why = best(told, mark)
            yield mark, case, level, why


def best(told: Told, mark: Mark) -> tuple[str, str]:
    """The strongest that is said of the node, or of any node that it can be."""
    nodes: list[int | None] = [mark.node]
    if mark.node_type:
        nodes = [*told.candidates(mark.node_type, mark.text)]
    answers = [told.answer(mark.kind, node) for node in nodes] or [("", "no such node")]
    return min(answers, key=lambda answer: LEVELS.index(answer[0]))


def table(rows: list[tuple[Mark, Case, str, str]]) -> Iterator[str]:
    """As Markdown."""
    yield "| viewer | marks | how many | insight | badge | in the row | not said | why not |"
    yield "|---|---|---|---|---|---|---|---|"
    groups: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for mark, _, level, why in rows:
        groups[mark.tool, mark.kind].append((level, why))
    for (tool, kind), answers in sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1]))):
        levels = Counter(level for level, _ in answers)
        reasons = Counter(why for level, why in answers if not level)
        told = "; ".join(f"{why} ({number})" for why, number in reasons.most_common())
        cells = [tool, kind, len(answers), *(levels[level] for level in LEVELS), told]
        yield "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pev2", type=Path, help="a checkout of pev2, esbuild and its libraries beside it")
    parser.add_argument("--pgplan", type=Path, help="the program")
    parser.add_argument("--all", action="store_true", help="list what queryscope doesn't say")
    options = parser.parse_args()
    cases = list(CASES)
    rows: list[tuple[Mark, Case, str, str]] = []
    if options.pev2:
        rows += compare(marks_of_pev2(options.pev2, cases), cases)
    if options.pgplan:
        rows += compare(marks_of_pgplan(options.pgplan, cases), cases)
    print("\n".join(table(rows)))
    for mark, case, level, why in rows:
        if not level and (options.all or not why):
            stream = sys.stdout if why else sys.stderr
            place = f"node {mark.node}" if mark.node is not None else mark.node_type
            print(
                f"{mark.tool:7} {mark.kind:18} {case.label:40} {place} {mark.text[:80]}: {why}", file=stream
            )
    return any(not level and not why for _, _, level, why in rows)


if __name__ == "__main__":
    sys.exit(main())
