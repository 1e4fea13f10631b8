"""`unused-prefetch-related` on hand-built traces: firing, silent, at its threshold."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.model import AccessKind
from queryscope.rules.run import UnusedPrefetchRelated
from tests.builders import make_access, make_load, make_query_group
from tests.rules.run.shop import VIEW, books, context, loads, tags, told, unit

RULE = UnusedPrefetchRelated()


def below(index: int = 2, **more: Any) -> Any:
    """A prefetch of the tags' own."""
    access = make_access(
        AccessKind.PREFETCH, model="shop.Tag", attribute="groups", target="shop.Group", owner_group=1
    )
    return make_query_group(index, **({"access": access, "rows": 3} | more))


def test_a_prefetch_that_nobody_read_is_told_with_its_queries():
    [found] = told(RULE, unit())
    assert (found.rule, found.subject, found.fact) == ("unused-prefetch-related", "Book.tags", "queries")
    assert (found.groups, found.query_count, found.avoidable_queries) == ((1,), 1, 1)
    assert (found.confidence, found.owner_rows) == ("idea", 40)


def test_the_remedy_takes_the_call_out():
    trace = unit()
    fix = RULE.remedy(told(RULE, trace), context(trace)).fix
    assert fix is not None
    assert (fix.title, fix.code) == (
        'Remove .prefetch_related("tags")',
        "Book.objects.all()",
    )


def test_the_message_speaks_of_what_was_fetched():
    assert RULE.message(told(RULE, unit())) == (
        "book_list prefetched Book.tags for 40 rows, but nothing read it in the one unit of work that ran it."
    )


def test_what_is_prefetched_below_goes_along():
    trace = unit("a", books(), tags(), below())
    [found] = told(RULE, trace)
    assert (sorted(found.groups), found.avoidable_queries) == ([1, 2], 2)


def test_below_a_prefetch_that_is_read_only_the_rest_is_told():
    tag = make_load(1, model="shop.Tag", columns_read=("name",), prefetch_related=("groups",))
    group = make_load(2, model="shop.Group", instances=3, columns_read=())
    trace = unit("a", books(), tags(), below(), loads=(*loads("tags", tagged=False), tag, group))
    text = VIEW.replace('"tags"', '"tags__groups"')
    [found] = told(RULE, trace, text=text)
    assert (found.loads[0].path, found.groups) == ("tags__groups", (2,))
    fix = RULE.remedy([found], context(trace, text=text)).fix
    assert fix is not None
    assert fix.code == 'Book.objects.prefetch_related("tags")'


def test_what_bears_another_name_is_known_by_it():
    named = loads(tagged=False, prefetch_related=("best",))
    trace = unit("a", loads=(*named, make_load(1, model="shop.Tag", columns_read=())))
    text = VIEW.replace('"tags"', 'Prefetch("tags", queryset=Tag.objects.all(), to_attr="best")')
    [found] = told(RULE, trace, text=text)
    assert (found.loads[0].path, found.groups) == ("best", (1,))


def test_two_names_of_one_relation_are_told_apart_only_by_what_was_read():
    named = loads("best", tagged=False, prefetch_related=("best", "rest"))
    trace = unit("a", books(), tags(), tags(2), loads=(*named, make_load(1, columns_read=("name",))))
    text = VIEW.replace('"tags"', 'Prefetch("tags", to_attr="best"), Prefetch("tags", to_attr="rest")')
    assert not told(RULE, trace, text=text)


@pytest.mark.parametrize(
    "more",
    [
        {"loads": loads("tags")},
        {"loads": loads(is_escaped=True)},
        {"loads": loads(columns_read=())},
        {"loads": loads(tagged=False)},  # it found nothing
        {"status": 500},
        {"status": 302},
        {"saw_reads": False, "loads": ()},
    ],
)
def test_it_is_silent_where_it_was_read_or_nothing_shows(more: dict[str, Any]):
    assert not told(RULE, unit(**more))


def test_one_read_anywhere_is_enough_to_be_silent():
    assert not told(RULE, unit("a"), unit("b", loads=loads("tags")))


@pytest.mark.parametrize(("limit", "confidence"), [(1, "likely"), (2, "idea")])
def test_the_threshold_of_likely(limit: int, confidence: str):
    [found] = told(UnusedPrefetchRelated(likely_units=limit), unit())
    assert found.confidence == confidence


def test_a_template_that_the_function_names_may_read_it():
    text = VIEW.replace("[book.title for book in books]", 'render(request, "books.html", {"books": books})')
    template = "{% for book in books %}{% if full %}{{ book.tags.all }}{% endif %}{% endfor %}"
    assert told(RULE, unit(), text=text)
    assert not told(RULE, unit(), text=text, **{"shop/templates/books.html": template})
    assert not told(
        RULE,
        unit(),
        text=text,
        **{"templates/books.html": '{% include "rows.html" %}', "templates/rows.html": template},
    )


def test_a_string_of_a_lookup_is_no_read():
    text = VIEW.replace('prefetch_related("tags")', 'prefetch_related("tags").filter(tags__name="x")')
    assert told(RULE, unit(), text=text)
