"""Tests of rules/index/candidate/partitions.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.scan import join_above, kept_share, limit_above, read_scans, row_count
from tests.rules.index.orders import (
    MODELS,
    TABLE,
    make_above,
    make_scan,
    make_schema,
    make_slow_plan,
    make_statement,
)

WHOLE = make_schema(rows=-1.0, is_partitioned=True)


def scans(root, schema=WHOLE):
    return list(read_scans(make_slow_plan(root), statement=make_statement(), schema=schema, models=MODELS))


def make_part(number, *, alias=f"{TABLE}_{{}}", kept=10, removed=990, **more):
    name = alias.format(number)
    return make_scan(
        f"({name}.status = …)", relation_name=f"part_{number}", alias=name, kept=kept, removed=removed, **more
    )


def test_partitions_below_an_append_are_one_scan_of_their_table():
    append = make_above("Append", make_part(1), make_part(2, kept=30, removed=970))
    (scan,) = scans(make_above("Limit", append))
    assert (scan.table.name, scan.alias, scan.model.label) == (TABLE, TABLE, "shop.Order")
    assert (scan.kept, scan.removed, row_count(scan), kept_share(scan)) == (40, 1960, 2000, 0.02)
    assert [term.key.column for term in scan.terms] == ["status"]
    assert limit_above(scan) is not None


def test_the_only_partition_that_is_left_is_the_table():
    (scan,) = scans(make_part(1, alias=TABLE))
    assert (scan.table.name, scan.alias) == (TABLE, TABLE)


def test_an_alias_of_its_own_is_known_by_its_columns():
    output = ("t3_1.id", "t3_1.status")
    (scan,) = scans(make_above("Append", make_part(1, alias="t3_{}", output=output)))
    assert (scan.table.name, scan.alias) == (TABLE, "t3")
    assert scans(make_part(1, alias="t3_{}", output=("t3_1.other",))) == []
    assert scans(make_part(1, alias="t3_{}")) == []


def test_two_tables_of_one_name_in_a_join_stay_two():
    first = make_above("Append", make_part(1), make_part(2))
    output = ("t3_1.id",)
    second = make_above("Append", *(make_part(number, alias="t3_{}", output=output) for number in (1, 2)))
    found = scans(make_above("Hash Join", first, second))
    assert [scan.alias for scan in found] == [TABLE, "t3"]
    assert all(join_above(scan) is not None for scan in found)


@pytest.mark.parametrize("schema", [make_schema(), make_schema(rows=-1.0)])
def test_without_a_partitioned_table_an_unknown_one_stays_unknown(schema):
    assert scans(make_part(1), schema) == []


def test_the_largest_partition_speaks_for_the_way_of_reading():
    index = make_part(1, node_type="Index Scan", kept=1, removed=0)
    (scan,) = scans(make_above("Append", index, make_part(2)))
    assert scan.is_sequential
