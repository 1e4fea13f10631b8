"""Judges advice by creating it: what it reaches of the best that is known, and which indexes earn a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import timing
from answers import Case
from timing import Cost, Statement

NOISE_MS = 0.05
EARNS = 1.2  # times slower without it
ENOUGH, GAIN_MS = 2.0, 1.0  # what a reference index must gain for its case to be a positive
AGAIN = 1.15  # what seems so many times slower than the best is timed once more, beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Times in ms. Of a negative only `indexes` counts."""

    slug: str
    is_negative: bool
    base_ms: float
    best_ms: float
    got_ms: float
    indexes: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    failed: str = ""

    @property
    def score(self) -> float:
        """The best time that is known in the time that was reached, at most 1."""
        return min(1.0, floored(self.best_ms) / floored(self.got_ms))

    @property
    def has_reached(self) -> bool:
        """At least half of the best speed-up."""
        return self.score >= 0.5

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "score": round(self.score, 3)}


def floored(ms: float) -> float:
    return max(ms, NOISE_MS)


def gains(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether an index is worth a case: twice as fast and a millisecond."""
    return before["ms"] >= ENOUGH * after["ms"] and before["ms"] - after["ms"] >= GAIN_MS


def refer(case: Case) -> dict[str, Any]:
    """Time a case without indexes and with each set that its answers know."""
    statements = [] if case.writes else timing.queries_of(case.page())
    found: dict[str, Any] = {"base": timing.cost(statements).as_json(), "alternatives": []}
    for alternative in case.alternatives:
        with timing.built(alternative) as names:
            measured = timing.cost(statements)
            is_used = all(timing.with_partitions(name) & set(measured.used) for name in names)
            found["alternatives"].append({"sql": alternative, "is_used": is_used, **measured.as_json()})
    return found


def best_of(reference: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fastest set; without one, the case as it is."""
    return min(reference["alternatives"], key=lambda one: one["ms"], default=reference["base"])


def judge(case: Case, reference: Mapping[str, Any], indexes: Sequence[tuple[str, Sequence[str]]]) -> Verdict:
    """`indexes`: for each one that is advised its text and the statements that create it."""
    known = Verdict(
        slug=case.slug,
        is_negative=case.is_negative,
        base_ms=reference["base"]["ms"],
        best_ms=best_of(reference)["ms"],
        got_ms=reference["base"]["ms"],
        indexes=tuple(text for text, _ in indexes),
    )
    if case.is_negative or not indexes:
        return known
    statements = timing.queries_of(case.page())
    try:
        return _tried(known, case, reference, statements, indexes)
    except Exception as error:
        return _changed(known, failed=f"{type(error).__name__}: {error}".splitlines()[0])


def _tried(
    known: Verdict,
    case: Case,
    reference: Mapping[str, Any],
    statements: Sequence[Statement],
    indexes: Sequence[tuple[str, Sequence[str]]],
) -> Verdict:
    create = [statement for _, several in indexes for statement in several]
    with timing.built(create) as names:
        got = timing.cost(statements)
        surplus = _surplus(names, [text for text, _ in indexes], got, known.base_ms, statements)
    if floored(got.ms) > AGAIN * floored(known.best_ms):
        best = _timed(best_of(reference).get("sql", ()), statements)
        again = _timed(create, statements)
        return _changed(
            known,
            best_ms=max(best.fastest_ms, min(known.best_ms, best.ms)),
            got_ms=min(again.fastest_ms, got.fastest_ms),
            surplus=surplus,
        )
    return _changed(known, got_ms=got.ms, surplus=surplus)


def _timed(create: Sequence[str], statements: Sequence[Statement]) -> Cost:
    with timing.built(create):
        return timing.cost(statements)


def _surplus(
    names: Sequence[str], texts: Sequence[str], got: Cost, base_ms: float, statements: Sequence[Statement]
) -> tuple[str, ...]:
    """Indexes without which the page is hardly slower; alone, it is compared with none."""
    if len(names) == 1:
        return () if floored(base_ms) > EARNS * floored(got.ms) else tuple(texts)
    needless = []
    for name, text in zip(names, texts, strict=False):
        without = timing.cost_without(name, statements)
        if floored(without.ms) <= EARNS * floored(got.ms):
            needless.append(text)
    return tuple(needless)


def _changed(known: Verdict, **fields: Any) -> Verdict:
    return Verdict(**{**{name: getattr(known, name) for name in Verdict.__slots__}, **fields})


def table(verdicts: Sequence[Verdict]) -> str:
    """A row for each application and one for all, in Markdown."""
    apps = sorted({one.slug.partition(".")[0] for one in verdicts})
    groups = [(app, [one for one in verdicts if one.slug.startswith(f"{app}.")]) for app in apps]
    rows = ["| | reached | mean score | silent | surplus |", "|---|---|---|---|---|"]
    for name, several in [*groups, ("**all**", list(verdicts))]:
        helped = [one for one in several if not one.is_negative]
        left = [one for one in several if one.is_negative]
        mean = f"{sum(one.score for one in helped) / len(helped):.3f}" if helped else ""
        reached = sum(one.has_reached for one in helped)
        silent = sum(not one.indexes for one in left)
        rows.append(
            f"| {name} | {reached} of {len(helped)} | {mean} | {silent} of {len(left)} |"
            f" {count_surplus(several)} of {sum(len(one.indexes) for one in several)} |"
        )
    return "\n".join(rows)


def count_surplus(verdicts: Sequence[Verdict]) -> int:
    """Indexes that earn nothing; of negatives all."""
    return sum(len(one.indexes if one.is_negative else one.surplus) for one in verdicts)


def summary(verdicts: Sequence[Verdict]) -> str:
    """One line."""
    helped = [one for one in verdicts if not one.is_negative]
    left = [one for one in verdicts if one.is_negative]
    silent = sum(not one.indexes for one in left)
    given = sum(len(one.indexes) for one in verdicts)
    parts = []
    if helped:
        reached = sum(one.has_reached for one in helped)
        mean = sum(one.score for one in helped) / len(helped)
        parts.append(
            f"reached {reached} of {len(helped)} ({reached / len(helped):.0%}), mean score {mean:.3f}"
        )
    if left:
        parts.append(f"silent {silent} of {len(left)} ({silent / len(left):.0%})")
    return ", ".join([*parts, f"surplus {count_surplus(verdicts)} of {given} indexes"])
