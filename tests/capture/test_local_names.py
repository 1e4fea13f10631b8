"""Reading a local variable leaves nothing behind."""

from __future__ import annotations

import sys
import weakref
from typing import Any

from queryscope.capture.local_names import local_of


class Thing:
    """Something that a frame holds."""


def test_the_value_is_read_and_what_isnt_there_is_none() -> None:
    value = Thing()
    assert local_of(sys._getframe(), "value") is value
    assert local_of(sys._getframe(), "nothing") is None


def test_the_other_locals_die_when_the_frame_lets_go_of_them() -> None:
    thing = Thing()
    reference = weakref.ref(thing)
    local_of(sys._getframe(), "reference")
    del thing
    assert reference() is None


def test_locals_that_the_frame_itself_asked_for_stay() -> None:
    def work(thing: Any) -> dict[str, Any]:
        names = locals()
        local_of(sys._getframe(), "thing")
        return names

    thing = Thing()
    assert work(thing)["thing"] is thing


def test_what_a_class_body_defines_stays() -> None:
    class Body:
        one = 1
        found = local_of(sys._getframe(), "one")

    assert (Body.one, Body.found) == (1, 1)
