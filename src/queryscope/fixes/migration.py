"""Migrations that build an index without blocking writes, forwards and backwards."""

from __future__ import annotations

import ast
import json
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from queryscope.fixes import partitions
from queryscope.fixes.imports import order_of_name
from queryscope.fixes.index_code import create_sql, django_index, drop_sql, index_imports, quote
from queryscope.fixes.wrapping import wrapped
from queryscope.model import IndexAdvice

LINE_LIMIT = 110
POSTGRES_OPERATIONS = "django.contrib.postgres.operations"
# https://docs.djangoproject.com/en/5.2/ref/contrib/postgres/operations/; others are CreateExtension("…").
EXTENSIONS = {
    "bloom": "BloomExtension",
    "btree_gin": "BtreeGinExtension",
    "btree_gist": "BtreeGistExtension",
    "citext": "CITextExtension",
    "hstore": "HStoreExtension",
    "pg_trgm": "TrigramExtension",
    "unaccent": "UnaccentExtension",
}

_TEMPLATE = """{title}

{imports}


{before}class Migration(migrations.Migration):
{remark}    dependencies = [
{dependencies}
    ]

    operations = [
{operations}
    ]
"""
_NOT_ATOMIC = """\
    # CREATE INDEX CONCURRENTLY can't run inside a transaction. If it is interrupted, an INVALID index of this
    # name remains: DROP INDEX CONCURRENTLY {name}; then migrate again.
    atomic = False

"""
_LONGEST_NAME = 60  # of a file, so that a path stays readable

# CONCURRENTLY waits for older transactions; a timeout would leave an INVALID index behind.
_OFF = "SET lock_timeout = 0; SET statement_timeout = 0"
_BACK = "RESET lock_timeout; RESET statement_timeout"

Dependency = tuple[str, str]  # application and name of a migration


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """An index to be dropped: an entry of `Meta.indexes`, or the one that a field makes by itself."""

    name: str
    by: str  # the index that replaces it
    field: str = ""  # name of the field that makes it; "" for an entry of Meta.indexes
    field_code: str = ""  # that field with db_index=False, as a migration writes it
    drop_sql: str = ""
    create_sql: str = ""
    imports: tuple[str, ...] = ()  # that the field needs


def migration(
    advice: IndexAdvice,
    *,
    previous: str,
    after: Sequence[Dependency] = (),
    has_extensions: bool = True,
    is_partitioned: bool = False,
    is_hinted: bool = False,
    stated: IndexAdvice | None = None,
) -> str:
    """A whole migration file that follows `previous`, forwards and backwards.

    Args:
        advice: the index.
        previous: name of the application's last migration.
        after: migrations of other applications that have to run before: they install an extension.
        has_extensions: whether the extensions it needs are among the operations.
        is_partitioned: whether its table is: it is built on each partition then.
        is_hinted: whether statements tell routers the model: another database may not understand them.
        stated: the same index as Django's code names it, by fields where `advice` has columns.
    """
    stated = stated or advice
    hint = advice.model.partition(".")[2].lower() if is_hinted else ""
    app_label = advice.model.partition(".")[0]
    lines: list[str] = []
    if has_extensions:
        for name in advice.extensions:
            lines.append(
                "# Backwards this drops the extension: leave it out if another migration installs it."
            )
            lines.append(f"{_extension(name)},")
    adding = _adding(advice, stated, hint=hint, is_partitioned=is_partitioned)
    lines += _untimed(adding, hint)
    used = [each for each in index_imports(stated) if "django.db import" not in each]
    return _file(
        f"Builds the index {advice.name} on {advice.model} without blocking writes.",
        lines,
        imports=used,
        dependencies=[(app_label, previous), *after],
        remark=_NOT_ATOMIC.format(name=_place(advice)),
        before=partitions.functions(advice) if is_partitioned else "",
    )


def _adding(advice: IndexAdvice, stated: IndexAdvice, *, hint: str, is_partitioned: bool) -> list[str]:
    """The lines of the operation that builds it."""
    model = advice.model.partition(".")[2].lower()
    if is_partitioned:
        return partitions.operation(["migrations.RunPython(build, drop),"], stated, model)
    if advice.schema:  # Django would drop it by its name alone, which isn't found there, and not say so
        building = _run_sql(create_sql(advice), drop_sql(advice), hint)
        return partitions.operation(building, stated, model)
    return [
        "AddIndexConcurrently(",
        f'    model_name="{model}",',
        f"    index={django_index(stated)},",
        "),",
    ]


def sql_migration(advice: IndexAdvice, *, app_label: str, previous: str, hint: str = "") -> str:
    """The same for a table whose model no project's source holds: a through table that Django makes.

    Django's state doesn't know the index; `makemigrations` has nothing to say of it. `hint` is the model that
    routers are told.
    """
    lines = _untimed(_run_sql(create_sql(advice), drop_sql(advice), hint), hint)
    return _file(
        f"Builds the index {advice.name} on the table {advice.relation} without blocking writes.",
        lines,
        dependencies=[(app_label, previous)],
        remark=_NOT_ATOMIC.format(name=_place(advice)),
    )


def removal_migration(
    removal: Removal, *, app_label: str, model: str, previous: str, is_hinted: bool = False
) -> str:
    """A migration that drops an index without blocking writes, where another one has taken its place.

    Args:
        removal: of the index.
        app_label: of the migration.
        model: name of the model, in lower case.
        previous: the last migration, which builds the other index.
        is_hinted: whether statements tell routers the model.
    """
    hint = model if is_hinted else ""
    if removal.field_code:
        lines = [
            "migrations.SeparateDatabaseAndState(",
            "    state_operations=[",
            "        migrations.AlterField(",
            f"            model_name={_text(model)},",
            f"            name={_text(removal.field)},",
            f"            field={removal.field_code},",
            "        ),",
            "    ],",
            "    database_operations=[",
            *(f"        {line}" for line in _run_sql(removal.drop_sql, removal.create_sql, hint)),
            "    ],",
            "),",
        ]
    else:
        lines = [
            "RemoveIndexConcurrently(",
            f"    model_name={_text(model)},",
            f"    name={_text(removal.name)},",
            "),",
        ]
    return _file(
        f"Drops the index {removal.name}, which {removal.by} replaces, without blocking writes.",
        _untimed(lines, hint),
        imports=removal.imports,
        dependencies=[(app_label, previous)],
        remark="    # DROP INDEX CONCURRENTLY can't run inside a transaction.\n    atomic = False\n\n",
    )


def removal_migration_name(removal: Removal, *, number: int) -> str:
    """`0009_drop_shop_order_customer_id_1a2b3c4d`."""
    return f"{number:04d}_drop_{_module_part(removal.name)}"


def extension_migration(names: Sequence[str], *, app_label: str, previous: str) -> str:
    """A migration that installs extensions, and nothing else.

    Backwards it drops them, which PostgreSQL refuses while anything uses them.
    """
    lines = [f"{_extension(name)}," for name in names]
    told = f"the extension {names[0]}" if len(names) == 1 else f"the extensions {', '.join(names)}"
    return _file(f"Installs {told}.", lines, dependencies=[(app_label, previous)])


def migration_name(advice: IndexAdvice, *, number: int) -> str:
    """The file's name without `.py`: `0008_shop_order_status_1a2b3c`."""
    return f"{number:04d}_{_module_part(advice.name)}"


def extension_migration_name(names: Sequence[str], *, number: int) -> str:
    """`0008_extension_pg_trgm`."""
    return f"{number:04d}_extension_{_module_part('_'.join(names))}"


def _file(
    title: str,
    lines: Sequence[str],
    *,
    dependencies: Sequence[Dependency],
    imports: Sequence[str] = (),
    remark: str = "",
    before: str = "",
) -> str:
    text = _TEMPLATE.format(
        title=_docstring(title.replace("\\", "").replace('"', "'")),
        imports="\n".join(_imports("\n".join(lines), imports)),
        remark=remark,
        before=before,
        dependencies="\n".join(f"        ({_text(app)}, {_text(name)})," for app, name in dependencies),
        operations="\n".join(f"        {line}" for line in lines),
    )
    return wrapped("", text, LINE_LIMIT)


def _docstring(title: str) -> str:
    """On one line, or, where that gets too long, on as many as it needs."""
    if len(title) + 6 <= LINE_LIMIT:
        return f'"""{title}"""'
    first, *others = textwrap.wrap(title, LINE_LIMIT - 3, break_long_words=False, break_on_hyphens=False)
    return "\n".join([f'"""{first}', *others, '"""'])


def _imports(code: str, more: Sequence[str]) -> list[str]:
    """All imports of a migration with these operations, sorted as isort and ruff do."""
    tree = ast.parse(f"[{code}\n]")
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names = {"django.db": {"migrations"} | (used & {"models"})}
    names[POSTGRES_OPERATIONS] = {
        name
        for name in used
        if name in EXTENSIONS.values()
        or name in ("AddIndexConcurrently", "RemoveIndexConcurrently", "CreateExtension")
    }
    for line in more:
        for node in ast.parse(line).body:
            if isinstance(node, ast.ImportFrom):
                names.setdefault(node.module or "", set()).update(alias.name for alias in node.names)
    whole = sorted(line for line in more if line.startswith("import "))
    is_apart = any(not line.startswith("import django") for line in whole)  # the standard library's
    return [*whole, *([""] if is_apart else []), *_from_lines(names)]


def _from_lines(names: dict[str, set[str]]) -> list[str]:
    return [
        f"from {module} import {', '.join(sorted(each, key=order_of_name))}"
        for module, each in sorted(names.items())
        if each
    ]


def _extension(name: str) -> str:
    known = EXTENSIONS.get(name)
    return f"{known}()" if known else f"CreateExtension({_text(name)})"


def _untimed(lines: Sequence[str], hint: str) -> list[str]:
    """Operations with the timeouts off around them, in both directions."""
    return [*_run_sql(_OFF, _BACK, hint), *lines, *_run_sql(_BACK, _OFF, hint)]


def _run_sql(forwards: str, backwards: str, hint: str = "") -> list[str]:
    """The lines of one operation; `hint` is the model that routers are told, empty for none."""
    told = [f'    hints={{"model_name": {_text(hint)}}},'] if hint else []
    return ["migrations.RunSQL(", f"    {_text(forwards)},", f"    {_text(backwards)},", *told, "),"]


def _text(value: str) -> str:
    """A string in Python's source, as Black quotes it."""
    if '"' in value and not set("'\\\n") & set(value):
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _place(advice: IndexAdvice) -> str:
    return ".".join(_plain_or_quoted(name) for name in (advice.schema, advice.name) if name)


def _plain_or_quoted(name: str) -> str:
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else quote(name)


def _module_part(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()[:_LONGEST_NAME]
