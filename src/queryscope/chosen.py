"""Seam: which shapes of a unit of work are explained, with which of their executions, and in which order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from queryscope.capture.digest import digest
from queryscope.capture.finish import Slow
from queryscope.config import Config
from queryscope.sql.search import search_of

COSTLIEST = 3  # SELECTs, and writes, of a unit of work that are explained though none of them was slow


def shapes_to_explain(slow: Sequence[Slow], config: Config) -> list[Slow]:
    """The slowest execution of each shape that was slow or is among the costliest, in order of turn."""
    if config.explain == "off":
        return []
    slowest: dict[str, Slow] = {}
    total_ms: defaultdict[str, float] = defaultdict(float)
    for each in slow:
        if each.vendor == "postgresql" and (each.max_ms >= config.slow_ms or _is_found(each, config)):
            total_ms[each.fingerprint] += each.total_ms
            known = slowest.setdefault(each.fingerprint, each)
            if each.max_ms > known.max_ms:
                slowest[each.fingerprint] = each
    shapes = sorted(slowest.values(), key=lambda each: -total_ms[each.fingerprint])
    if config.explain != "all":
        costly = [each for each in shapes if total_ms[each.fingerprint] >= config.costly_ms]
        chosen = [each for each in costly if each.is_select][:COSTLIEST]
        chosen += [each for each in costly if not each.is_select][:COSTLIEST]
        shapes = [each for each in shapes if each.max_ms >= config.slow_ms or each in chosen]
    for each in shapes:
        each.typical = each.typical or _elsewhere(each, slow)
    # Last what took longer than the whole budget: it would leave nothing to the others.
    return sorted(shapes, key=lambda each: each.max_ms > config.explain_budget_ms)


def _is_found(each: Slow, config: Config) -> bool:
    """Whether a plan tells how its rows are found: of SELECTs, and of writes that take a while."""
    if each.is_select:
        return True
    return each.max_ms >= config.costly_ms and search_of(each.sql, each.params) is not None


def _elsewhere(chosen: Slow, slow: Sequence[Slow]) -> tuple[str, Any] | None:
    """The first execution of the same shape from another place, if it asked for something else."""
    same = [each for each in slow if (each.fingerprint, each.alias) == (chosen.fingerprint, chosen.alias)]
    asked = (chosen.sql, digest(chosen.params))
    for each in sorted(same, key=lambda each: each.group):
        sql, params = each.typical or (each.sql, each.params)
        if each is not chosen and (sql, digest(params)) != asked:
            return (sql, params)
    return None
