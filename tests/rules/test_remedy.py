"""What a rule may look at, and what it gives."""

from __future__ import annotations

from queryscope.fixes.sources import Sources
from queryscope.model import Models, Observation
from queryscope.rules.remedy import Context, trigger_of
from tests.builders import make_frame
from tests.rules.trace.shop import FORWARD, TEMPLATE, books, lazy, trace_of


def test_a_trigger_is_a_frame_or_nothing():
    assert trigger_of(None) is None
    assert trigger_of(make_frame(function="f.<listcomp>")).function == "f"
    assert trigger_of(TEMPLATE).source == TEMPLATE.source


def test_a_context_knows_the_groups_of_an_observation():
    trace = trace_of(books(), lazy(1, FORWARD, "author"))
    context = Context(Models(), Sources(lambda path: None), {trace.id: trace})
    observation = Observation(rule="n-plus-one", trace=trace.id, model="shop.Book", groups=(1,))
    assert context.groups(observation) == (trace.groups[1],)
