"""seq-scan-selective: a whole table is read to keep a few of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from queryscope.model import Insight, Models, Plan, PlanNode, Schema
from queryscope.plans.comparisons import read_comparisons
from queryscope.plans.scans import pattern_of, selective_scans
from queryscope.plans.weight import severity_of
from queryscope.rules.plan.sources import model_name


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
                remedy=(
                    f"Let an index on {model_name(scan.node.relation_name, models)} find the rows that the "
                    "filter keeps."
                ),
                share=scan.own.share,
                fact="reading",
            )


def _is_beyond_indexes(node: PlanNode) -> bool:
    """Whether all it asks is a pattern that begins with a wildcard and has no three letters in a row."""
    patterns = [pattern_of(node, each) for each in read_comparisons(node)]
    return bool(patterns) and all(
        each is not None and not each.is_anchored and not each.has_word for each in patterns
    )
