"""Tests of rules/index/candidate/literals.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.literals import read_literals

SOURCE = """
CONFIG = "english"
OTHER = "never named"
LEVELS = {"low": 3}


class Shop:
    zone: str = "UTC"

    def found(self, term):
        config = CONFIG

        def inner():
            return Order.objects.filter(data__status="open", price__gt=7)

        return inner().annotate(words=SearchVector("body", config=config), z=self.zone, l=LEVELS)

    def elsewhere(self):
        return "of another function"


manager = Order.objects.filter(kind="plain")
"""


@pytest.fixture
def found():
    return read_literals([(SOURCE, 14)])


@pytest.mark.parametrize("value", ["open", "data", "status", "english", "UTC", "low", 3, 7, "body", "price"])
def test_what_stands_in_the_function_or_is_named_there_is_known(found, value):
    assert value in found


@pytest.mark.parametrize("value", ["never named", "of another function", "plain", "kind"])
def test_what_stands_elsewhere_is_not(found, value):
    assert value not in found


def test_outside_of_functions_it_is_the_statement_that_counts():
    found = read_literals([(SOURCE, 22)])
    assert "plain" in found
    assert "open" not in found


def test_several_places_count_together_and_an_unreadable_one_is_none():
    found = read_literals([(SOURCE, 14), ("x = (", 1), ('y = "here"', 1), ("", 1)])
    assert {"open", "here"} <= found
    assert read_literals([]) == frozenset()


HELPER = """
def digits(column):
    return Func(F(column), Value("[^0-9]"), function="regexp_replace")

def other():
    return "of another function"

def page(phone):
    return Donor.objects.annotate(digits=digits("phone")).filter(digits=phone)
"""


def test_functions_of_the_same_source_that_are_called_count_too():
    found = read_literals([(HELPER, 9)])
    assert "[^0-9]" in found
    assert "of another function" not in found


LOOKUPS = """
class Tail(Func):
    function = "RIGHT"
    template = "%(function)s(%(expressions)s, 4, 'x')"

class Order(Model):
    kind = "never told"
"""


@pytest.mark.parametrize("called", ["Tail", "lookups.Tail"])
def test_expressions_of_other_files_count_with_what_their_templates_hold(called):
    source = f"def page(last):\n    return Order.all(x={called}('phone')).filter(x=last, y=Order())"
    found = read_literals([(source, 2)], definitions=[LOOKUPS, "x = ("])
    assert {4, "x", "RIGHT"} <= found
    assert "never told" not in found


FLAGS = """
class Ship(Model):
    class Flag(IntFlag):
        LOST = 1 << 5
        LATE = 64

FAR = 60 * 24
"""


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ('F("flags").bitand(Ship.Flag.LATE.value)', 64),
        ('F("flags").bitand(Ship.Flag.LOST)', 32),
        ('F("flags").bitand(Ship.Flag.LOST | Ship.Flag.LATE)', 96),
        ('F("minutes") + FAR', 1440),
        ('F("minutes") + 7 * 24', 168),
    ],
)
def test_constants_of_other_files_and_what_is_computed_of_them_are_known(code, value):
    assert value in read_literals([(f"x.annotate(y={code})", 1)], definitions=[FLAGS])
    assert value not in read_literals([("x.annotate(y=z)", 1)], definitions=[FLAGS])
