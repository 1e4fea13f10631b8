"""function-on-column."""

from __future__ import annotations

import pytest

from queryscope.model import Column, Field, LikePattern, Model, Models, PlanNode, Schema, Table
from queryscope.rules.plan import PLAN_RULES, FunctionOnColumn, judge
from tests.plans.corpus import case
from tests.plans.nodes import analyzed, insights_of, plan_of
from tests.plans.shop import index, table

UPPER = "(upper((book.title)::text) = …::text)"
MODELS = Models(
    models=(
        Model(
            label="shop.Book",
            table="book",
            fields=(Field(name="heading", column="title", type="CharField"),),
        ),
    )
)


def scan(text: str = UPPER, *, removed: float = 99_900, ms: float = 50, **more: object) -> PlanNode:
    values = {"relation_name": "book", "alias": "book", "filter": text}
    return analyzed("Seq Scan", rows=100, rows_removed_by_filter=removed, ms=ms, **(values | more))


def schema(*indexes) -> Schema:
    return Schema(tables=(table("book", 1e5, 2_128, *indexes),))


def test_iexact_wants_an_index_of_the_expression_that_django_sends():
    [insight] = FunctionOnColumn().check(plan_of(scan()), Schema(), MODELS)
    assert insight.message == (
        "Seq Scan on book read 100 000 rows to keep 100, since it compares upper(title): 50.0 ms, 100 % of "
        "the query."
    )
    assert insight.remedy == (
        "Index the same expression in Meta.indexes of Book: "
        'Index(Upper("heading"), name="book_heading_upper").'
    )
    assert (insight.severity, insight.fact, insight.explains) == ("error", "reading", (("estimate", 0),))


@pytest.mark.parametrize(
    ("text", "told", "remedy"),
    [
        ("(lower(book.title) = …::text)", "lower(title)", 'Index(Lower("title"), name="book_title_lower")'),
        ("((book.created)::date = …::date)", "the date of created", "created__gte and created__lt"),
        (
            "(((book.created AT TIME ZONE …::text))::date = …::date)",
            "the date of created",
            'Index(TruncDate("created"), name="book_created_date")',
        ),
        (
            "(date_trunc(…::text, (book.created AT TIME ZONE …::text)) = …::timestamp without time zone)",
            "date_trunc of created",
            'Index(Trunc("created", "…"), name="book_created_truncation")',
        ),
        (
            "(EXTRACT(month FROM (book.created AT TIME ZONE …::text)) = …::numeric)",
            "a part of created",
            "the same Extract function of book",
        ),
        (
            "((book.data ->> …::text) = …::text)",
            "a key of data",
            'Index(KeyTextTransform("…", "data"), name="book_data_json").',
        ),
        ("(length(book.body) > …)", "a function of body", "if the function is immutable"),
        ("(shop.weight(book.body) > …)", "a function of body", "if the function is immutable"),
        ("((book.price * …) > …)", "an expression of price", "with the arithmetic on the side of the value"),
    ],
)
def test_every_kind_has_a_remedy_of_its_own(text: str, told: str, remedy: str):
    [insight] = insights_of(FunctionOnColumn(), scan(text))
    assert f", since it compares {told}: " in insight.message
    assert remedy in insight.remedy


def time_of(kind: str) -> Schema:
    columns = (Column(name="created", type=kind),)
    return Schema(tables=(Table(schema="public", name="book", rows=1e5, pages=2_128, columns=columns),))


ZONED, LOCAL, DAY = "timestamp(6) with time zone", "timestamp without time zone", "date"


@pytest.mark.parametrize(
    ("text", "immutable_for"),
    [
        ("((book.created)::date = …::date)", {LOCAL}),
        ("(((book.created AT TIME ZONE …::text))::date = …::date)", {ZONED, ""}),
        ("((timezone(…::text, book.created))::date = …::date)", {ZONED, ""}),
        ("((((book.created AT TIME ZONE …::text) AT TIME ZONE …::text))::date = …::date)", set()),
        ("(date_trunc(…::text, book.created) = …::timestamp)", {LOCAL}),
        ("(date_trunc(…::text, book.created, …::text) = …::timestamp)", {LOCAL}),
        ("(EXTRACT(month FROM book.created) = …::numeric)", {LOCAL, DAY}),
        ("(EXTRACT(month FROM (book.created AT TIME ZONE …::text)) = …::numeric)", {ZONED, ""}),
    ],
)
def test_what_depends_on_the_time_zone_of_a_session_is_not_told_to_be_indexed(
    text: str, immutable_for: set[str]
):
    told = {
        kind: insights_of(FunctionOnColumn(), scan(text), time_of(kind)) for kind in (ZONED, LOCAL, DAY, "")
    }
    assert {
        kind for kind, [insight] in told.items() if " index " in insight.remedy.replace("an index", "")
    } == (immutable_for)
    assert all(insight.remedy.startswith("Ask for") for [insight] in told.values())


@pytest.mark.parametrize(
    ("text", "kind", "may_be_indexed"),
    [
        ("((now() - book.created) > …::interval)", "", False),
        ("((CURRENT_DATE - book.created) > …)", DAY, False),
        ("((book.created + …::interval) > …::timestamp)", "", False),
        ("((book.created + book.length) > …::timestamp)", ZONED, False),
        ("((book.price * …) > …)", "", True),
    ],
)
def test_arithmetic_with_today_belongs_to_the_side_of_the_value(text: str, kind: str, may_be_indexed: bool):
    [insight] = insights_of(FunctionOnColumn(), scan(text), time_of(kind))
    assert "an expression of " in insight.message
    assert "with the arithmetic on the side of the value" in insight.remedy
    assert ("or index the same expression" in insight.remedy) == may_be_indexed


CONTAINS = ", or ask data__contains with a GinIndex of jsonb_path_ops."
SAME = "Index the same expression in Meta.indexes of book"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("((book.data ->> …::text) = ANY (…::text[]))", 'Index(KeyTextTransform("…", "data"), '),
        ("((book.data -> …::text) = …::jsonb)", 'Index(KeyTransform("…", "data"), '),
        ("((book.data -> …) = …::jsonb)", 'Index(KeyTransform("…", "data"), '),
        ("((book.data #> …::text[]) = …::jsonb)", SAME + CONTAINS),
        ("((book.data #>> …::text[]) = …::text)", SAME + "."),
        ("(((book.data ->> …::text))::integer = …)", SAME + "."),
        ("((book.data ->> …::text) > …::text)", SAME + "."),
        ("((book.data -> …::text) > …::jsonb)", SAME + "."),
        ("(((book.data -> …::text) ->> …::text) = …::text)", SAME + "."),
        ("(upper((book.data ->> …::text)) = …::text)", SAME + "."),
    ],
)
def test_a_key_of_json_has_the_transform_that_django_sends(text: str, remedy: str):
    [insight] = insights_of(FunctionOnColumn(), scan(text))
    assert remedy in insight.remedy
    may_contain = text in ("((book.data -> …::text) = …::jsonb)", "((book.data -> …) = …::jsonb)")
    assert insight.remedy.endswith(CONTAINS) == (may_contain or remedy.endswith(CONTAINS))


def test_a_prefix_wants_an_operator_class_that_knows_the_order_of_characters():
    operand = "upper((book.title)::text)"
    anchored = LikePattern(operand=operand, is_anchored=True, has_word=True)
    [insight] = insights_of(FunctionOnColumn(), scan(f"({operand} ~~ …::text)", patterns=(anchored,)))
    assert 'Index(OpClass(Upper("title"), name="text_pattern_ops")' in insight.remedy
    unanchored = LikePattern(operand=operand, has_word=True)
    assert not insights_of(FunctionOnColumn(), scan(f"({operand} ~~ …::text)", patterns=(unanchored,)))


def test_equality_is_blamed_before_order():
    [insight] = insights_of(FunctionOnColumn(), scan(f"((length(book.body) > …) AND {UPPER})"))
    assert "upper(title)" in insight.message


@pytest.mark.parametrize("server", ["pg15", "pg18"])
@pytest.mark.parametrize("name", ["estimate_function_guess", "function_date", "function_json"])
def test_it_fires_on_real_plans(server: str, name: str):
    [insight] = insights_of(FunctionOnColumn(), case(f"{server}/{name}").plan)
    assert insight.severity == "error"


def test_at_the_threshold():
    assert insights_of(FunctionOnColumn(), scan(removed=10_000))
    assert not insights_of(FunctionOnColumn(), scan(removed=9_999))
    assert insights_of(FunctionOnColumn(min_removed=10), scan(removed=1_000))


@pytest.mark.parametrize(
    "node",
    [
        scan(ms=0.9),
        scan(loops=2),
        scan("(book.title = upper(…::text))"),
        scan("(upper(book.title) <> …::text)"),
        scan("(upper(book.title) = upper(book.body))"),
        scan("(upper(book.title) = upper((author.name)::text))"),
        scan("public.is_odd(book.id)"),
        scan("(NOT (ANY (book.id = (hashed SubPlan 1).col1)))"),
        scan(f"((book.status = …) AND {UPPER})"),
        scan("((book.created > …) AND (length(book.body) > …))"),
        scan("((book.status)::text = …::text)"),
        analyzed("Index Scan", rows_removed_by_filter=99_999, filter=UPPER, alias="book"),
    ],
)
def test_near_misses_are_silent(node: PlanNode):
    assert not insights_of(FunctionOnColumn(), node)


def test_a_plain_column_whose_index_was_not_worth_it_is_not_to_blame():
    text = f"((book.status = …) AND {UPPER})"
    assert insights_of(FunctionOnColumn(), scan(text), schema(index("s", "status")))
    assert not insights_of(FunctionOnColumn(), scan(text), schema(index("s", "kind", "status")))
    assert not insights_of(FunctionOnColumn(), scan(text), schema(index("s", "status", is_valid=False)))
    assert insights_of(FunctionOnColumn(), scan(f"((book.deleted IS NULL) AND {UPPER})"))


def test_an_index_that_is_there_is_not_asked_for():
    assert not insights_of(FunctionOnColumn(), scan(), schema(index("u", "upper((title)::text)")))
    assert not insights_of(FunctionOnColumn(), scan(), schema(index("u", "upper(title::text) DESC")))
    assert insights_of(FunctionOnColumn(), scan(), schema(index("u", "lower((title)::text)")))


def test_it_speaks_instead_of_the_scan_and_of_the_guess_at_its_rows():
    node = scan(plan_rows=50_000)
    said = judge(plan_of(node), Schema(), Models(), [rule() for rule in PLAN_RULES])
    assert [insight.rule for insight in said] == ["function-on-column"]
