"""A regression test that asserts the shape of a plan: code to paste, for pytest or for unittest."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from queryscope.fixes.imports import order_of_name
from queryscope.fixes.wrapping import wrapped
from queryscope.model import Field, IndexAdvice, IndexKey, Model, Models

Style = Literal["pytest", "unittest"]

LINE_LIMIT = 100
_MOST_ROWS = 100  # of a LIMIT; longer ones tell nothing more
_LOOKUPS = {
    "=": "",
    "<": "__lt",
    "<=": "__lte",
    ">": "__gt",
    ">=": "__gte",
    "@>": "__contains",
    "<@": "__contained_by",
    "&&": "__overlap",
}
_TEXT_LOOKUPS = ("contains", "startswith", "endswith", "icontains", "istartswith", "iendswith", "iexact")
_OF_FUNCTION = re.compile(r'^(?:Upper|Lower)\("(\w+)"\)$')
_ONE_Q = re.compile(r"^Q\((.*)\)$", re.DOTALL)
_KEY = re.compile(r'^KeyTransform\("([^"\\]+)", "(\w+)"\)$')
# A value of each type, as code. What it is doesn't matter: the plan of a test asks no statistics.
_VALUES = {
    "BooleanField": "True",
    "DateField": "date(2024, 1, 1)",
    "DateTimeField": "datetime(2024, 1, 1, tzinfo=UTC)",
    "DurationField": "timedelta(days=1)",
    "FloatField": "1.0",
    "GenericIPAddressField": '"192.0.2.1"',
    "TimeField": "time(12)",
    "UUIDField": "UUID(int=1)",
    "JSONField": '{"key": "value"}',
}
_IMPORTS = {
    "date": "datetime",
    "datetime": "datetime",
    "UTC": "datetime",
    "timedelta": "datetime",
    "time": "datetime",
    "UUID": "uuid",
    "KeyTransform": "django.db.models.fields.json",
    "Q": "django.db.models",
    "F": "django.db.models",
    "connection": "django.db",
    "TestCase": "django.test",
}

_PYTEST = """\
{imports}


@pytest.mark.django_db
def test_{subject}_uses_{name}():
    with connection.cursor() as cursor:
        # A test has few rows, all of which PostgreSQL would rather read.
{settings}
    plan = {queryset}.explain()
    assert {quoted} in plan, plan
"""
_UNITTEST = """\
{imports}


class {model}PlanTests(TestCase):
    def test_{subject}_uses_{name}(self):
        with connection.cursor() as cursor:
            # A test has few rows, all of which PostgreSQL would rather read.
{settings}
        plan = {queryset}.explain()
        self.assertIn({quoted}, plan)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a statement asks of one table."""

    conditions: tuple[tuple[str, str, str], ...] = ()  # column or "", operator, literal that stood in the SQL
    order: tuple[str, ...] = ()  # columns of ORDER BY, those of other tables left out
    lookups: tuple[str, ...] = ()  # of the queryset: "name__icontains"
    limit: int | None = None


def plan_test(
    advice: IndexAdvice, model: Model, models: Models, asked: Asked, *, style: Style = "pytest"
) -> str:
    """A test that fails when a query of this shape can't use the index any more.

    It asks for the part of the query that the index serves, with values of its own. `enable_seqscan = off`
    makes of the plan a structural answer: on tables of 20 rows PostgreSQL ignored 71 of 71 useful indexes
    without it, and with it none of 96.

    Args:
        advice: the index.
        model: of its table.
        models: for the types of foreign keys.
        asked: what one of the statements that it serves asks for.
        style: of the test.

    Returns:
        Code with its imports; empty where the shape can't be said by lookups of one model.
    """
    queryset = _queryset(advice, model, models, asked)
    if not queryset:
        return ""
    settings = ["enable_seqscan"]
    if ".order_by(" in queryset:
        settings.append("enable_sort")
    width = 8 if style == "pytest" else 12
    text = (_PYTEST if style == "pytest" else _UNITTEST).format(
        imports="\n".join(_imports(queryset, model, style)),
        subject=_identifier(model.name),
        name=_identifier(advice.name),
        model=model.name,
        settings="\n".join(f'{" " * width}cursor.execute("SET LOCAL {each} = off")' for each in settings),
        queryset=queryset,
        quoted=json.dumps(advice.name),
    )
    return wrapped("", text, LINE_LIMIT)


def _queryset(advice: IndexAdvice, model: Model, models: Models, asked: Asked) -> str:
    """`Order.objects.filter(status="x").order_by("-created")[:20]`."""
    said = {field.column for field in model.fields if f"{field.name}=" in advice.predicate_django}
    said |= {field.column for field in model.fields if f"{field.name}__" in advice.predicate_django}
    condition = _plain(advice.predicate_django)
    filters = [condition] if condition else []
    order: list[str] = []
    for key in advice.keys:
        found = _conditions(key, model, models, asked) if key.column not in said else ()
        filters += found
        if not found and key.column and key.column in asked.order and key.column not in said:
            order.append(_ordered(key))
        elif not found and not order and key.column not in said:
            break
    if not filters and not order:
        return ""
    code = f"{model.name}.{model.default_manager}"
    positional = [each for each in filters if each.startswith(("Q(", "~", "("))]
    named = [each for each in filters if each not in positional]
    if filters:
        code += f".filter({', '.join([*positional, *named])})"
    if order:
        return f"{code}.order_by({', '.join(order)})[:{min(asked.limit or 20, _MOST_ROWS)}]"
    return code


def _plain(condition: str) -> str:
    """`status="open"` of `Q(status="open")`; what is more than that stays a Q."""
    match = _ONE_Q.match(condition)
    try:
        call = ast.parse(condition, mode="eval").body if match else None
    except SyntaxError:
        return condition
    is_plain = isinstance(call, ast.Call) and not call.args and all(each.arg for each in call.keywords)
    return match[1] if match and is_plain else condition


def _ordered(key: IndexKey) -> str:
    if key.nulls:
        way = "desc" if key.is_descending else "asc"
        return f'F("{key.django}").{way}(nulls_{key.nulls}=True)'
    return f'"{"-" if key.is_descending else ""}{key.django}"'


def _conditions(key: IndexKey, model: Model, models: Models, asked: Asked) -> tuple[str, ...]:
    """The lookups of one key."""
    if key.column:
        field = model.field(key.column)
        return tuple(_of_column(key, field, models, asked)) if field is not None else ()
    of_text = _OF_FUNCTION.match(key.django)
    if of_text is not None:
        wanted = [f"{of_text[1]}__{name}" for name in _TEXT_LOOKUPS]
        found = next((each for each in asked.lookups if each in wanted), "")
        is_upper = key.django.startswith("Upper")
        return (f'{found}="xyz"',) if found and is_upper and found.partition("__")[2][0] == "i" else ()
    of_json = _KEY.match(key.django)
    return (f'{of_json[2]}__{of_json[1]}="value"',) if of_json is not None else ()


def _of_column(key: IndexKey, field: Field, models: Models, asked: Asked) -> Iterator[str]:
    value = _value(field, models)
    for column, operator, literal in asked.conditions:
        if column != key.column:
            continue
        if operator in ("is null", "is not null"):
            yield f"{field.name}__isnull={operator == 'is null'}"
        elif literal.lower() in ("true", "false"):
            yield f"{field.name}={literal.capitalize()}"
        elif operator in ("like", "ilike", "~", "~*"):
            found = next((each for each in asked.lookups if each in _names(field, _TEXT_LOOKUPS)), "")
            yield from [f'{found}="xyz"'] if found else []
        elif value and operator == "in":
            yield f"{field.name}__in=[{value}, {_other(value)}]"
        elif value and operator in _LOOKUPS:
            yield f"{field.name}{_LOOKUPS[operator]}={value}"


def _names(field: Field, lookups: Sequence[str]) -> list[str]:
    return [f"{field.name}__{name}" for name in lookups]


def _value(field: Field, models: Models) -> str:
    """Code of some value; empty where the type isn't known."""
    if field.target is not None:
        target = models.get(field.target)
        key = target.field(target.primary_key) if target is not None else None
        return _value(key, models) if key is not None and key is not field else "1"
    if field.type in _VALUES:
        return _VALUES[field.type]
    kind = field.db_type.lower()
    if kind.endswith("[]"):
        inner = '"x"' if kind.startswith(("varchar", "text", "citext")) else "1"
        return f"[{inner}]"
    if kind.startswith(("varchar", "text", "char", "citext")):
        return '"x"'
    if kind.startswith(("integer", "bigint", "smallint", "serial", "bigserial", "numeric", "int")):
        return "1"
    return ""


def _other(value: str) -> str:
    """A second one, since of one value Django makes an equality."""
    changed = {'"x"': '"y"', "True": "False", "12": "13"}
    if value in changed:
        return changed[value]
    return re.sub(r"\b1\b", "2", value, count=1)


def _imports(queryset: str, model: Model, style: Style) -> list[str]:
    names = {"connection", *(name for name in _IMPORTS if re.search(rf"(?<![\w\".]){name}\(", queryset))}
    if "tzinfo=UTC" in queryset:
        names.add("UTC")
    if style == "unittest":
        names.add("TestCase")
    modules: dict[str, set[str]] = {}
    for name in names:
        modules.setdefault(_IMPORTS[name], set()).add(name)
    standard = {name: each for name, each in modules.items() if not name.startswith("django")}
    others = {name: each for name, each in modules.items() if name.startswith("django")}
    blocks = [_lines(standard), (["import pytest"] if style == "pytest" else []) + _lines(others)]
    own = [f"from {model.module} import {model.name}"]
    return "\n\n".join("\n".join(block) for block in (*blocks, own) if block).split("\n")


def _lines(modules: dict[str, set[str]]) -> list[str]:
    return [
        f"from {module} import {', '.join(sorted(names, key=order_of_name))}"
        for module, names in sorted(modules.items())
    ]


def _identifier(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_").lower()
