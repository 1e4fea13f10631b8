"""Words that messages share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.model import ClassSite, Observation
from queryscope.rules.words import listed, spoken, spoken_place
from tests.builders import make_frame, make_site

SHELF = ClassSite(path="a.py", line=1, name="Shelf", kind="view")


@pytest.mark.parametrize(
    ("names", "told"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_in_a_sentence(names, told):
    assert listed(names) == told


def test_a_model_is_spoken_of_in_words():
    assert spoken("OrderLine.product") == "order line"


def test_a_message_begins_with_the_function_the_class_or_the_line():
    observation = Observation(rule="x", trace="t", model="m", trigger=make_frame(function="f.<listcomp>"))
    assert spoken_place(observation) == "f"
    assert spoken_place(replace(observation, site=make_site())) == "book_list"
    assert spoken_place(replace(observation, site=make_site(frame=None, holder=SHELF))) == "Shelf"
    assert spoken_place(replace(observation, trigger=None)) == "The page"
