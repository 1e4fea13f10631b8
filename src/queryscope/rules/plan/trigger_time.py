"""trigger-time: triggers take a good part of a write, those that keep foreign keys among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, Schema
from queryscope.model import TriggerTime as Trigger
from queryscope.plans.metrics import root_ms, walk
from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, ms, percent

_OF_A_KEY = re.compile(r"RI_ConstraintTrigger_([ac])_\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerTime:
    """A write that spends a good part of its time in triggers."""

    name: ClassVar[str] = "trigger-time"

    min_share: float = 0.2  # of the execution

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight at the most: on the trigger that took longest."""
        whole_ms = max(plan.execution_time_ms or 0.0, root_ms(plan))
        triggers = [trigger for trigger in plan.triggers if not _is_check(trigger)]
        if not triggers or not whole_ms:
            return
        spent_ms = sum(trigger.time_ms for trigger in triggers)
        share = min(spent_ms / whole_ms, 1.0)
        if share < self.min_share or is_noise(spent_ms, share):
            return
        worst = max(triggers, key=lambda trigger: trigger.time_ms)
        node = next((node for node in walk(plan.root) if node.node_type == "ModifyTable"), plan.root)
        yield Insight(
            rule=self.name,
            node=node.id,
            severity=severity_of(share),
            message=(
                f"Trigger {worst.constraint_name or worst.trigger_name} on "
                f"{worst.relation or node.relation_name} ran {count(worst.calls)} times: {ms(worst.time_ms)}"
                f"{f' of {ms(spent_ms)} in triggers' if len(triggers) > 1 else ''}, "
                f"{percent(share)} of the query."
            ),
            remedy=_remedy(worst, models),
            share=share,
        )


def _is_check(trigger: Trigger) -> bool:
    """Whether it looks up what a written row refers to, by its key: that is what a foreign key costs."""
    key = _OF_A_KEY.fullmatch(trigger.trigger_name)
    return key is not None and key[1] == "c"


def _remedy(trigger: Trigger, models: Models) -> str:
    if _OF_A_KEY.fullmatch(trigger.trigger_name) is None:
        return (  # a plan doesn't tell when it ran, and one BEFORE has no transition tables
            "Do its work in the program, or, if it runs AFTER the rows are written, once a statement "
            "(FOR EACH STATEMENT, transition tables)."
        )
    owner = _field_of(trigger, models)
    what = f"{owner}, which refers to it," if owner else "the column that refers to it,"
    return f"Index {what} if it has no index: each deleted or changed row is looked for there."


def _field_of(trigger: Trigger, models: Models) -> str:
    """`Line.invoice`: the key that leads to the trigger's table, if the constraint's name tells which."""
    target = models.by_table(trigger.relation)
    if target is None:
        return ""
    found = [
        f"{model.name}.{field.name}"
        for model in models.models
        for field in model.fields
        if field.target == target.label
        and trigger.constraint_name.startswith(f"{model.table}_{field.column}_")
    ]
    return found[0] if len(set(found)) == 1 else ""
