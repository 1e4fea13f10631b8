"""The nearest first: an index that walks by distance instead of sorting all (I40, points, trigrams)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import refuse, table_objection
from queryscope.rules.index.candidate.scan import limit_above, read_scans, row_count
from queryscope.rules.index.candidate.term import Term
from queryscope.rules.index.candidate.types import is_text
from queryscope.sql.statement import Statement

_VECTORS = {"<->": "l2_ops", "<=>": "cosine_ops", "<#>": "ip_ops", "<+>": "l1_ops"}
_VECTOR_TYPES = frozenset({"vector", "halfvec", "sparsevec"})
_SHAPES = frozenset({"point", "box", "circle", "polygon", "geometry", "geography", "cube"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestIndex:
    """`GistIndex(fields=["place"])`; of pgvector `HnswIndex(fields=["embedding"], opclasses=[…])`."""

    name: ClassVar[str] = "nearest-index"

    min_rows: int = 1000  # rows whose distance is computed

    def advise(
        self, group: QueryGroup, plan: Plan, statement: Statement, schema: Schema, models: Models
    ) -> Iterator[IndexAdvice | Refusal]:
        """One candidate for every limited scan that is ordered by a distance."""
        for scan in read_scans(plan, statement=statement, schema=schema, models=models):
            if scan.distance is None or limit_above(scan) is None or row_count(scan) < self.min_rows:
                continue
            if scan.kept + scan.removed < self.min_rows:
                continue  # read in this order already
            method, opclass, extensions = _way(scan.distance)
            if not method or (method == "hnsw" and "vector" not in schema.extensions):
                continue
            objection = table_objection(group, plan, scan)
            if objection is None and method == "hnsw" and scan.node.filter:
                objection = refuse(group, scan, kind="approximate", reason=_FILTERED)
            if objection is not None:
                yield objection
                continue
            key = replace(scan.distance.key, opclass=opclass)
            if existing_index(scan, method=method, keys=(key,)) is not None:
                continue
            text = (
                f"The distances of {scan.kept:,.0f} rows of {scan.table.name} are sorted to find the nearest."
            )
            yield make_advice(
                scan,
                rule=self.name,
                method=method,
                keys=(key,),
                extensions=extensions,
                reason=text + (_APPROXIMATE if method == "hnsw" else ""),
                serves=group.fingerprint,
            )


_APPROXIMATE = " HNSW finds nearly all of the nearest, not always all."
_FILTERED = (
    "HNSW finds the nearest first and then drops what the filter doesn't keep: "
    "fewer rows would come than are asked for."
)


def _way(distance: Term) -> tuple[str, str, tuple[str, ...]]:
    """Method, operator class and extensions."""
    kind = distance.type.partition("(")[0]
    if kind in _VECTOR_TYPES and distance.operator in _VECTORS:
        return "hnsw", f"{kind}_{_VECTORS[distance.operator]}", ()
    if kind in _SHAPES and distance.operator == "<->":
        return "gist", "", ()
    if is_text(kind) and kind != "citext" and distance.operator == "<->":
        return "gist", "gist_trgm_ops", ("pg_trgm",)
    return "", "", ()
