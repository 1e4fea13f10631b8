"""Edits of keys of JSON, run on a real server: the same documents, missing keys and NULLs among them."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import isolate_apps

from queryscope.fixes.json_contains import json_contains_fix
from queryscope.fixes.source import Replacement, Source
from queryscope.model import Evidence, Field, Fix, Frame, Model, QuerySetSite
from queryscope.sql.json_contains import by_containment

pytestmark = pytest.mark.django_db

NOTE = Model(
    label="shop.Note",
    table="shop_note",
    fields=(
        Field(name="id", column="id", type="BigAutoField", is_primary=True),
        Field(name="data", column="data", type="JSONField", is_null=True),
    ),
)
HEAD = "from django.db.models import Q\n\n\ndef f(number: int, Note):\n"
EDITED = [
    "return Note.objects.filter(data__k=1)",
    "return Note.objects.filter(data__k=number, data__l='v')",
    "return Note.objects.filter(data__k__l='v')",
    "return Note.objects.filter(Q(data__k='v') | Q(name='a'))",
    "return Note.objects.filter(Q(data__k='v', name='b') | ~Q(name='a') & Q(data__l=True))",
    "return Note.objects.filter(Q(Q(data__l=1) | Q(data__k=f'{number}')), name='a')",
    "return Note.objects.filter(data__k=1).exclude(name='a')",
    "return Note.objects.filter(data__k=1).exclude(data__l='v')",
]
KEPT = [
    "return Note.objects.exclude(data__k=1)",
    "return Note.objects.filter(~Q(data__k=1))",
    "return Note.objects.exclude(Q(data__k=1) | Q(name='a'))",
    "return Note.objects.filter(data__0=1)",
    "return Note.objects.filter(data__k=None)",
    "return Note.objects.filter(data__k=[1])",
    "return Note.objects.filter(data__k__icontains='v')",
]


@pytest.fixture(scope="module")
def note() -> Iterator[Any]:
    with isolate_apps("catalog"):

        class Note(models.Model):
            name = models.CharField(max_length=1)
            data = models.JSONField(null=True)

            class Meta:
                app_label = "catalog"
                db_table = "json_note"

        yield Note


@pytest.fixture
def filled(note: Any) -> Any:
    chance = random.Random(1)
    with connection.schema_editor() as editor:
        editor.create_model(note)
    note.objects.bulk_create(
        note(name=chance.choice("ab"), data=document(chance, depth=3)) for _ in range(1500)
    )
    return note


def document(chance: random.Random, *, depth: int) -> Any:
    """Objects with some of the keys, lists of such, and what else JSON knows."""
    kind = chance.random()
    if depth and kind < 0.6:
        keys = chance.sample(["k", "l", "0"], chance.randrange(4))
        return {key: document(chance, depth=depth - 1) for key in keys}
    if depth and kind < 0.75:
        return [document(chance, depth=depth - 1) for _ in range(chance.randrange(3))]
    return chance.choice(["v", "1", "", 1, 1.0, 0, True, False, None])


def fixed(line: str) -> tuple[Source, Fix]:
    source = Source("shop/views.py", f"{HEAD}    {line}\n")
    [root] = [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "Note.objects"
    ]
    call = source.parents[source.parents[root]]
    assert isinstance(call, ast.Call)
    frame = Frame(
        path="shop/views.py", line=call.lineno, end_line=call.end_lineno, column=call.col_offset,
        end_column=call.end_col_offset, function="f",
    )  # fmt: skip
    site = QuerySetSite(model="shop.Note", frame=frame)
    return source, json_contains_fix(site, NOTE, source, columns=("data",), evidence=Evidence())


def called(text: str, note: Any) -> Any:
    names: dict[str, Any] = {}
    exec(compile(text, "shop/views.py", "exec"), names)
    return names["f"](1, note)


def keys(rows: Any) -> list[int]:
    return sorted(rows.values_list("pk", flat=True))


@pytest.mark.parametrize("line", EDITED)
def test_the_edited_code_finds_the_same_documents(filled: Any, line: str) -> None:
    source, fix = fixed(line)
    assert fix.diff, fix.caveat
    text = source.apply([Replacement(edit.start, edit.end, edit.text) for edit in fix.edits])
    before, after = called(source.text, filled), called(text, filled)
    assert keys(before)
    assert keys(after) == keys(before)
    statement = by_containment(*before.query.sql_with_params())
    assert statement is not None
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.params)
        assert sorted(row[0] for row in cursor.fetchall()) == keys(before)
    assert by_containment(*after.query.sql_with_params()) is None
    assert not fixed(text.removeprefix(HEAD).strip())[1].edits


@pytest.mark.parametrize("line", KEPT)
def test_what_might_find_others_is_neither_timed_nor_edited(filled: Any, line: str) -> None:
    source, fix = fixed(line)
    assert not fix.edits
    assert by_containment(*called(source.text, filled).query.sql_with_params()) is None


def test_what_is_left_out_by_a_key_would_differ(filled: Any) -> None:
    """Why exclude() stays: it leaves out documents without the key, too."""
    by_key = filled.objects.exclude(data__k=1).count()
    assert by_key < filled.objects.exclude(data__contains={"k": 1}).count()
