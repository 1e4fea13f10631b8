"""Where a finding of a write stands, and which of them share a loop."""

from __future__ import annotations

from dataclasses import replace

from queryscope.fixes.sources import Sources
from queryscope.model import Models
from queryscope.rules.placing import gathered_by_loop, place_of_write
from queryscope.rules.remedy import Context, Gathered
from tests.builders import make_frame
from tests.rules.trace.writing import LINE, SOURCE

HELPER = make_frame("shop/helpers.py", 3, "save_one")


def context(text: str | None = SOURCE, path: str = "shop/views.py") -> Context:
    return Context(Models(), Sources(lambda name: text if name == path else None), {})


def test_the_place_is_the_call_that_writes():
    place = place_of_write((LINE,), context())
    assert (place.path, place.line, place.end_line, place.function) == ("shop/views.py", 8, 8, "close")


def test_a_call_over_several_lines_is_all_of_them():
    text = SOURCE.replace("book.save()", "(book\n            .save(\n                using=x))")
    frame = replace(LINE, line=9, end_line=10, column=13, end_column=24)  # it starts at the method's name
    place = place_of_write((frame,), context(text))
    assert (place.line, place.end_line) == (8, 10)


def test_a_helper_that_writes_is_the_place_unless_it_is_not_the_applications():
    assert place_of_write((HELPER, LINE), context()).path == "shop/helpers.py"
    factory = replace(HELPER, path="shop/factories.py")
    assert place_of_write((factory, LINE), context()).line == 8
    assert place_of_write((factory,), context()).path == "shop/factories.py"


def test_writes_share_the_loop_that_runs_them():
    found = gathered_by_loop("x", (LINE,), context())
    assert found == Gathered("x", "shop/views.py", "close", 6, 4)
    assert gathered_by_loop("x", (HELPER, LINE), context()) == found
    assert gathered_by_loop("x", (LINE,), context(None)) is None
