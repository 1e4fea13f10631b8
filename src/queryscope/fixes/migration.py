"""A migration that builds an index without blocking writes."""

from __future__ import annotations

from queryscope.fixes.index_code import django_index, index_imports
from queryscope.model import IndexAdvice

_EXTENSIONS = {
    "pg_trgm": "TrigramExtension",
    "btree_gin": "BtreeGinExtension",
    "btree_gist": "BtreeGistExtension",
}

_TEMPLATE = '''"""{title}"""

{imports}


class Migration(migrations.Migration):
    # CREATE INDEX CONCURRENTLY can't run inside a transaction. If it is interrupted, an INVALID index of this
    # name remains: DROP INDEX CONCURRENTLY {name}; then migrate again.
    atomic = False

    dependencies = [
        ("{app_label}", "{previous}"),
    ]

    operations = [
{operations}
    ]
'''

# CONCURRENTLY waits for older transactions; a timeout would leave an INVALID index behind.
_OFF = "SET lock_timeout = 0; SET statement_timeout = 0"
_BACK = "RESET lock_timeout; RESET statement_timeout"


def migration(advice: IndexAdvice, *, previous: str) -> str:
    """A whole migration file that follows `previous`, forwards and backwards."""
    app_label, _, model = advice.model.partition(".")
    return _TEMPLATE.format(
        title=_title(advice),
        imports="\n".join(_imports(advice)),
        name=advice.name,
        app_label=app_label,
        previous=previous,
        operations="\n".join(f"        {line}" for line in _operations(advice, model.lower())),
    )


def migration_name(advice: IndexAdvice, *, number: int) -> str:
    """The file's name without `.py`: `0008_shop_order_status_1a2b3c`."""
    return f"{number:04d}_{advice.name}"


def _title(advice: IndexAdvice) -> str:
    return f"Builds the index {advice.name} on {advice.model} without blocking writes."


def _imports(advice: IndexAdvice) -> list[str]:
    operations = sorted(["AddIndexConcurrently", *(_EXTENSIONS[name] for name in advice.extensions)])
    lines = [
        line.replace("from django.db import models", "from django.db import migrations, models")
        for line in index_imports(advice)
    ]
    if "models." not in django_index(advice):
        lines = [line.replace("migrations, models", "migrations") for line in lines]
    return sorted([*lines, f"from django.contrib.postgres.operations import {', '.join(operations)}"])


def _operations(advice: IndexAdvice, model: str) -> list[str]:
    lines = []
    for name in advice.extensions:
        lines.append("# Backwards this drops the extension: leave it out if another migration installs it.")
        lines.append(f"{_EXTENSIONS[name]}(),")
    return [
        *lines,
        *_run_sql(_OFF, _BACK),
        "AddIndexConcurrently(",
        f'    model_name="{model}",',
        f"    index={django_index(advice)},",
        "),",
        *_run_sql(_BACK, _OFF),
    ]


def _run_sql(forwards: str, backwards: str) -> list[str]:
    return ["migrations.RunSQL(", f'    "{forwards}",', f'    "{backwards}",', "),"]
