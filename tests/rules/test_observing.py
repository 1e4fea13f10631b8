"""An observation of one group has the group's own facts."""

from __future__ import annotations

from queryscope.rules.observing import observe_group
from tests.builders import make_frame, make_query_group, make_site, make_trace


def test_it_speaks_of_the_group():
    group = make_query_group(0, site=make_site(), stack=(make_frame(line=6),), total_ms=5.0, count=2)
    trace = make_trace(group)
    found = observe_group("slow-query", trace, group, fact="time")
    assert (found.rule, found.trace, found.model, found.subject) == ("slow-query", "t1", "shop.Book", "Book")
    assert (found.site, found.trigger, found.groups) == (group.site, group.stack[0], (0,))
    assert (found.query_count, found.duration_ms, found.fact) == (2, 5.0, "time")


def test_further_fields_win():
    group = make_query_group(0, site=None, stack=())
    found = observe_group("slow-query", make_trace(group), group, duration_ms=9.0)
    assert (found.model, found.subject, found.trigger, found.duration_ms) == ("", "SQL", None, 9.0)
