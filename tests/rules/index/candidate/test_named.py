"""Tests of rules/index/candidate/named.py."""

from __future__ import annotations

import ast

import pytest

from queryscope.rules.index.candidate.named import Names

MODELS = """
CLOSED = ("done", "lost")
class File(models.Model):
    OPEN = "open"
    class Stage(models.TextChoices):
        NEW = "new", "New"
        JUDGED = "judged", _("Judged")
        SETTLED = "settled"
    class Level(IntegerChoices):
        LOW = -1, "Low"
    FINAL: Final = (Stage.JUDGED, Stage.SETTLED)
    ALL = [*FINAL, OPEN]
    PAIRS = [("a", "A"), ("b", "B")]
    LATE = compute()
    ROUND = ROUND
"""


def names():
    return Names([ast.parse(MODELS)])


def expression(code):
    return ast.parse(code, mode="eval").body


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("CLOSED", ("done", "lost")),
        ("File.FINAL", ("judged", "settled")),
        ("models.File.FINAL", ("judged", "settled")),
        ("self.model.FINAL", ("judged", "settled")),
        ("File.ALL", ("judged", "settled", "open")),
        ("File.FINAL + CLOSED", ("judged", "settled", "done", "lost")),
        ("[*File.FINAL, 'x']", ("judged", "settled", "x")),
        ("frozenset(File.FINAL)", ("judged", "settled")),
        ("['x', 'x']", ("x",)),
    ],
)
def test_a_list_may_have_a_name_or_be_made_of_such(code, values):
    assert names().values(expression(code)) == values


@pytest.mark.parametrize(
    "code",
    [
        "File.PAIRS",  # pairs of value and label are no values
        "File.LATE",
        "File.ROUND",
        "File.Stage.NEW",  # one value, and its label
        "Other.FINAL",
        "FINAL",
        "[*other]",
        "CLOSED + other",
        "open_stages(CLOSED)",
        "tuple(CLOSED, key=x)",
        "'done'",
        str([f"v{number}" for number in range(21)]),
    ],
)
def test_what_the_source_does_not_say_whole_is_not_told(code):
    assert names().values(expression(code)) is None


@pytest.mark.parametrize(
    ("code", "value"),
    [("File.Stage.JUDGED", "judged"), ("File.Level.LOW", -1), ("-3", -3), ("self.model.OPEN", "open")],
)
def test_one_value_may_have_a_name(code, value):
    assert names().value(expression(code)) == value


@pytest.mark.parametrize("code", ["-True", "-'x'", "File.FINAL + 1", "not True", "None"])
def test_other_expressions_have_none(code):
    assert names().value(expression(code)) is None


def test_two_meanings_of_a_list_are_none():
    other = ast.parse("CLOSED = ('gone',)")
    assert Names([ast.parse(MODELS), other]).values(expression("CLOSED")) is None
    assert Names([ast.parse(MODELS), ast.parse("CLOSED = load()")]).values(expression("CLOSED")) is None


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("final = ('a', File.OPEN)", ("a", "open")),
        ("final = ('a',)\n    final = ('b',)", None),
        ("for final in lists:\n        pass", None),
        ("CLOSED = load()", None),
    ],
)
def test_a_function_gives_a_name_once_or_nothing_is_known(body, values):
    scope = ast.parse(f"def view():\n    {body}").body[0]
    name = "CLOSED" if "CLOSED" in body else "final"
    assert names().within(scope).values(expression(name)) == values


def test_an_argument_hides_a_constant_of_the_module():
    scope = ast.parse("def view(CLOSED): pass").body[0]
    assert names().within(scope).values(expression("CLOSED")) is None
    assert names().values(expression("CLOSED")) == ("done", "lost")
