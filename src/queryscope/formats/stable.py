"""JSON without what changes from run to run: two runs of the same code give the same bytes.

Left out: times, buffers, dates, connections, queries of threads that belong to no unit of work, plans and
all that rests on them (indexes, refusals, indexes that can go, findings of a plan), findings that a duration
makes, `run.root`, and the ids of traces, which are drawn anew in each run. A trace is referred to as
`request GET books/ #1`: kind, label, and a number among its namesakes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from queryscope.formats.json import document
from queryscope.model import Report

_TIME = re.compile("[<>]?[0-9][0-9\u2009\u202f.,]*[\u2009\u202f ]?(?:ms|s)\\b")
# How many there were, and in which threads, depends on what else ran meanwhile.
_CHANCE = re.compile(
    r"(^|: )\d+ (quer(y|ies) ran in (a thread|threads) of no unit of work: |more connections )"
)
# A duration alone makes these. Whoever waits on purpose between rows does so in every run: what is silent of
# pauses is told. Rows, even very many, are the data's.
_TIMED_RULES = frozenset({"expensive-count", "long-transaction", "slow-query"})
_IDLE = re.compile(rf" allows ({'|'.join(sorted(_TIMED_RULES))})\b.*, which nothing here needs")
_PLANNED_RULES = frozenset({"deep-offset", "distinct-after-join", "random-order"})


def render(report: Report) -> str:
    """JSON text with sorted keys."""
    return json.dumps(projection(report), ensure_ascii=True, indent=1, sort_keys=True) + "\n"


def projection(report: Report) -> dict[str, Any]:
    """The stable part of the document."""
    full = document(report)
    timed = _TIMED_RULES | {insight["rule"] for plan in full["plans"] for insight in plan["insights"]}
    timed |= {advice["rule"] for advice in full["indexes"]} | {"missing-index"}
    findings = [finding for finding in full["findings"] if finding["rule"] not in timed]
    kept = {finding["id"] for finding in findings}
    contents = _contents(report, findings)
    names = _names(full["traces"], contents)
    return {
        "schema_version": full["schema_version"],
        "run": {key: value for key, value in full["run"].items() if key != "root"}
        | {
            "missing": [note for note in full["run"]["missing"] if not _CHANCE.search(note)],
            "notes": [note for note in full["run"]["notes"] if not _IDLE.search(note)],
        },
        "traces": sorted(
            (_trace(trace, names, kept, contents) for trace in full["traces"]),
            key=lambda item: str(item["id"]),
        ),
        "queries": sorted(
            (_shape(shape) for shape in full["queries"]), key=lambda item: str(item["fingerprint"])
        ),
        "findings": sorted(
            (_finding(finding, names) for finding in findings), key=lambda item: str(item["id"])
        ),
    }


def _contents(report: Report, findings: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What each unit of work ran, by shape, and what each finding counted there."""
    contents: dict[str, dict[str, Any]] = {}
    for trace in report.traces:
        shapes: Counter[str] = Counter()
        for group in trace.groups:
            shapes[group.fingerprint] += group.count
        contents[trace.id] = {"shapes": dict(sorted(shapes.items())), "counts": {}}
    for finding in findings:
        for item in finding["occurrences"]:
            if item["trace"] in contents:
                counted = [item["query_count"], item["avoidable_queries"]]
                contents[item["trace"]]["counts"][finding["id"]] = counted
    return contents


def _names(traces: list[dict[str, Any]], contents: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Names for traces. Namesakes are numbered by what they ran, so that their order in time is no matter."""

    def rank(trace: dict[str, Any]) -> tuple[str, str, str]:
        told = [contents[trace["id"]], trace["status"], _notes(trace), _loads(trace)]
        content = json.dumps(told, sort_keys=True)
        return trace["origin"]["kind"], trace["origin"]["label"], content

    names: dict[str, str] = {}
    namesakes: Counter[str] = Counter()
    for trace in sorted(traces, key=rank):
        label = f"{trace['origin']['kind']} {trace['origin']['label']}"
        namesakes[label] += 1
        names[trace["id"]] = f"{label} #{namesakes[label]}"
    return names


def _trace(
    trace: dict[str, Any], names: dict[str, str], kept: set[str], contents: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": names[trace["id"]],
        "origin": trace["origin"],
        "status": trace["status"],
        "query_count": trace["query_count"],
        "shapes": contents[trace["id"]]["shapes"],
        "findings": sorted(item for item in trace["findings"] if item in kept),
        "notes": _notes(trace),
        "saw_reads": trace["saw_reads"],
        "loads": _loads(trace),
    }


def _notes(trace: dict[str, Any]) -> list[str]:
    return [_without_times(note) for note in trace["notes"] if not _CHANCE.search(note)]


def _loads(trace: dict[str, Any]) -> list[dict[str, Any]]:
    """Names alone: how many instances there were follows the data."""
    names = [{key: value for key, value in load.items() if key != "instances"} for load in trace["loads"]]
    loads = [
        {key: sorted(value) if isinstance(value, list) else value for key, value in load.items()}
        for load in names
    ]
    return sorted(loads, key=json.dumps)


def _shape(shape: dict[str, Any]) -> dict[str, Any]:
    return {key: shape[key] for key in ("fingerprint", "sql", "count", "relations")}


def _finding(finding: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    occurrences = sorted(
        (_occurrence(item, names) for item in finding["occurrences"]),
        key=lambda item: (-item["avoidable_queries"], -item["query_count"], item["trace"]),
    )
    return finding | {
        "message": _without_times(finding["message"]),
        "worst": occurrences[0] if occurrences else _occurrence(finding["worst"], names),
        "occurrences": occurrences,
        "fingerprints": sorted(finding["fingerprints"]),
        "fixes": [_fix(fix, is_planned=finding["rule"] in _PLANNED_RULES) for fix in finding["fixes"]],
    }


def _occurrence(item: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        "trace": names.get(item["trace"], ""),
        "query_count": item["query_count"],
        "avoidable_queries": item["avoidable_queries"],
    }


def _fix(fix: dict[str, Any], *, is_planned: bool) -> dict[str, Any]:
    evidence = fix["evidence"]
    # Whether there is a plan to tell of depends on how long the query took.
    note = "" if is_planned and evidence["level"] != "re-run" else evidence["note"]
    return fix | {
        "caveat": _without_times(fix["caveat"]),
        "evidence": {
            "level": evidence["level"],
            "before": evidence["before"] and {"queries": evidence["before"]["queries"]},
            "after": evidence["after"] and {"queries": evidence["after"]["queries"]},
            "note": _without_times(note),
        },
    }


def _without_times(text: str) -> str:
    """`took 131 ms` as `took … ms`: durations in a sentence."""
    return _TIME.sub("… ms", text)
