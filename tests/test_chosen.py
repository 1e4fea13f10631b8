"""Which shapes are explained, and which other parameters are looked at beside the slowest."""

from __future__ import annotations

from typing import Any

from queryscope import chosen
from queryscope.capture.finish import Slow
from queryscope.config import Config
from tests.builders import make_query_group


class Untouchable:
    """An object of the program that does not want to be looked at."""

    def __repr__(self) -> str:
        raise AssertionError("asked for its text")

    __eq__ = __hash__ = __repr__  # type: ignore[assignment]


def slow(index: int, params: Any, **more: Any) -> Slow:
    values = {"fingerprint": "a", "max_ms": 200.0, "total_ms": 200.0} | more
    return Slow(make_query_group(index, **values), "SELECT %s", params)


def test_the_parameters_of_another_place_are_typical() -> None:
    [only] = chosen.shapes_to_explain([slow(0, [1]), slow(1, [2], max_ms=100.0)], Config())
    assert only.typical == ("SELECT %s", [2])


def test_the_same_parameters_elsewhere_tell_nothing() -> None:
    [only] = chosen.shapes_to_explain([slow(0, [1]), slow(1, [1], max_ms=100.0)], Config())
    assert only.typical is None


def test_objects_of_the_program_are_not_asked() -> None:
    several = [slow(0, [Untouchable()]), slow(1, [Untouchable()], max_ms=100.0)]
    assert len(chosen.shapes_to_explain(several, Config())) == 1


def test_of_shapes_that_are_not_explained_no_parameters_are_looked_for(monkeypatch: Any) -> None:
    asked = []
    monkeypatch.setattr(chosen, "_elsewhere", lambda each, _: asked.append(each.fingerprint))
    quick = [slow(n, [n], fingerprint=f"f{n}", max_ms=0.1, total_ms=0.1) for n in range(500)]
    chosen.shapes_to_explain([slow(500, [1]), *quick], Config())
    assert asked == ["a"]
