"""What the Indexes view of the HTML report shows: advice by sets, what has none, and what can go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from queryscope.fixes.index_sets import keys_in_words, sets_of
from queryscope.formats.json import index_record
from queryscope.formats.numbers import MINUS, milliseconds, size
from queryscope.model import Evidence, Finding, IndexAdvice, IndexRemoval, Report

Parts: TypeAlias = Callable[[Evidence], Any]

KINDS = {
    "invalid": "INVALID",
    "duplicate": "double",
    "prefix": "contained",
    "replaced": "contained in the new one",
    "unused": "unused",
    "pattern-twin": "unused, for LIKE",
    "boolean": "of a boolean",
}


def index_sets(report: Report, *, proof: Parts, bars: Parts) -> list[dict[str, Any]]:
    """One entry for each index, or for those of which one alone helps little."""
    return [_set(several, proof, bars) for several in sets_of(report.indexes)]


def _set(several: tuple[IndexAdvice, ...], proof: Parts, bars: Parts) -> dict[str, Any]:
    first = several[0]
    saved = [advice.gain_ms for advice in several if advice.gain_ms is not None]
    return {
        "name": first.name,
        "title": ", ".join(index_title(advice) for advice in several),
        "gain": f"{MINUS}{milliseconds(sum(saved))}" if saved else "",
        "saves": f"{milliseconds(sum(saved))} of the time that this run spent in the database"
        if saved
        else "",
        "serves": list(dict.fromkeys(shape for advice in several for shape in advice.serves)),
        "proof": proof(first.evidence),
        "bars": bars(first.evidence),
        "parts": [_part(advice, several, proof) for advice in several],
    }


def _part(advice: IndexAdvice, several: tuple[IndexAdvice, ...], proof: Parts) -> dict[str, Any]:
    sizes = [
        f"{size(advice.size_bytes)} on disk" if advice.size_bytes is not None else "",
        f"{milliseconds(advice.build_ms)} to build" if advice.build_ms is not None else "",
    ]
    return index_record(advice) | {
        "title": index_title(advice),
        "beside": beside(advice, several),
        "needs": ", ".join(f"extension {name}" for name in advice.extensions),
        "storage": ", ".join(f"{name} = {value}" for name, value in advice.storage),
        "costs": " · ".join(filter(None, sizes)),
        # Of a set each may have been timed apart: with all but this one.
        "proof": proof(advice.evidence) if advice.evidence != several[0].evidence else None,
    }


def beside(advice: IndexAdvice, several: tuple[IndexAdvice, ...]) -> str:
    """What it helps beside, though that stands by itself."""
    own = {each.name for each in several}
    others = [name for name in advice.together if name not in own]
    return f"{', '.join(others)}: without it this one helps little" if others else ""


def index_title(advice: IndexAdvice) -> str:
    """`shop.Order (status, -created)`."""
    return f"{advice.model or advice.relation} ({keys_in_words(advice)})"


def removal(found: IndexRemoval) -> dict[str, Any]:
    """An index that can go, as a row."""
    told = [found.relation, size(found.size_bytes), KINDS[found.kind]]
    if found.confidence != "certain":
        told.append(found.confidence)
    return {
        "name": found.name,
        "about": " · ".join(told),
        "reason": found.reason,
        "change": found.django or found.drop_sql,
        "sql": found.drop_sql,
    }


def indexes_of(finding: Finding, report: Report) -> list[str]:
    """Names of the indexes that a finding advises: the Indexes view has their migrations."""
    code = "\n".join(fix.code for fix in finding.fixes if "index" in fix.kinds)
    return [advice.name for advice in report.indexes if f'name="{advice.name}"' in code] if code else []
