"""Scans of a table's partitions, as one scan of the table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from queryscope.model import PlanNode, Schema, Table

if TYPE_CHECKING:
    from queryscope.rules.index.candidate.scan import Scan

COLLECTORS = frozenset({"Append", "Merge Append"})
_NUMBER = re.compile(r"_\d+$")


def scanned_table(node: PlanNode, schema: Schema) -> Table | None:
    """The table of a scan; of a partition, which the statement doesn't name, the one that it is a part of.

    PostgreSQL calls partitions after the alias of their table: `event_1`, `event_2`, or `event` where one is
    left. An alias of its own tells where there is one partitioned table among those of the statement.
    """
    table = schema.table(node.relation_name)
    if table is not None or not node.relation_name:
        return table
    parents = [one for one in schema.tables if one.is_partitioned]
    base = base_alias(node)
    named = [one for one in parents if one.name in (base, node.alias)]
    is_own = len(parents) == 1 and schema.table(base) is None and _is_part(node, parents[0])
    return named[0] if named else parents[0] if is_own else None


def _is_part(node: PlanNode, table: Table) -> bool:
    """Whether a scan of an unknown relation may be one of this table: its columns are all the table's."""
    own = [name.rpartition(".")[2].strip('"') for name in node.output]
    return bool(own) and all(table.column(name) is not None for name in own)


def base_alias(node: PlanNode) -> str:
    """`event_2` → `event`."""
    return _NUMBER.sub("", node.alias or node.relation_name)


def as_one(scans: Iterable[Scan]) -> Iterator[Scan]:
    """Scans of the partitions below one Append as one, with the rows of all; others as they are."""
    last: Scan | None = None
    for scan in scans:
        if not scan.table.is_partitioned:
            if last is not None:
                yield last
            last = None
            yield scan
            continue
        whole = _whole(scan)
        if last is not None and (last.table, last.above, last.alias) == (
            whole.table,
            whole.above,
            whole.alias,
        ):
            first = last if last.kept + last.removed >= scan.kept + scan.removed else whole
            last = replace(first, kept=last.kept + scan.kept, removed=last.removed + scan.removed)
            continue
        if last is not None:
            yield last
        last = whole
    if last is not None:
        yield last


def _whole(scan: Scan) -> Scan:
    """As if the table had been read itself: without the Append, by the table's alias."""
    above = scan.above
    if above and above[0].node_type in COLLECTORS:
        above = above[1:]
    alias = base_alias(scan.node) if scan.node.relation_name != scan.table.name else scan.alias
    return replace(scan, above=above, node=replace(scan.node, alias=alias))
