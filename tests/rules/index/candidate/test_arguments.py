"""Tests of rules/index/candidate/arguments.py."""

from __future__ import annotations

import pytest

from queryscope.rules.index.candidate.constants import Constant, read_constants

METHODS = """
LATE = ("late", "lost")
class Trips(models.QuerySet):
    def in_state(self, state="open"):
        return self.filter(state=state)
    def in_states(self, *states):
        return self.filter(state__in=states)
    def of_kind(self, kind, *, level=3):
        return self.filter(kind=kind, level=level)
    def open_ones(self):
        return self.in_state("open")
    def again(self, state="open"):
        state = state or "new"
        return self.filter(state=state)
class Trip(models.Model):
    OPEN = "open"
"""


def constants(code, *, is_sent=None):
    found = read_constants(code, line=code.count("\n") + 1, definitions=[METHODS], is_sent=is_sent)
    return {one.field: one.value for one in found}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Trip.objects.in_state()", {"state": "open"}),
        ("Trip.objects.in_state('lost')", {"state": "lost"}),
        ("Trip.objects.in_state(Trip.OPEN)", {"state": "open"}),
        ("Trip.objects.in_state(state='lost')", {"state": "lost"}),
        ("Trip.objects.in_states('late', Trip.OPEN)", {"state": ("late", "open")}),
        ("Trip.objects.of_kind('a')", {"kind": "a", "level": 3}),
        ("Trip.objects.of_kind('a', level=1)", {"kind": "a", "level": 1}),
        ("Trip.objects.of_kind(kind)", {"level": 3}),
        ("Trip.objects.open_ones()", {"state": "open"}),
    ],
)
def test_an_argument_is_what_the_call_hands_in_or_its_default(code, expected):
    assert constants(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "Trip.objects.in_state(state)",
        "Trip.objects.in_state(state=request.GET['state'])",
        "Trip.objects.in_state(**options)",
        "Trip.objects.in_state(*options)",
        "Trip.objects.in_states(*states)",
        "Trip.objects.in_states()",
        "Trip.objects.in_state('open') | Trip.objects.in_state(other)",
        "Trip.objects.in_state('open') | Trip.objects.in_state('lost')",
        "Trip.objects.again()",
    ],
)
def test_what_any_call_may_hand_in_from_elsewhere_is_not_known(code):
    assert constants(code) == {}


def test_the_arguments_of_the_function_itself_are_others_business():
    code = "def view(request, state='open'):\n    return Trip.objects.filter(state=state)"
    assert constants(code) == {}


def test_of_two_values_the_one_that_was_sent_is_meant():
    code = "Trip.objects.in_state('open' if is_new else 'lost')"
    assert constants(code) == {}
    assert constants(code, is_sent=lambda value: value == "lost") == {"state": "lost"}
    assert constants(code, is_sent=lambda value: False) == {}


def test_two_values_that_are_sent_at_once_are_one_condition():
    code = "Trip.objects.filter(Q(state='open') | Q(state='lost'))"
    found = read_constants(code, line=1, is_sent=lambda value: True)
    assert found == (Constant(field="state", value=("lost", "open"), lookup="either"),)


def test_of_a_list_and_a_part_of_it_the_whole_was_sent():
    code = "x.filter(state__in=['a', 'b'] if many else ['a'])"
    assert constants(code, is_sent=lambda value: set(value) <= {"a", "b"}) == {"state": ("a", "b")}
    assert constants(code, is_sent=lambda value: set(value) <= {"a"}) == {"state": ("a",)}


def test_a_value_from_outside_beside_constants_is_none_though_it_may_be_equal():
    code = "def view(state):\n    x.filter(state='open')\n    return x.filter(state=state)"
    assert constants(code, is_sent=lambda value: True) == {}
