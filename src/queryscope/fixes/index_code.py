"""An index as Django's code and as SQL."""

from __future__ import annotations

import re

from queryscope.model import IndexAdvice, IndexKey

_CLASSES = {
    "btree": "models.Index",
    "gin": "GinIndex",
    "gist": "GistIndex",
    "brin": "BrinIndex",
    "spgist": "SpGistIndex",
    "hash": "HashIndex",
    "hnsw": "HnswIndex",
}
_SEARCH = "django.contrib.postgres.search"
_MODULES = {
    **dict.fromkeys(
        ("BrinIndex", "GinIndex", "GistIndex", "HashIndex", "SpGistIndex", "OpClass"),
        "django.contrib.postgres.indexes",
    ),
    "HnswIndex": "pgvector.django",
    "KeyTransform": "django.db.models.fields.json",
    "KeyTextTransform": "django.db.models.fields.json",
    "SearchVector": _SEARCH,
    **dict.fromkeys(
        ("Exact", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"),
        "django.db.models.lookups",
    ),
}
_FUNCTIONS = "django.db.models.functions"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def django_index(advice: IndexAdvice) -> str:
    """The entry of `Meta.indexes`: `models.Index(fields=["status", "-created"], name="…")`."""
    is_simple = not any(key.expression or key.opclass or key.nulls for key in advice.keys)
    is_classed = all(key.column and key.opclass and not key.nulls for key in advice.keys)
    if is_simple or is_classed:
        names = ", ".join(f'"{"-" if key.is_descending else ""}{key.django}"' for key in advice.keys)
        arguments = [f"fields=[{names}]"]
    else:
        arguments = [_expression(key) for key in advice.keys]
    arguments.append(f'name="{advice.name}"')
    if is_classed:  # OpClass() would ask for django.contrib.postgres in INSTALLED_APPS
        arguments.append("opclasses=[" + ", ".join(f'"{key.opclass}"' for key in advice.keys) + "]")
    if advice.include:
        arguments.append(f"include=[{', '.join(f'{name!r}' for name in advice.include)}]".replace("'", '"'))
    if advice.predicate_django:
        # Only the parser of the source may have named models' Q plainly; in a model file it is models.Q.
        arguments.append(f"condition={_qualified(advice.predicate_django)}")
    arguments += [f"{name}={_option(value)}" for name, value in advice.storage]
    return f"{_CLASSES[advice.method]}({', '.join(arguments)})"


def _option(value: str) -> str:
    """A storage parameter in Python: numbers as they are, on and off as booleans."""
    return {"on": "True", "off": "False"}.get(value, value)


def index_imports(advice: IndexAdvice) -> tuple[str, ...]:
    """The import lines that `django_index` needs, sorted."""
    code = _STRING.sub('""', django_index(advice))
    modules: dict[str, set[str]] = {}
    for name in re.findall(r"(?<![\w.])([A-Z]\w*)\(", code):
        modules.setdefault(_MODULES.get(name, _FUNCTIONS), set()).add(name)
    lines = [f"from {module} import {', '.join(sorted(names))}" for module, names in modules.items()]
    lines += [f"import {module}" for module in ("datetime", "zoneinfo") if f"{module}." in code]
    return tuple(sorted([*lines, "from django.db import models"]))


def create_sql(advice: IndexAdvice, *, concurrently: bool = True) -> str:
    """The statement that builds it; CONCURRENTLY can't run inside a transaction."""
    way = "CREATE INDEX CONCURRENTLY" if concurrently else "CREATE INDEX"
    keys = ", ".join(_key_sql(key) for key in advice.keys)
    text = f"{way} {quote(advice.name)} ON {quote(table_name(advice))} USING {advice.method} ({keys})"
    if advice.include:
        text += f" INCLUDE ({', '.join(quote(name) for name in advice.include)})"
    if advice.storage:
        text += f" WITH ({', '.join(f'{name} = {value}' for name, value in advice.storage)})"
    if advice.predicate:
        text += f" WHERE {advice.predicate}"
    return text


def drop_sql(advice: IndexAdvice) -> str:
    """The statement that drops it; an index is in the schema of its table."""
    schema = f"{quote(advice.schema)}." if advice.schema else ""
    return f"DROP INDEX CONCURRENTLY IF EXISTS {schema}{quote(advice.name)}"


def table_name(advice: IndexAdvice) -> str:
    """Its table, as a model's `db_table` names it: with the schema, quoted, where one is needed."""
    if not advice.schema:
        return advice.relation
    return f"{quote(advice.schema)}.{quote(advice.relation)}"


def quote(name: str) -> str:
    """A quoted identifier. Django takes a name that is quoted already as it stands."""
    if len(name) > 1 and name.startswith('"') and name.endswith('"'):
        return name
    return '"' + name.replace('"', '""') + '"'


def _key_sql(key: IndexKey) -> str:
    parts = [quote(key.column) if key.column else f"({key.expression})"]
    if key.opclass:
        parts.append(key.opclass)
    if key.is_descending:
        parts.append("DESC")
    if key.nulls:
        parts.append(f"NULLS {key.nulls.upper()}")
    return " ".join(parts)


def _expression(key: IndexKey) -> str:
    if key.opclass:
        inner = key.django if key.expression else f'"{key.django}"'
        return f'OpClass({inner}, name="{key.opclass}")'
    base = _grouped(key.django) if key.expression else f'models.F("{key.django}")'
    nulls = f"nulls_{key.nulls}=True" if key.nulls else ""
    if key.is_descending:
        return f"{base}.desc({nulls})"
    return f"{base}.asc({nulls})" if nulls else key.django if key.expression else base


def _grouped(code: str) -> str:
    """In parentheses if an operator stands outside of all of them: `.desc()` would take its last operand."""
    depth = 0
    for character in _STRING.sub('""', code):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and character == " ":
            return f"({code})"
    return code


def _qualified(condition: str) -> str:
    """With `models.Q` for each Q, `models.F` for each F, that stands outside of a string."""
    return re.sub(r'"(?:[^"\\]|\\.)*"|(?<![\w.])[QF](?=\()', _with_module, condition)


def _with_module(match: re.Match[str]) -> str:
    return f"models.{match[0]}" if match[0] in ("Q", "F") else match[0]
