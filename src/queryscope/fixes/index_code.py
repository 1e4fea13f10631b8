"""An index as Django's code and as SQL."""

from __future__ import annotations

import re

from queryscope.model import IndexAdvice, IndexKey

_CLASSES = {
    "btree": "models.Index",
    "gin": "GinIndex",
    "gist": "GistIndex",
    "brin": "BrinIndex",
    "hash": "HashIndex",
}


def django_index(advice: IndexAdvice) -> str:
    """The entry of `Meta.indexes`: `models.Index(fields=["status", "-created"], name="…")`."""
    is_simple = not any(key.expression or key.opclass or key.nulls for key in advice.keys)
    if is_simple:
        names = ", ".join(f'"{"-" if key.is_descending else ""}{key.django}"' for key in advice.keys)
        arguments = [f"fields=[{names}]"]
    else:
        arguments = [_expression(key) for key in advice.keys]
    arguments.append(f'name="{advice.name}"')
    if advice.include:
        arguments.append(f"include=[{', '.join(f'{name!r}' for name in advice.include)}]".replace("'", '"'))
    if advice.predicate_django:
        # Only the parser of the source may have named models' Q plainly; in a model file it is models.Q.
        arguments.append(f"condition={_qualified(advice.predicate_django)}")
    return f"{_CLASSES[advice.method]}({', '.join(arguments)})"


def index_imports(advice: IndexAdvice) -> tuple[str, ...]:
    """The import lines that `django_index` needs, sorted."""
    code = django_index(advice)
    postgres = [
        name for name in ("BrinIndex", "GinIndex", "GistIndex", "HashIndex", "OpClass") if f"{name}(" in code
    ]
    functions = [name for name in ("Lower", "Upper") if f"{name}(" in code]
    lines = ["from django.db import models"]
    if postgres:
        lines.append(f"from django.contrib.postgres.indexes import {', '.join(postgres)}")
    if functions:
        lines.append(f"from django.db.models.functions import {', '.join(functions)}")
    return tuple(sorted(lines))


def create_sql(advice: IndexAdvice, *, concurrently: bool = True) -> str:
    """The statement that builds it; CONCURRENTLY can't run inside a transaction."""
    way = "CREATE INDEX CONCURRENTLY" if concurrently else "CREATE INDEX"
    keys = ", ".join(_key_sql(key) for key in advice.keys)
    text = f"{way} {quote(advice.name)} ON {quote(advice.relation)} USING {advice.method} ({keys})"
    if advice.include:
        text += f" INCLUDE ({', '.join(quote(name) for name in advice.include)})"
    if advice.predicate:
        text += f" WHERE {advice.predicate}"
    return text


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
    base = key.django if key.expression else f'models.F("{key.django}")'
    nulls = f"nulls_{key.nulls}=True" if key.nulls else ""
    if key.is_descending:
        return f"{base}.desc({nulls})"
    return f"{base}.asc({nulls})" if nulls else base


def _qualified(condition: str) -> str:
    """With `models.Q` for each Q that stands outside of a string."""
    return re.sub(r'"(?:[^"\\]|\\.)*"|(?<![\w.])Q(?=\()', _with_module, condition)


def _with_module(match: re.Match[str]) -> str:
    return f"models.{match[0]}" if match[0] == "Q" else match[0]
