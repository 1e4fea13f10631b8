"""Merging loads into one plan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queryscope.fixes.arguments import is_within
from queryscope.fixes.change import Plan, call_text, merge
from queryscope.model import EagerLoad
from tests.fixes.running import loads


@pytest.mark.parametrize(
    ("paths", "joined", "apart"),
    [
        ((), (), ()),
        (("author",), ("author",), ()),
        (("b", "a", "b"), ("a", "b"), ()),
        (("author", "author__publisher"), ("author__publisher",), ()),
        (("author", "authors"), ("author", "authors"), ()),
        (("tags+", "tags__items+"), (), ("tags__items",)),
        (("author", "author__books+"), ("author",), ("author__books",)),
        (("author", "author+"), (), ("author",)),
        (("author__publisher", "author+"), ("author__publisher",), ()),
        (("author__publisher", "tags+"), ("author__publisher",), ("tags",)),
    ],
)
def test_paths_that_others_imply_are_dropped(paths, joined, apart):
    assert merge(loads(*paths)) == Plan(joined, apart)


names = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("__".join)


@given(
    st.lists(st.builds(EagerLoad, path=names, kind=st.sampled_from(["select_related", "prefetch_related"])))
)
def test_every_load_is_served_once_whatever_the_order(wanted):
    plan = merge(wanted)
    assert plan == merge(reversed(wanted)) == merge([*wanted, *wanted])
    every = (*plan.select_related, *plan.prefetch_related)
    assert all(any(is_within(load.path, path) for path in every) for load in wanted)
    assert len(set(every)) == len(every)


def test_calls_are_written_as_a_user_would():
    assert Plan(("a__b", "c"), ("d",)).calls() == ['.select_related("a__b", "c")', '.prefetch_related("d")']
    assert Plan().calls() == []
    assert call_text("only", ["a"], "'") == ".only('a')"


def test_a_plan_can_do_without_joins():
    assert Plan(("b",), ("a", "b"), ("c",)).apart() == Plan((), ("a", "b"), ("c",))
