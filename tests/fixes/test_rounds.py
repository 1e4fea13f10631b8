"""The loop around an expression, and whether its rounds could be asked at once."""

from __future__ import annotations

from textwrap import dedent

import pytest

from queryscope.fixes.loops import Loop, loop_at
from queryscope.fixes.rounds import has_other_way, is_cached, sleeps, varies
from queryscope.fixes.source import Source
from queryscope.model import Frame
from tests.fixes.writing import PATH, frame_at


def looped(text: str, call: str = "ask") -> tuple[Source, Frame, Loop | None]:
    """The loop around the call of that name."""
    source = Source(PATH, dedent(text))
    frame = frame_at(source.text, call)
    return source, frame, loop_at(source, frame)


OTHER = {
    "a while": "while more:\n    ask(1)",
    "a search": "for n in range(9):\n    if ask(n):\n        break",
    "a search with count()": "def f():\n    for n in count():\n        if not ask(n):\n            return n",
    "the last key": "for _ in xs:\n    rows = ask(last)\n    last = rows[-1].pk",
    "the last key, row by row": "for _ in xs:\n    for row in ask(last):\n        last = row.pk",
    "the parent": "for part in parts:\n    node = ask(part, node)",
    "written out": "for x in ('a', 'b', 'c'):\n    ask(x)",
    "nine, written out": "for x in [1, 2, 3, 4, 5, 6, 7, 8, 9]:\n    ask(x)",
    "a constant": "XS = ['a', 'b']\nfor n, x in enumerate(XS):\n    ask(x)",
}
AT_ONCE = {
    "keys": "for x in xs:\n    ask(x)",
    "a sum": "for x in xs:\n    total += ask(x)",
    "a name that the loop gives anew": "for x in xs:\n    x = ask(x)",
    "numbers": "for n in range(len(xs)):\n    ask(xs[n])",
    "a list that grows": "xs = [1]\nxs.append(2)\nfor x in xs:\n    ask(x)",
    "an end where one is missing": "for x in xs:\n    if not ask(x):\n        break",
    "a list": "[ask(x) for x in xs]",
    "many, written out": "for x in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]:\n    ask(x)",
    "a constant of many": "XS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)\nfor n, x in enumerate(XS):\n    ask(x)",
}


@pytest.mark.parametrize("name", OTHER)
def test_rounds_that_need_each_other_are_told_apart(name):
    loop = looped(OTHER[name])[2]
    assert loop is not None
    assert has_other_way(loop, ("id__exact",))


@pytest.mark.parametrize("name", AT_ONCE)
def test_rounds_that_differ_in_their_key_only_could_be_one(name):
    loop = looped(AT_ONCE[name])[2]
    assert loop is not None
    assert not has_other_way(loop, ("id__exact",))


PIECES = {
    "a slice": ("for n in range(0, 9, 3):\n    ask(xs[n:n + 3])", True),
    "a slice with a name": ("for n in ns:\n    some = xs[n:n + 3]\n    ask(some)", True),
    "a function that cuts": ("for x in batched(xs, 3):\n    ask([y.pk for y in x.all])", True),
    "a list each": ("for some in lists:\n    ask(some)", True),
    "the keys of a row": ("for order in orders:\n    ask(order.keys)", False),
}


@pytest.mark.parametrize("name", PIECES)
def test_pieces_of_many_keys_are_no_look_ups(name):
    text, is_piece = PIECES[name]
    loop = looped(text)[2]
    assert loop is not None
    assert has_other_way(loop, ("id__in",)) is is_piece


CACHED = {
    "lru_cache": "@lru_cache(maxsize=None)\ndef f(x):\n    return ask(x)",
    "a dictionary": "for x in xs:\n    if x not in known:\n        known[x] = ask(x)",
    "a dictionary that is tried": "for x in xs:\n    try: known[x]\n    except KeyError: known[x] = ask(x)",
    "Django's cache": "def f(x):\n    y = ask(x)\n    cache.set(x, y)",
}
NOT_CACHED = {
    "nothing": "def f(x):\n    return ask(x)",
    "a cached property": "class A:\n    @cached_property\n    def f(self):\n        return ask(self)",
    "a dictionary that is filled": "for x in xs:\n    known[x] = ask(x)",
    "another condition": "for x in xs:\n    if x > 3:\n        known[x] = ask(x)",
    "a set": "def f(x):\n    chosen.set(ask(x))",
}


@pytest.mark.parametrize("name", [*CACHED, *NOT_CACHED])
def test_what_is_kept_is_asked_once(name):
    source, frame, _ = looped({**CACHED, **NOT_CACHED}[name])
    assert is_cached(source, frame) is (name in CACHED)


def test_what_the_loop_gives_is_told_from_what_it_does_not():
    for text, differs in (("for x in xs:\n    ask(x)", True), ("for x in xs:\n    ask(y)", False)):
        loop = looped(text)[2]
        assert loop is not None
        assert varies(loop) is differs


def test_a_loop_that_waits():
    for text, waits in (
        ("for x in xs:\n    time.sleep(1)\n    ask(x)", True),
        ("for x in xs:\n    ask(x)", False),
    ):
        loop = looped(text)[2]
        assert loop is not None
        assert sleeps(loop) is waits
