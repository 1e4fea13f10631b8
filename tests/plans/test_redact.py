"""Values leave the conditions; what a reader needs stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.errors import PlanError
from queryscope.plans.redact import DEEPEST, LONGEST_TEXT, VALUE, digests, redact, redact_value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("((status)::text = 'rare'::text)", "((status)::text = …::text)"),
        ("(id < 25)", "(id < …)"),
        ("(id = '-5'::integer)", "(id = …::integer)"),
        ("(kind = ANY ('{1,2,3}'::integer[]))", "(kind = ANY (…::integer[]))"),
        ("(name ~~ 'it''s %'::text)", "(name ~~ …::text)"),
        (r"(name = E'a\\'' b'::text)", "(name = …::text)"),
        ("(price > 1.5e-10)", "(price > …)"),
        ("(a = .5)", "(a = …)"),
        ("(flags = B'101'::bit(3))", "(flags = …::bit(3))"),
        ("(x = 'unfinished", "(x = …"),
        ('(x = "unfinished', "(x = …"),
    ],
)
def test_literals_become_an_ellipsis(text: str, expected: str):
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "(book.price > (InitPlan 1).col1)",
        "(NOT (ANY (book.author_id = (hashed SubPlan 1).col1)))",
        "(book.id = $0)",
        "SubPlan 12",
        '("2nd table"."1st ""column""" IS NOT NULL)',
        "(u0_1.id2 = t3.x4)",
        "(price)::numeric(8,2)",
        "(upper((name)::text) ~~ upper($1))",
        "(is_active AND (a IS NULL))",
        "(data ? $1)",
    ],
)
def test_what_is_no_literal_stays(text: str):
    assert redact(text) == text


def test_values_inside_lists_and_objects_go_and_numbers_of_the_plan_stay():
    nested = {"Filter": "(a = 'x')", "Rows": 3, "List": ["(b = 4)", {"c": "'d'"}], "Is": True}
    assert redact_value(nested) == {
        "Filter": "(a = …)",
        "Rows": 3,
        "List": ["(b = …)", {"c": "…"}],
        "Is": True,
    }


def test_values_in_each_other_beyond_all_measure_are_refused():
    nested: list[object] = ["'x'"]
    for _ in range(DEEPEST - 1):
        nested = [nested]
    assert VALUE in str(redact_value(nested))
    with pytest.raises(PlanError, match="deeper than any plan"):
        redact_value([nested])


def test_a_text_beyond_all_measure_is_cut_and_no_value_of_it_stays():
    text = redact("(a = '" + "secret " * LONGEST_TEXT)
    assert text == "(a = …"
    assert len(redact("a" * (LONGEST_TEXT + 1))) == LONGEST_TEXT


@given(st.text(max_size=60))
def test_a_quoted_value_never_comes_through(value: str):
    quoted = value.replace("'", "''")
    assert redact(f"(a = '{quoted}'::text)") == f"(a = {VALUE}::text)"


@given(st.text(alphabet="'\"E\\$:(1 a.)", max_size=60))
def test_any_text_can_be_redacted(text: str):
    assert isinstance(redact(text), str)


def test_digests_tell_apart_what_is_taken_out_and_nothing_else():
    text = "((data ->> 'a') = 'b') AND (n > 1.5) AND (\"x'1\" IS NULL)"
    assert redact(text).count(VALUE) == len(digests(text)) == 3
    assert digests("'a'") == digests("f('a'::text)")
    assert digests("'a'") != digests("'A'")
    assert len({*digests("'1'"), *digests("1"), *digests("1.0")}) == 3
    assert digests("name IS NULL") == ()


@given(st.text(alphabet="'\"E\\$:(1 a.)", max_size=60))
def test_there_is_a_digest_for_each_value(text: str):
    text = text.replace(VALUE, "")
    assert redact(text).count(VALUE) == len(digests(text))
