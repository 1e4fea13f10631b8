"""seq-scan-selective: a whole table is read to keep a few of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, NodeFact, Plan, PlanNode, Schema
from queryscope.plans.comparisons import read_comparisons
from queryscope.plans.scans import SelectiveScan, leading_columns, pattern_of, selective_scans
from queryscope.plans.weight import severity_of
from queryscope.plans.words import count
from queryscope.rules.plan.asked import asked_of, in_turn, rare_of
from queryscope.rules.plan.sources import field_name, model_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SeqScanSelective:
    """A Seq Scan, parallel or not, whose filter drops nearly every row."""

    name: ClassVar[str] = "seq-scan-selective"

    min_removed: int = 10_000  # rows
    min_removed_share: float = 0.9  # of the rows read

    def check(self, plan: Plan, schema: Schema, models: Models) -> Iterator[Insight]:
        """One insight a scan; a pattern too short for any index is left alone."""
        scans = selective_scans(plan, min_removed=self.min_removed, min_removed_share=self.min_removed_share)
        for scan in scans:
            if _is_beyond_indexes(scan.node):
                continue
            yield Insight(
                rule=self.name,
                node=scan.node.id,
                severity=severity_of(scan.own.share),
                message=scan.sentence(),
                remedy=_remedy(scan, schema, models),
                share=scan.own.share,
                fact="reading",
                explains=_guessed(scan, models),
            )


def _remedy(scan: SelectiveScan, schema: Schema, models: Models) -> str:
    relation = scan.node.relation_name
    model, asked = model_name(relation, models), asked_of(scan.node, models)
    known = next((each for each in asked.columns if each in leading_columns(schema, relation)), None)
    if known is not None:
        return (
            f"An index on {field_name(relation, known, models)} of {model} is there, and reading the table "
            f"was reckoned cheaper: see whether the estimate is right ({count(scan.node.plan_rows)} rows "
            "planned), then random_page_cost."
        )
    if asked.keys:
        rare = rare_of(scan.node, schema, models)
        condition = f"; a condition on {' and '.join(rare)} keeps it small" if rare else ""
        keys = in_turn(asked.keys)
        return f"Let an index on {model} find the rows that the filter keeps: on {keys}{condition}."
    if asked.kept:
        return (
            f"Let a partial index on {model} hold the rows that the filter keeps and no others: what is "
            f"asked of {' and '.join(asked.kept)} is its condition."
        )
    if asked.of_one_row:
        return (
            f"The filter compares {' and '.join(asked.of_one_row)} of one row of {model}, which no index on "
            "them finds: keep what is compared in a field of its own, a GeneratedField say, and index that."
        )
    return f"Let an index on {model} find the rows that the filter keeps."


def _guessed(scan: SelectiveScan, models: Models) -> tuple[tuple[NodeFact, int], ...]:
    """Of columns that are compared with each other PostgreSQL has no statistics: it guesses a third."""
    return (("estimate", scan.node.id),) if asked_of(scan.node, models).of_one_row else ()


def _is_beyond_indexes(node: PlanNode) -> bool:
    """Whether all it asks is a pattern that begins with a wildcard and has no trigram."""
    patterns = [pattern_of(node, each) for each in read_comparisons(node)]
    return bool(patterns) and all(
        each is not None and not each.is_anchored and not each.has_word for each in patterns
    )
