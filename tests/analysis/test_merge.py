"""Observations of one queryset become one finding, with one fix and an id that lasts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.analysis.merge import finding_id, weight
from queryscope.model import AccessKind, ClassSite, Occurrence, Query, Repeat
from tests.analysis.shop import PATH, TEXT, frame_at, judge, n_plus_one, page
from tests.builders import make_access, make_event, make_frame, make_query_group, make_site, make_trace
from tests.rules.trace.shop import FORWARD, MANY, REVERSE, TEMPLATE, books, lazy


def test_a_finding_says_it_in_order():
    [finding] = judge(n_plus_one())
    assert finding.rule == "n-plus-one"
    assert finding.message == (
        'book_list ran 40 queries for Book.author, one per book. Add .select_related("author").'
    )
    assert (finding.severity, finding.confidence, finding.status) == ("warning", "certain", None)
    assert finding.model == "shop.Book"
    assert finding.relations == ("author",)
    assert (finding.location.path, finding.location.line, finding.location.end_line) == (PATH, 5, 5)
    assert finding.location.function == "book_list"
    assert finding.trigger.line == 6
    assert finding.worst == Occurrence(trace="t1", query_count=40, avoidable_queries=40, duration_ms=40.0)
    assert finding.occurrences == (finding.worst,)
    assert len(finding.fingerprints) == 1


def test_two_relations_of_one_queryset_are_one_finding_with_one_fix():
    trace = make_trace(page(), lazy(1, FORWARD, "author"), lazy(2, MANY, "tags"))
    [finding] = judge(trace)
    assert finding.relations == ("author", "tags")
    assert finding.fixes[0].code == 'Book.objects.select_related("author").prefetch_related("tags")'
    assert finding.message.endswith('Add .select_related("author").prefetch_related("tags").')
    assert finding.worst.query_count == 80
    assert finding.worst.avoidable_queries == 79
    assert len(finding.fingerprints) == 2


def test_relations_of_two_traces_are_one_finding_with_one_fix():
    one = n_plus_one(id="t1")
    two = make_trace(page(), lazy(1, MANY, "tags", count=30), id="t2")
    [finding] = judge(one, two)
    assert finding.relations == ("author", "tags")
    [edit] = finding.fixes[0].edits
    assert edit.text == '.select_related("author").prefetch_related("tags")'
    assert '+        Book.objects.select_related("author").prefetch_related("tags").order_by' in (
        finding.fixes[0].diff  # on a line of its own: it would be too long
    )
    assert [each.trace for each in finding.occurrences] == ["t1", "t2"]
    assert finding.worst.trace == "t1"


def test_nothing_is_summed_over_traces():
    alone = judge(n_plus_one(id="t1"))
    more = judge(n_plus_one(id="t1"), n_plus_one(id="t2"), n_plus_one(id="t3"))
    assert more[0].worst.query_count == alone[0].worst.query_count == 40
    assert more[0].id == alone[0].id
    assert len(more[0].occurrences) == 3


def test_a_path_that_is_joined_here_and_prefetched_there_is_prefetched():
    locked = page()
    locked = replace(locked, site=replace(locked.site, is_for_update=True))
    [finding] = judge(n_plus_one(id="t1"), make_trace(locked, lazy(1, FORWARD, "author"), id="t2"))
    assert finding.fixes[0].kinds == ("prefetch_related",)


def test_the_worst_is_the_one_that_avoids_most_and_of_equals_the_first():
    few = make_trace(page(), lazy(1, FORWARD, "author", count=5, total_ms=900.0), id="t0")
    [finding] = judge(few, n_plus_one(id="t1"), n_plus_one(id="t2"))
    assert finding.worst.trace == "t1"
    assert "ran 40 queries" in finding.message


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((5, 5, 1.0), (4, 9, 9.0)),
        ((5, 6, 1.0), (5, 5, 9.0)),
        ((0, 1, 9.0), (0, 9, 1.0)),
        ((1, 1, 0.0), (0, 9, 9.0)),
    ],
)
def test_queries_weigh_more_than_milliseconds(one, other):
    def made(avoided, count, ms):
        return Occurrence(trace="t", avoidable_queries=avoided, query_count=count, duration_ms=ms)

    assert weight(made(*one)) > weight(made(*other))


def test_two_querysets_of_a_function_are_two_findings():
    first, second = (page(wanted=f"Book.objects.filter(shelf={n})", index=n - 1) for n in (1, 2))
    trace = make_trace(first, second, lazy(2, FORWARD, "author", 0), lazy(3, FORWARD, "author", 1))
    one, two = judge(trace)
    assert (one.location.line, two.location.line) == (10, 11)
    assert one.id != two.id


def two_on_a_line(order):
    text = "def f():\n    return Book.objects.filter(a=1), Book.objects.filter(b=1)\n"
    sites = [page(text, f"Book.objects.filter({name}=1)", at) for at, name in enumerate(order)]
    trace = make_trace(*sites, lazy(2, FORWARD, "author", 0), lazy(3, MANY, "tags", 1))
    return text, judge(trace, text=text)


def test_two_querysets_of_a_line_are_told_apart_by_column():
    text, found = two_on_a_line("ab")
    assert [each.fixes[0].edits[0].start for each in found] == [
        text.index(".filter(a"),
        text.index(".filter(b"),
    ]
    _, other = two_on_a_line("ba")
    assert {each.relations: each.id for each in other} == {("tags",): found[0].id, ("author",): found[1].id}


def id_of(text: str = TEXT, **more) -> str:
    wanted = more.pop("wanted", 'Book.objects.order_by("title")')
    [finding] = judge(make_trace(page(text, wanted), lazy(1, FORWARD, "author", **more)), text=text)
    return finding.id


def test_an_id_outlives_lines_relations_columns_and_shapes():
    known = id_of()
    assert known.startswith("QS-")
    assert len(known) == 11
    assert id_of("\n\n# moved\n" + TEXT) == known
    assert id_of(TEXT.replace("    books = ", "    the_books = ")) == known
    assert id_of(TEXT.replace('"title"', '"name"'), wanted='Book.objects.order_by("name")') == known
    assert id_of(fingerprint="another", sql="SELECT 2") == known
    assert id_of(stack=(TEMPLATE, make_frame(), make_frame(line=9))) == known
    [other] = judge(make_trace(page(), lazy(1, FORWARD, "publisher")))
    assert other.id == known


def test_an_id_does_not_need_the_source():
    [without] = judge(n_plus_one(), text=None)
    [broken] = judge(n_plus_one(), text="def book_list(:\n")
    assert without.id == broken.id == id_of()
    assert without.fixes[0].diff == broken.fixes[0].diff == ""
    assert without.location == judge(n_plus_one())[0].location


def test_an_id_tells_functions_models_and_rules_apart():
    assert id_of(TEXT.replace("book_list", "books")) != id_of()
    ids = {
        finding_id("a", "b", "c", "d", 1),
        finding_id("a", "b", "c", "d", 2),
        finding_id("ab", "", "c", "d", 1),
    }
    assert len(ids) == 3


def test_comprehensions_do_not_make_an_id_another():
    inner, outer = page(), page()
    inner = replace(
        inner, site=replace(inner.site, frame=replace(inner.site.frame, function="book_list.<listcomp>"))
    )
    one, two = (judge(make_trace(each, lazy(1, FORWARD, "author"))) for each in (inner, outer))
    assert one[0].id == two[0].id
    assert one[0].location.function == "book_list"


def test_the_order_of_traces_does_not_matter():
    traces = [
        n_plus_one(id="t1"),
        make_trace(page(wanted="Book.objects.filter(shelf=1)"), lazy(1, FORWARD, "author"), id="t2"),
        make_trace(page(wanted="Book.objects.filter(shelf=2)"), lazy(1, MANY, "tags"), id="t3"),
    ]
    one, other = judge(*traces), judge(*reversed(traces))
    assert {each.id: each.relations for each in one} == {each.id: each.relations for each in other}


HELPER = TEXT + '\n\ndef titles():\n    return list(Book.objects.values_list("title"))\n'


def repeated(call: str, text: str = HELPER) -> tuple[str, list]:
    return text, repeated_at([frame_at(text, call)] * 2, text)


def repeated_at(frames: list, text: str) -> list:
    groups = [
        make_query_group(
            at,
            sql='SELECT * FROM "shop_book"',
            distinct=1,
            site=make_site(frame=frame),
            stack=(frame, make_frame("shop/pages.py", 10 + at, "page")),
            access=make_access(AccessKind.MANAGER),
        )
        for at, frame in enumerate(frames)
    ]
    repeat = Repeat(fingerprint="f", alias="default", count=2, groups=(0, 1))
    return judge(make_trace(*groups, repeats=(repeat,)), text=text)


def test_a_duplicate_has_a_remedy_and_its_place():
    _, [finding] = repeated('Book.objects.values_list("title")')
    assert finding.rule == "duplicate-query"
    assert finding.message == "titles ran the same Book query 2 times, again at shop/pages.py:11."
    assert finding.location.function == "titles"
    assert finding.relations == ()
    assert finding.fixes[0].kinds == ("reuse",)
    assert (finding.fixes[0].evidence.before.queries, finding.fixes[0].evidence.after.queries) == (2, 1)


@pytest.mark.parametrize("name", ["refresh_from_db", "arefresh_from_db"])
def test_reading_an_object_again_is_meant(name):
    text = f"def f(book):\n    book.{name}()\n"
    assert repeated(f"book.{name}()", text)[1] == []
    assert repeated("book.reload()", text.replace(name, "reload"))[1] != []


def test_reading_an_object_and_then_again_is_meant():
    text = "def f():\n    book = Book.objects.get(pk=1)\n    book.refresh_from_db()\n"
    frames = [frame_at(text, call) for call in ("Book.objects.get(pk=1)", "book.refresh_from_db()")]
    assert repeated_at(frames, text) == []
    assert repeated_at([frames[0], frames[0]], text) != []


def test_a_slow_query_has_a_place_and_no_fix():
    [finding] = judge(make_trace(page(max_ms=300.0)))
    assert finding.rule == "slow-query"
    assert finding.fixes == ()
    assert finding.location.line == 5
    assert finding.worst.duration_ms == 300.0


def test_raw_sql_is_placed_where_it_was_run():
    [finding] = judge(make_trace(page(max_ms=300.0, site=None)))
    assert finding.location.line == 5
    assert finding.model == ""


def test_a_chain_on_many_lines_is_placed_from_root_to_end():
    text = "def f():\n    return (\n        Book.objects\n        .filter(a=1)\n        .order_by()\n    )\n"
    frame = frame_at(text, "Book.objects\n        .filter(a=1)")
    frame = replace(frame, line=4, column=9)  # as Python tells the position of a method on a line of its own
    group = books(site=make_site(frame=frame), stack=(frame,), max_ms=300.0)
    [finding] = judge(make_trace(group), text=text)
    assert (finding.location.line, finding.location.end_line) == (3, 5)


def test_a_class_is_a_place_of_its_own():
    text = "class BookList(ListView):\n    model = Book\n"
    holder = ClassSite(path=PATH, line=1, name="BookList", kind="view")
    root = books(site=make_site(frame=None, holder=holder), stack=())
    [finding] = judge(make_trace(root, lazy(1, FORWARD, "author", stack=(TEMPLATE,))), text=text)
    assert finding.location.function == "BookList"
    assert finding.trigger.source == "{{ book.author }}"
    assert "queryset = Book.objects.select_related" in finding.fixes[0].diff
    [unread] = judge(make_trace(root, lazy(1, FORWARD, "author", stack=(TEMPLATE,))), text=None)
    assert unread.id == finding.id


@pytest.mark.parametrize(("kind", "line"), [("view", 3), ("admin", 1)])
def test_what_a_rule_does_not_place_stands_where_a_class_says_which_rows_it_means(kind, line):
    text = "class BookList(ListView):\n    paginate_by = 5\n    model = Book\n"
    holder = ClassSite(path=PATH, line=1, name="BookList", kind=kind)
    root = books(site=make_site(frame=None, holder=holder), stack=(), max_ms=300.0)
    [finding] = judge(make_trace(root), text=text)
    assert finding.rule == "slow-query"
    assert (finding.location.line, finding.location.function) == (line, "BookList")
    [unread] = judge(make_trace(root), text=None)
    assert (unread.location.line, unread.id) == (1, finding.id)


def test_a_queryset_of_no_place_is_placed_at_its_trigger():
    root = books(site=make_site(frame=None), stack=())
    [finding] = judge(make_trace(root, lazy(1, REVERSE, "reviews", stack=(TEMPLATE,))))
    assert finding.location.path == TEMPLATE.path
    assert "No line of the application" in finding.fixes[0].caveat


def test_nothing_seen_is_nothing_found():
    assert judge() == []
    assert judge(make_trace()) == []


def test_observations_that_a_rule_gathers_are_one_finding():
    first, second = (
        make_frame("shop/pay.py", line, "pay", end_line=line, column=8, end_column=18) for line in (3, 5)
    )
    text = "def pay():\n    with atomic():\n        one.save()\n        call()\n        two.save()\n"
    events = (make_event("begin", started_ms=0.0), make_event("commit", started_ms=2000.0))
    traces = [
        make_trace(
            make_query_group(0, stack=(frame,), site=make_site(label)),
            id=label,
            queries=(Query(group=0, started_ms=1.0, duration_ms=1.0),),
            connections=events,
        )
        for frame, label in ((first, "shop.One"), (second, "shop.Two"))
    ]
    [finding] = judge(*traces, text=text)
    assert finding.rule == "long-transaction"
    assert finding.location.line == 2
    assert [each.trace for each in finding.occurrences] == ["shop.One", "shop.Two"]
    assert len(judge(*traces, text="")) == 2
