"""The nearest first: an index that walks by distance instead of sorting all (I40, points, trigrams)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import ClassVar

from queryscope.model import IndexAdvice, Models, Plan, QueryGroup, Refusal, Schema
from queryscope.rules.index.candidate.dropped import most_dropped
from queryscope.rules.index.candidate.heads import existing_index
from queryscope.rules.index.candidate.keys import make_advice
from queryscope.rules.index.candidate.objections import refuse, table_objection
from queryscope.rules.index.candidate.scan import Scan, limit_above, read_scans, row_count
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
    ef_search: int = 40  # how many of the nearest HNSW finds: hnsw.ef_search

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
            if objection is None and method == "hnsw":
                objection = self._shortage(group, plan, scan, statement)
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

    def _shortage(self, group: QueryGroup, plan: Plan, scan: Scan, statement: Statement) -> Refusal | None:
        """HNSW finds so many of the nearest and no more, and then a filter drops some of them."""
        dropped = most_dropped(scan, statement)
        wanted = _wanted(scan, plan)
        if wanted + dropped <= self.ef_search:
            return None
        if dropped > 0:
            return refuse(group, scan, kind="approximate", reason=_FILTERED)
        text = (
            f"HNSW finds {self.ef_search} of the nearest (hnsw.ef_search), "
            f"and the query asks for {wanted:,.0f}: fewer rows would come."
        )
        return refuse(group, scan, kind="approximate", reason=text)


_APPROXIMATE = " HNSW finds nearly all of the nearest, not always all."
_FILTERED = (
    "HNSW finds the nearest first and then drops what the filter doesn't keep: "
    "fewer rows would come than are asked for."
)


def _wanted(scan: Scan, plan: Plan) -> float:
    """Rows of LIMIT and OFFSET together, which a sort delivers, each time; without ANALYZE those of LIMIT."""
    limit = limit_above(scan)
    if limit is None:
        return inf
    delivered = [node.actual_rows or 0.0 for node in (limit, *limit.children)] if plan.is_analyzed else []
    return max([limit.plan_rows, *delivered])


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
