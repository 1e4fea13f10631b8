"""Tests of database/catalog.py, on the real server."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, connections, transaction

from queryscope.database.catalog import schema_of
from queryscope.model import Schema

pytestmark = pytest.mark.django_db

SHELF = """
    CREATE TABLE catalog_shelf (
        id bigint PRIMARY KEY,
        kind varchar(10) NOT NULL,
        "Label" text COLLATE "C",
        size integer,
        gone integer
    );
    ALTER TABLE catalog_shelf DROP COLUMN gone;
    INSERT INTO catalog_shelf
    SELECT n, CASE WHEN n % 10 = 0 THEN 'rare' ELSE 'common' END, 'Label ' || n, nullif(n % 4, 0)
    FROM generate_series(1, 1000) n;
    ANALYZE catalog_shelf
"""


def execute(*statements):
    with connection.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def shelf(*statements):
    connection.ensure_connection()
    execute(SHELF, *statements)
    return schema_of(connection, ["catalog_shelf"]).tables[0]


def index_of(statement):
    table = shelf(statement)
    return next(index for index in table.indexes if not index.is_primary)


def test_a_table_is_read_with_its_size():
    table = shelf()
    assert (table.schema, table.name, table.rows) == ("public", "catalog_shelf", 1000)
    assert table.pages > 1
    assert table.size_bytes >= table.pages * 8192
    assert not table.is_partitioned


def test_columns_have_types_and_statistics_but_no_values():
    table = shelf()
    assert [column.name for column in table.columns] == ["id", "kind", "Label", "size"]
    kind, label, size = table.columns[1:]
    assert (kind.type, kind.is_null, kind.n_distinct) == ("character varying(10)", False, 2)
    assert kind.top_frequency == pytest.approx(0.9)
    assert (label.collation, kind.collation) == ("C", "")
    assert size.null_frac == pytest.approx(0.25)
    assert label.avg_width > 5
    assert (kind.longest, label.longest, size.longest) == (6, 9, None)
    assert "rare" not in repr(table)
    assert "Label 1" not in repr(table)


def test_of_booleans_it_is_known_how_many_are_true():
    table = shelf(
        "ALTER TABLE catalog_shelf ADD few boolean, ADD none boolean DEFAULT false, ADD nulls boolean",
        "UPDATE catalog_shelf SET few = CASE WHEN id % 10 = 0 THEN true WHEN id % 2 = 0 THEN false END",
        "ANALYZE catalog_shelf",
    )
    shares = {column.name: column.true_frequency for column in table.columns}
    assert shares["few"] == pytest.approx(0.1)
    assert (shares["none"], shares["nulls"], shares["kind"]) == (0.0, 0.0, None)


def test_a_table_that_was_never_analysed_says_so():
    connection.ensure_connection()
    execute("CREATE TABLE catalog_new (id integer)", "INSERT INTO catalog_new VALUES (1)")
    (table,) = schema_of(connection, ["catalog_new"]).tables
    assert table.rows == -1
    assert table.pages == 1
    assert table.columns[0].n_distinct is None


def test_the_primary_key_is_an_index():
    (index,) = shelf().indexes
    assert (index.name, index.keys, index.method) == ("catalog_shelf_pkey", ("id",), "btree")
    assert index.is_primary
    assert index.is_unique
    assert index.is_valid
    assert index.size_bytes > 0


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("kind, size DESC", ("kind", "size DESC")),
        ("size DESC NULLS LAST", ("size DESC NULLS LAST",)),
        ("size NULLS FIRST", ("size NULLS FIRST",)),
        ('"Label"', ("Label",)),
        ("upper(kind) DESC", ("upper(kind::text) DESC",)),
    ],
)
def test_keys_have_their_order(keys, expected):
    assert index_of(f"CREATE INDEX i ON catalog_shelf ({keys})").keys == expected


def test_included_columns_are_no_keys():
    index = index_of("CREATE INDEX i ON catalog_shelf (kind) INCLUDE (size)")
    assert (index.keys, index.include) == (("kind",), ("size",))


def test_operator_classes_and_collations_are_read():
    index = index_of('CREATE INDEX i ON catalog_shelf (kind varchar_pattern_ops, kind COLLATE "C", "Label")')
    assert index.opclasses == ("varchar_pattern_ops", "text_ops", "text_ops")
    assert index.collations == ("", "C", "")


def test_methods_and_uniqueness_are_read():
    assert index_of("CREATE INDEX i ON catalog_shelf USING brin (size)").method == "brin"
    execute("DROP TABLE catalog_shelf")
    assert index_of("CREATE UNIQUE INDEX i ON catalog_shelf (id, kind)").is_unique


def test_literals_of_predicates_and_expressions_are_redacted():
    index = index_of(
        "CREATE INDEX i ON catalog_shelf ((kind || 'secret')) WHERE size > 421 AND kind = 'secret'"
    )
    assert "secret" not in repr(index)
    assert "421" not in repr(index)
    assert "size > …" in index.predicate


def test_what_was_taken_out_is_told_apart():
    one = index_of(
        "CREATE INDEX i ON catalog_shelf ((kind || 'secret'), size) WHERE size > 421 AND kind = 'secret'"
    )
    execute("DROP TABLE catalog_shelf")
    other = index_of(
        "CREATE INDEX i ON catalog_shelf ((kind || 'other'), size) WHERE size > 421 AND kind = 'secret'"
    )
    assert one.keys == other.keys
    assert [len(each) for each in one.constants] == [1, 0]
    assert one.constants[0] != other.constants[0]
    assert one.predicate_constants == other.predicate_constants
    assert len(set(one.predicate_constants)) == 2


def test_a_partitioned_table_counts_the_pages_of_its_parts():
    connection.ensure_connection()
    execute(
        "CREATE TABLE catalog_log (id integer) PARTITION BY RANGE (id)",
        "CREATE TABLE catalog_log_1 PARTITION OF catalog_log FOR VALUES FROM (0) TO (5000)",
        "INSERT INTO catalog_log SELECT generate_series(0, 4999)",
    )
    (table,) = schema_of(connection, ["catalog_log"]).tables
    assert table.is_partitioned
    assert table.partition_key == "RANGE (id)"
    assert table.pages > 10


def test_the_order_of_texts_in_the_database_is_told():
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT datcollate FROM pg_database WHERE datname = current_database()")
        [expected] = cursor.fetchone()
    assert schema_of(connection, ["catalog_shelf"]).collation == expected


def test_an_analyze_is_counted_also_where_a_role_may_not_see_what_it_found():
    connection.ensure_connection()
    execute(SHELF, "ALTER TABLE catalog_shelf ENABLE ROW LEVEL SECURITY", "CREATE ROLE catalog_reader")
    execute("GRANT SELECT ON catalog_shelf TO catalog_reader", "SET LOCAL ROLE catalog_reader")
    [table] = schema_of(connection, ["catalog_shelf"]).tables
    execute("RESET ROLE")
    assert {column.null_frac for column in table.columns} == {None}
    assert table.analyzes == 1


def test_rows_that_were_written_since_the_last_analyze_are_counted():
    assert shelf().changed_rows == 0.0  # what a transaction wrote is told when it has ended


def test_tables_of_other_schemas_and_unknown_ones_are_left_out():
    connection.ensure_connection()
    execute("CREATE SCHEMA elsewhere", "CREATE TABLE elsewhere.catalog_far (id integer)")
    assert schema_of(connection, ["catalog_far", "no_such", "'; DROP TABLE x"]).tables == ()
    assert schema_of(connection, []) == Schema()


def test_a_name_with_its_schema_is_found_if_it_is_on_the_path():
    shelf()
    assert schema_of(connection, ['"public"."catalog_shelf"']).tables[0].name == "catalog_shelf"


def test_the_server_is_told():
    schema = schema_of(connection, ["catalog_shelf"])
    assert schema.server_version >= 140000
    assert "plpgsql" in schema.extensions


def test_no_query_of_django_is_run(django_assert_num_queries):
    connection.ensure_connection()
    with django_assert_num_queries(0):
        schema_of(connection, ["django_content_type"])


def test_settings_of_the_transaction_stay_as_they_were():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '7s'")
        schema_of(connection, ["django_content_type"])
        cursor.execute("SELECT current_setting('lock_timeout')")
        assert cursor.fetchone() == ("7s",)


def test_an_aborted_transaction_is_left_alone():
    with transaction.atomic():
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT * FROM no_such_table")
        assert schema_of(connection, ["django_content_type"]) == Schema()
        transaction.set_rollback(True)


def test_a_closed_connection_is_replaced_by_one_of_our_own():
    twin = connections["default"].copy()
    assert twin.connection is None
    assert schema_of(twin, ["django_content_type"]).tables[0].name == "django_content_type"
    assert twin.connection is None


def test_another_database_has_no_schema():
    class Sqlite:
        vendor = "sqlite"

    assert schema_of(Sqlite(), ["x"]) == Schema()


def test_an_index_says_whether_a_constraint_needs_it():
    label = 'ALTER TABLE catalog_shelf ADD UNIQUE ("Label")'
    size = "CREATE UNIQUE INDEX shelf_pair ON catalog_shelf (kind, id)"
    refers = (
        "CREATE TABLE catalog_box (id integer, kind varchar(10), shelf bigint, "
        "FOREIGN KEY (kind, shelf) REFERENCES catalog_shelf (kind, id))"
    )
    free = "CREATE INDEX shelf_free ON catalog_shelf (kind)"
    found = {index.name: index.is_constraint for index in shelf(label, size, refers, free).indexes}
    assert found == {
        "catalog_shelf_Label_key": True,
        "catalog_shelf_pkey": True,
        "shelf_free": False,
        "shelf_pair": True,  # a foreign key refers to it
    }


def test_uses_are_counted_unless_they_mean_nothing():
    shelf()
    counted = schema_of(connection, ["catalog_shelf"])
    assert counted.tables[0].indexes[0].scans is not None
    assert counted.counted_days is not None
    assert 0 <= counted.counted_days < 30
    silent = schema_of(connection, ["catalog_shelf"], has_counts=False)
    assert silent.counted_days is None
    assert silent.tables[0].indexes[0].scans is None


def test_uses_of_a_partitioned_tables_index_are_not_known():
    connection.ensure_connection()
    execute(
        "CREATE TABLE catalog_log (day integer) PARTITION BY RANGE (day)",
        "CREATE TABLE catalog_log_1 PARTITION OF catalog_log FOR VALUES FROM (1) TO (9)",
        "CREATE INDEX catalog_log_day ON catalog_log (day)",
    )
    whole, part = schema_of(connection, ["catalog_log", "catalog_log_1"]).tables
    assert whole.indexes[0].scans is None
    assert part.indexes[0].scans == 0
