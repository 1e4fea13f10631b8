"""Makes plans of the versions that no server here made, by what changed between them.

`python -m tests.plans.corpus.derive`, after `make`: the manifest's key `derived` names the versions, and the
real one that each is made of. What changed, by the release notes and the sources of explain.c:

- 14 → 15: times of temporary files were added; `Params Evaluated`, `Async Capable` are in both.
- 15 → 16: nothing in the JSON of a SELECT.
- 17 → 18: `Disabled` on every node (before, its cost was raised by 1e10), `Index Searches`, `WAL Buffers
  Full`, `Window`, `Storage` and `Maximum Storage` of CTEs and windows, fractions of rows, and heap blocks
  under `Workers`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.plans.corpus import CASES, FOLDER, Case

Node = dict[str, Any]
_NEW_IN_15 = ("Temp I/O Read Time", "Temp I/O Write Time")
_NEW_IN_18 = ("Disabled", "Index Searches", "WAL Buffers Full", "Window", "Storage", "Maximum Storage")
_DISABLED = 1e10


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("Plans", ()):
        yield from nodes(child)


def as_14(top: Node) -> None:
    """From 15."""
    for part in (*nodes(top["Plan"]), top.get("Planning", {})):
        for key in _NEW_IN_15:
            part.pop(key, None)


def as_16(top: Node) -> None:
    """From 15: the same."""


def as_17(top: Node) -> None:
    """From 18."""
    for node in nodes(top["Plan"]):
        if any(part.get("Disabled") for part in nodes(node)):
            node["Startup Cost"] += _DISABLED
            node["Total Cost"] += _DISABLED
    for node in nodes(top["Plan"]):
        for key in _NEW_IN_18:
            node.pop(key, None)
        for part in (node, *node.get("Workers", ())):
            part.pop("WAL Buffers Full", None)
            if "Actual Rows" in part:
                part["Actual Rows"] = round(part["Actual Rows"])
        for worker in node.get("Workers", ()):
            worker.pop("Exact Heap Blocks", None)
            worker.pop("Lossy Heap Blocks", None)


HOW: dict[int, Callable[[Node], None]] = {14: as_14, 16: as_16, 17: as_17}


def derived(case: Case) -> str:
    """The document that a server of that version would have printed."""
    [top] = json.loads((FOLDER / f"{case.source}.json").read_text(encoding="utf-8"))
    HOW[case.version](top)
    return json.dumps([top], indent=2)


def main() -> None:
    for case in CASES:
        if not case.is_real:
            path = FOLDER / f"{case.label}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(derived(case) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
