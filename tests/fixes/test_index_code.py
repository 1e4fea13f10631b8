"""Tests of fixes/index_code.py."""

from __future__ import annotations

import pytest
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from queryscope.fixes.index_code import create_sql, django_index, index_imports, quote
from queryscope.model import IndexAdvice, IndexKey

STATUS = IndexKey(column="status", django="status")
NEWEST = IndexKey(column="created", django="created", is_descending=True)
NULLS_LAST = IndexKey(column="sent", django="sent", is_descending=True, nulls="last")
NULLS_FIRST = IndexKey(column="sent", django="sent", nulls="first")
TRIGRAMS = IndexKey(expression='UPPER("name")', django='Upper("name")', opclass="gin_trgm_ops")
PLAIN_TRIGRAMS = IndexKey(column="name", django="name", opclass="gin_trgm_ops")


def make_advice(*keys, **more) -> IndexAdvice:
    values = {"relation": "shop_order", "model": "shop.Order", "method": "btree", "name": "by_x"}
    return IndexAdvice(keys=keys, **(values | more))


CASES = [
    (
        make_advice(STATUS, NEWEST),
        'models.Index(fields=["status", "-created"], name="by_x")',
        'CREATE INDEX "by_x" ON "shop_order" USING btree ("status", "created" DESC)',
    ),
    (
        make_advice(STATUS, NULLS_LAST),
        'models.Index(models.F("status"), models.F("sent").desc(nulls_last=True), name="by_x")',
        'CREATE INDEX "by_x" ON "shop_order" USING btree ("status", "sent" DESC NULLS LAST)',
    ),
    (
        make_advice(NULLS_FIRST),
        'models.Index(models.F("sent").asc(nulls_first=True), name="by_x")',
        'CREATE INDEX "by_x" ON "shop_order" USING btree ("sent" NULLS FIRST)',
    ),
    (
        make_advice(STATUS, include=("total", "code")),
        'models.Index(fields=["status"], name="by_x", include=["total", "code"])',
        'CREATE INDEX "by_x" ON "shop_order" USING btree ("status") INCLUDE ("total", "code")',
    ),
    (
        make_advice(NEWEST, predicate="\"status\" = 'open'", predicate_django='Q(status="open")'),
        'models.Index(fields=["-created"], name="by_x", condition=models.Q(status="open"))',
        'CREATE INDEX "by_x" ON "shop_order" USING btree ("created" DESC) WHERE "status" = \'open\'',
    ),
    (
        make_advice(TRIGRAMS, method="gin"),
        'GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="by_x")',
        'CREATE INDEX "by_x" ON "shop_order" USING gin ((UPPER("name")) gin_trgm_ops)',
    ),
    (
        make_advice(PLAIN_TRIGRAMS, method="gin"),
        'GinIndex(fields=["name"], name="by_x", opclasses=["gin_trgm_ops"])',
        'CREATE INDEX "by_x" ON "shop_order" USING gin ("name" gin_trgm_ops)',
    ),
    (
        make_advice(STATUS, predicate='"a" > "b"', predicate_django='Q(a__gt=F("b"))'),
        'models.Index(fields=["status"], name="by_x", condition=models.Q(a__gt=models.F("b")))',
        'CREATE INDEX "by_x" ON "shop_order" USING btree ("status") WHERE "a" > "b"',
    ),
]


@pytest.mark.parametrize(("advice", "code", "sql"), CASES)
def test_an_index_is_written_in_django_and_in_sql(advice, code, sql):
    assert django_index(advice) == code
    assert create_sql(advice, concurrently=False) == sql


@pytest.mark.parametrize(("advice", "code", "sql"), CASES)
def test_the_code_is_valid_with_its_imports(advice, code, sql):
    names = {}
    exec("\n".join(index_imports(advice)), names)
    index = eval(code, names)
    assert isinstance(index, models.Index)
    assert index.name == advice.name


def test_the_code_is_what_django_itself_would_build():
    names = {"models": models, "GinIndex": GinIndex, "OpClass": OpClass, "Upper": Upper}
    written = eval(CASES[5][1], names)
    meant = GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="by_x")
    assert written.deconstruct() == meant.deconstruct()


def test_imports_are_only_those_that_are_needed():
    assert index_imports(make_advice(STATUS)) == ("from django.db import models",)
    assert index_imports(make_advice(TRIGRAMS, method="gin")) == (
        "from django.contrib.postgres.indexes import GinIndex, OpClass",
        "from django.db import models",
        "from django.db.models.functions import Upper",
    )


def test_a_pasted_statement_blocks_no_writer():
    assert create_sql(make_advice(STATUS)).startswith('CREATE INDEX CONCURRENTLY "by_x" ON ')


@pytest.mark.parametrize(
    ("name", "quoted"), [("a", '"a"'), ('a"b', '"a""b"'), ('"sales"."order"', '"sales"."order"'), ("", '""')]
)
def test_identifiers_are_quoted(name, quoted):
    assert quote(name) == quoted
