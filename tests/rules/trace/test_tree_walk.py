"""`tree-walk`: firing, silent, at its threshold."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import Models, Observation, QueryGroup
from queryscope.rules.remedy import Context
from queryscope.rules.trace import NPlusOne, TreeWalk
from queryscope.rules.trace.trees import walks_of
from tests.analysis.shop import frame_at
from tests.builders import make_frame, make_site
from tests.rules.trace.shop import (
    FORWARD,
    GENERIC,
    LOOP,
    MANAGER,
    MANY,
    REVERSE,
    SHELF,
    VIEW,
    access,
    books,
    lazy,
    trace_of,
)

OTHER = make_frame(line=7)


def walk(*groups: QueryGroup, models: Models = SHELF, **options: Any) -> list[Observation]:
    return list(TreeWalk(**options).check(trace_of(*groups), models))


def up(index: int, owner: int | None, **more: Any) -> QueryGroup:
    """From every book to its sequel."""
    return lazy(index, FORWARD, "sequel", owner, **({"count": 1, "owners": 1, "rows": 1} | more))


SINGLE = books(rows=1, site=make_site(returns_many=False))


def test_a_walk_is_told_with_its_numbers():
    [observation] = walk(SINGLE, up(1, 0), up(2, 1), up(3, 2))
    assert observation.rule == "tree-walk"
    assert observation.model == "shop.Book"
    assert observation.site is not None
    assert observation.site.frame == LOOP  # of a single row the code that walks changes, whoever got it
    assert observation.trigger == LOOP
    assert observation.groups == (1, 2, 3)
    assert (observation.query_count, observation.avoidable_queries) == (3, 2)
    assert observation.owner_rows == 3
    assert observation.confidence == "certain"
    assert TreeWalk().message([observation]) == (
        "book_list walked 3 levels of a tree over Book.sequel, node by node: 3 queries."
    )


def test_of_many_rows_it_stands_where_they_are_loaded():
    [observation] = walk(books(), up(1, 0), up(2, 1))
    assert observation.site == books().site


def test_a_walk_of_a_template_from_a_single_row_is_the_views_matter():
    line = tag("{% for b in book.sequel %}")
    [observation] = walk(SINGLE, up(1, 0, stack=(line, VIEW)), up(2, 1, stack=(line, VIEW)))
    assert observation.site == SINGLE.site


@pytest.mark.parametrize("kind", [FORWARD, REVERSE, MANY])
def test_it_goes_up_and_down(kind):
    nodes = [lazy(at, kind, "sequel", at - 1, count=10**at) for at in (1, 2)]
    [observation] = walk(books(), *nodes)
    assert observation.query_count == 110


def test_relations_that_are_filtered_at_each_node_are_a_walk_too():
    first = lazy(1, REVERSE, "reviews", 0, is_plain=False)
    assert walk(books(), first, lazy(2, REVERSE, "reviews", 1, is_plain=False))


def test_a_walk_may_lead_through_another_model():
    part = lazy(1, REVERSE, "parts", 0)
    component = lazy(2, FORWARD, "component", 1, stack=(OTHER,))
    [observation] = walk(books(), part, component, lazy(3, REVERSE, "parts", 2))
    assert observation.groups == (1, 2, 3)
    assert observation.owner_rows == 2


def test_a_line_that_was_the_owner_of_itself_is_a_walk():
    assert [found.depth for found in walks_of(trace_of(books(), up(1, 1, count=5)))] == [2]


@pytest.mark.parametrize(("least", "is_told"), [(2, True), (3, True), (4, False)])
def test_the_threshold_is_an_option(least, is_told):
    assert bool(walk(SINGLE, up(1, 0), up(2, 1), up(3, 2), min_queries=least)) is is_told


SILENT: dict[str, list[QueryGroup]] = {
    "one step": [books(), up(1, 0, count=40, owners=40)],
    "a depth that is written out": [books(), up(1, 0), up(2, 1, stack=(OTHER,))],
    "two relations at one line": [books(), up(1, 0), lazy(2, FORWARD, "author", 1)],
    "another kind": [books(), lazy(1, REVERSE, "sequel", 0), up(2, 1)],
    "a failure": [books(), up(1, 0), up(2, 1, error="40001")],
    "owners loaded elsewhere": [up(0, None), up(1, None)],
    "no relation": [books(), lazy(1, MANAGER, "", 0), lazy(2, MANAGER, "", 1)],
    "a path of a serializer's field": [books(), up(1, 0, stack=()), up(2, 1, stack=())],
}


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(name):
    assert not walk(*SILENT[name])


def test_columns_tell_two_expressions_of_a_line_apart():
    one, two = (make_frame(line=6, column=at, end_line=6, end_column=at + 9) for at in (4, 20))
    assert not walk(books(), up(1, 0, stack=(one,)), up(2, 1, stack=(two,)))
    assert walk(books(), up(1, 0, stack=(one,)), up(2, 1, stack=(one,)))


def tag(source: str) -> Any:
    return make_frame("t/books.html", 3, "books.html", is_template=True, source=source)


@pytest.mark.parametrize(
    ("source", "is_told"), [("{% for b in book.sequel %}", True), ("{{ book.sequel.sequel.title }}", False)]
)
def test_what_a_template_writes_out_is_a_path(source, is_told):
    assert bool(walk(books(), up(1, 0, stack=(tag(source),)), up(2, 1, stack=(tag(source),)))) is is_told


def test_a_nested_serializer_repeats_itself():
    groups = [lazy(at, REVERSE, "reviews", at - 1, stack=()) for at in (1, 2)]
    assert walk(books(), *groups)
    assert not walk(books(), groups[0], replace(groups[1], stack=(LOOP,)))


PLACES = ["tests/test_books.py", "shop/migrations/0002_fill.py", "shop/factories.py"]


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("what", ["builds", "loads", "walks"])
def test_walks_of_tests_and_migrations_are_their_own(path, what):
    outside = make_frame(path, 3, "fill")
    root, line = SINGLE, LOOP
    if what == "builds":
        root = replace(root, site=make_site(frame=outside, returns_many=False))
    elif what == "loads":
        root = replace(root, stack=(outside,))
    else:
        line = outside
    assert not walk(root, up(1, 0, stack=(line,)), up(2, 1, stack=(line,)))


def test_a_walk_from_an_object_that_was_loaded_elsewhere_stands_where_it_walks():
    first = up(0, None, site=make_site(frame=LOOP, returns_many=False))
    [observation] = walk(first, up(1, 0), up(2, 1))
    assert observation.site is not None
    assert observation.site.frame == LOOP


CALL = make_frame(line=8, function="below")


def level(index: int, depth: int, lookup: str = "sequel__exact", **more: Any) -> QueryGroup:
    """The books below a book, asked for by a function that calls itself."""
    asked = access(MANAGER, "", None, model="shop.Book", method="iterate")
    stack = (make_frame(line=9, function="below.<listcomp>"), CALL) * depth
    site = make_site(frame=CALL, lookups=(lookup,))
    return books(index, access=asked, stack=(CALL, *stack, VIEW), site=site, **more)


def test_a_manager_asked_for_the_children_of_each_node_is_a_walk():
    [observation] = walk(level(0, 0), level(1, 1, count=3), level(2, 2, count=9))
    assert (observation.query_count, observation.owner_rows) == (13, 3)
    assert observation.subject == "Book.sequel"
    assert observation.groups == (0, 1, 2)


@pytest.mark.parametrize("lookup", ["sequel__in", "author__exact", "id__exact"])
def test_other_questions_are_no_walk(lookup):
    assert not walk(level(0, 0, lookup), level(1, 1, lookup))


PILES = {
    "a stack": """
    while waiting:
        node = waiting.pop()
        below = list(Book.objects.filter(sequel=node))
        waiting.extend(below)
""",
    "a queue of pairs": """
    while waiting:
        node, depth = waiting.popleft()
        for child in Book.objects.filter(sequel=node):
            waiting.append((child, depth + 1))
""",
    "a list that grows while it is read": """
    for node in nodes:
        nodes += Book.objects.filter(sequel=node)
""",
    "taken where it is asked": """
    while waiting:
        waiting.extend(Book.objects.filter(sequel=waiting.pop()))
""",
    "step by step": """
    while stack:
        current = stack.pop(0)
        children = Book.objects.filter(sequel=current)
        for child in children:
            found.append(child)
            stack.insert(0, child)
""",
    "by a key": """
    while (key := keys.pop()):
        rows = Book.objects.filter(sequel=key)
        keys.extend(row.pk for row in rows)
""",
}
LOOPS = {
    "a list that stays": """
    for node in nodes:
        found += Book.objects.filter(sequel=node)
""",
    "another pile": """
    while waiting:
        node = waiting.pop()
        done.extend(Book.objects.filter(sequel=node))
""",
    "asked for something else": """
    while waiting:
        node = waiting.pop()
        rows = list(Book.objects.filter(sequel=other))
        waiting.extend(rows)
""",
    "put back as it was": """
    while waiting:
        node = waiting.pop()
        rows = list(Book.objects.filter(sequel=node))
        waiting.append(node)
""",
    "no loop": """
    return list(Book.objects.filter(sequel=node))
""",
}  # fmt: skip


def asked_by(body: str) -> tuple[Observation, Context]:
    """What a function with that body asks forty times, in its own text."""
    text = f"def below(waiting, nodes, keys, stack, found, done, other, node):{body}"
    [wanted] = re.findall(r"Book\.objects\.filter\(sequel=(?:waiting\.pop\(\)|\w+)\)", text)
    frame = frame_at(text, wanted)
    flat = replace(level(0, 0, count=40, distinct=40), stack=(frame,))
    trace = trace_of(flat)
    [observation] = TreeWalk().check(trace, SHELF)
    return observation, Context(SHELF, Sources(lambda path: text), {trace.id: trace})


@pytest.mark.parametrize("name", PILES)
def test_a_pile_of_nodes_that_their_children_are_put_onto_is_a_walk(name):
    observation, context = asked_by(PILES[name])
    assert TreeWalk().confirm(observation, context)
    assert observation.avoidable_queries == 39
    assert TreeWalk().message([observation]) == (
        "below walked a tree over Book.sequel, node by node: 40 queries."
    )
    assert "below[book.sequel_id].append(book)" in TreeWalk().remedy([observation], context).fix.code


@pytest.mark.parametrize("name", LOOPS)
def test_children_that_are_asked_for_in_a_loop_only_are_no_walk(name):
    assert not TreeWalk().confirm(*asked_by(LOOPS[name]))


def test_one_question_again_and_again_is_no_walk():
    assert not walk(level(0, 0, count=40, distinct=1))
    assert not walk(level(0, 0), level(1, 0))


def test_what_a_walk_asks_is_not_told_as_n_plus_one():
    trace = trace_of(books(), up(1, 0, count=40, owners=40), up(2, 1, count=30, owners=30))
    assert not list(NPlusOne().check(trace, SHELF))


def test_what_the_nodes_of_a_walk_ask_for_belongs_to_the_line_that_walks():
    place = make_site("shop.Review", frame=make_frame(line=20))
    levels = [lazy(at, REVERSE, "reviews", at - 1, site=place, rows=120) for at in (1, 2)]
    authors = [lazy(at + 2, FORWARD, "author", at) for at in (1, 2)]
    told = list(NPlusOne().check(trace_of(books(), *levels, *authors), SHELF))
    assert {(each.site, each.loads[0].path) for each in told} == {(place, "author")}


def test_what_nodes_on_the_way_up_ask_for_has_no_queryset_of_its_own():
    levels = [up(at, at - 1, count=40, owners=40) for at in (1, 2)]
    assert not list(NPlusOne().check(trace_of(books(), *levels, lazy(3, FORWARD, "author", 2)), SHELF))


def remedy(*groups: QueryGroup) -> Any:
    trace = trace_of(*groups)
    context = Context(SHELF, Sources(lambda path: None), {trace.id: trace})
    found = list(TreeWalk().check(trace, SHELF))
    return TreeWalk().remedy(found, context).fix


def test_the_remedy_fetches_once_and_tells_what_a_fixed_depth_takes():
    fix = remedy(SINGLE, up(1, 0), up(2, 1))
    assert fix.code == "book_by_id = Book.objects.in_bulk()  # then book_by_id.get(book.sequel_id)"
    assert 'select_related("sequel__sequel")' in fix.caveat
    assert (fix.kinds, fix.diff) == (("rewrite",), "")
    fix = remedy(level(0, 0), level(1, 1))
    assert "below[book.sequel_id].append(book)" in fix.code
    assert "fixed" not in fix.caveat
    assert remedy(books(), lazy(1, GENERIC, "subject", 0), lazy(2, GENERIC, "subject", 1)).code
