"""The tables of `overhead.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from goals import Number, shown

Hooks = dict[tuple[str, int], float]  # (tool or floor, frames) → µs
# Most that queryscope may add, as a share of what the tool adds.
SHARES = {"debug_toolbar": 1 / 5, "query_doctor": 1 / 5, "silk": 1 / 15}


@dataclass
class Requests:
    """Turns by tool and queries of the page, and how many of them the tool told of."""

    turns: dict[tuple[str, int], list[dict[str, float]]] = field(default_factory=lambda: defaultdict(list))
    told: dict[tuple[str, int], int] = field(default_factory=dict)

    def added(self, name: str, queries: int, kind: str) -> float:
        """What a tool adds to the bare request of its own round: the median of the rounds."""
        pairs = zip(self.turns[name, queries], self.turns["bare", queries], strict=True)
        return median(with_it[kind] - without[kind] for with_it, without in pairs)

    def best(self, name: str, queries: int, kind: str) -> float:
        """The best turn."""
        return min(turn[kind] for turn in self.turns[name, queries])


def hook_table(hooks: Hooks, titles: Mapping[str, str]) -> str:
    """The hook alone: floors first, then each tool, with ratios to queryscope."""
    depths = sorted({depth for _, depth in hooks})
    lines = [
        "#### The hook alone\n",
        "µs of thread CPU for each captured query, the best of 12 rounds (of 3 beyond 100 µs).",
        "× is the ratio to queryscope's.\n",
        f"| | {' | '.join(f'{depth} frames | ×' for depth in depths)} |",
        f"|---|{'---|---|' * len(depths)}",
    ]
    names = [*dict.fromkeys(name for name, _ in hooks)]
    for name in [*(name for name in names if name not in titles), *titles]:
        cells = []
        for depth in depths:
            cost, own = hooks.get((name, depth)), hooks.get(("queryscope", depth))
            cells += ["–" if cost is None else shown(cost), shown(cost / own) if cost and own else ""]
        lines.append(f"| {titles.get(name, f'*{name}*')} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def request_table(requests: Requests, titles: Mapping[str, str], notes: Mapping[str, str]) -> str:
    """Whole requests: what each tool adds to the bare one of the same round."""
    pages = sorted({queries for _, queries in requests.turns}, reverse=True)
    head = " | ".join(f"{queries} queries: CPU | best | × | wall | ×" for queries in pages)
    lines = [
        "#### A whole request\n",
        "Milliseconds added to a page of so many queries: the median of the rounds, each against the bare",
        "request of its own round; beside it best against best. × is the ratio to queryscope's.\n",
        f"| | {head} | told of | |",
        f"|---|{'---|---|---|---|---|' * len(pages)}---|---|",
    ]
    bare = []
    for queries in pages:
        cpu, wall = (shown(requests.best("bare", queries, kind)) for kind in ("cpu_ms", "wall_ms"))
        bare.append(f"{cpu} | | | {wall} | ")
    lines.append(f"| *the bare request* | {' | '.join(bare)} | | |")
    for name, title in titles.items():
        cells = []
        for queries in pages:
            for kind in ("cpu_ms", "wall_ms"):
                value = requests.added(name, queries, kind)
                own = requests.added("queryscope", queries, kind) if "queryscope" in titles else 0.0
                cells.append(shown(value))
                least = requests.best(name, queries, kind) - requests.best("bare", queries, kind)
                cells += [shown(least)] if kind == "cpu_ms" else []
                cells.append(shown(value / own) if own > 0 else "")
        told = requests.told[name, pages[0]]
        lines.append(f"| {title} | {' | '.join(cells)} | {told or '**nothing**'} | {notes[name]} |")
    return "\n".join(lines) + "\n"


def ratios(requests: Requests, titles: Mapping[str, str]) -> list[Number]:
    """The goals that compare."""
    if "queryscope" not in titles:
        return []
    queries = max(queries for _, queries in requests.turns)
    own = requests.added("queryscope", queries, "cpu_ms")
    return [
        Number(
            what=f"a request of {queries} queries: added CPU, as a share of what {titles[name]} adds",
            value=own / requests.added(name, queries, "cpu_ms"),
            unit="",
            goal=share,
        )
        for name, share in SHARES.items()
        if name in titles
    ]
