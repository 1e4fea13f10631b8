"""An observation that speaks of one query group."""

from __future__ import annotations

from typing import Any

from queryscope.model import Observation, QueryGroup, Trace


def observe_group(rule: str, trace: Trace, group: QueryGroup, **more: Any) -> Observation:
    """What a rule says of the queries of one group; `more` are further fields, or others than these."""
    model = group.site.model if group.site is not None else ""
    values: dict[str, Any] = {
        "rule": rule,
        "trace": trace.id,
        "model": model,
        "site": group.site,
        "trigger": group.stack[0] if group.stack else None,
        "groups": (group.index,),
        "fingerprints": (group.fingerprint,),
        "query_count": group.count,
        "duration_ms": group.total_ms,
        "subject": model.rpartition(".")[2] or "SQL",
    }
    return Observation(**(values | more))
