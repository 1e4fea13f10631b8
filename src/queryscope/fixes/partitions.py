"""What a migration needs to index a partitioned table: partition by partition, without blocking writes."""

from __future__ import annotations

from collections.abc import Sequence

from queryscope.fixes.index_code import create_sql, django_index, quote
from queryscope.model import IndexAdvice

# PostgreSQL builds no index CONCURRENTLY on all of a partitioned table:
# https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE
# Which partitions there are differs from database to database, so the migration asks.
FUNCTIONS = '''\
PARTITIONS = """
    SELECT relid::regclass::text, parentrelid::regclass::text, isleaf
    FROM pg_partition_tree({table}::regclass)
    ORDER BY level, relid::regclass::text
"""


def build(apps, schema_editor):
    """Builds it CONCURRENTLY on each partition, and attaches these to the index of the whole table."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        tree = cursor.fetchall()
        names = {{relation: f"{name}_{{at}}" if at else "{name}" for at, (relation, _, _) in enumerate(tree)}}
        for relation, _, is_leaf in tree:
            way = "CREATE INDEX CONCURRENTLY" if is_leaf else "CREATE INDEX"
            target = relation if is_leaf else f"ONLY {{relation}}"
            cursor.execute(f'{{way}} IF NOT EXISTS "{{names[relation]}}" ON {{target}} {what}')
        for relation, parent, _ in reversed(tree):
            if parent in names:
                cursor.execute(f'ALTER INDEX "{{names[parent]}}" ATTACH PARTITION "{{names[relation]}}"')


def drop(apps, schema_editor):
    """Drops it with those of all partitions: of such an index PostgreSQL knows no CONCURRENTLY."""
    schema_editor.execute('DROP INDEX IF EXISTS "{name}"')


'''


def functions(advice: IndexAdvice) -> str:
    """What stands before the class of the migration."""
    start = f"{create_sql(advice).partition(' USING ')[0]} "
    what = create_sql(advice).removeprefix(start)
    # Within an f-string between single quotes.
    escaped = what.replace("\\", "\\\\").replace("'", "\\'").replace("{", "{{").replace("}", "}}")
    table = "'" + quote(advice.relation).replace("'", "''") + "'"
    return FUNCTIONS.format(table=table, name=advice.name, what=escaped)


def operation(building: Sequence[str], advice: IndexAdvice, model: str) -> list[str]:
    """The lines of an operation that Django's state takes for its own; `model` is its name in lower case."""
    return [
        "migrations.SeparateDatabaseAndState(",
        "    state_operations=[",
        "        migrations.AddIndex(",
        f'            model_name="{model}",',
        f"            index={django_index(advice)},",
        "        ),",
        "    ],",
        "    database_operations=[",
        *(f"        {line}" for line in building),
        "    ],",
        "),",
    ]
