"""One fix for all that was seen at a site: facts of all traces count, and what can't be edited is told."""

from __future__ import annotations

from dataclasses import replace

from queryscope.model import AccessKind, Model, Models
from tests.analysis.shop import judge, n_plus_one, page
from tests.builders import make_frame, make_query_group, make_trace, relation
from tests.rules.trace.shop import (
    FORWARD,
    GENERIC,
    MANY,
    PREFETCH,
    REVERSE,
    SHELF,
    access,
    books,
    lazy,
)


def test_evidence_is_counted_from_the_worst_trace():
    extra = make_query_group(2, kind="select", count=3, rows=1)
    savepoint = make_query_group(3, kind="transaction", count=9)
    trace = make_trace(page(), lazy(1, MANY, "tags"), extra, savepoint)
    [finding] = judge(trace)
    evidence = finding.fixes[0].evidence
    assert evidence.level == "none"
    assert (evidence.before.queries, evidence.after.queries) == (44, 5)


def test_the_facts_of_all_traces_count():
    only = make_trace(page(only=("title",)), lazy(1, FORWARD, "author"), id="t2")
    [finding] = judge(n_plus_one(id="t1"), only)
    assert finding.fixes[0].diff == ""
    assert "only() leaves out the column" in finding.fixes[0].caveat


def test_a_prefetch_added_in_a_branch_counts_too():
    branch = page(prefetch_related=("reviews",))
    prefetch = books(1, access=access(PREFETCH, "reviews", 0), rows=120)
    lines = lazy(2, FORWARD, "book", 1, model="shop.Review", count=120)
    [finding] = judge(make_trace(branch, prefetch, lines))
    assert 'prefetch_related("reviews") is added elsewhere' in finding.fixes[0].caveat


def test_an_iterator_in_any_trace_counts():
    reader = books(0, site=page().site, access=access(AccessKind.MANAGER, "", None, method="iterator"))
    trace = make_trace(reader, lazy(1, REVERSE, "reviews"), id="t2")
    [finding] = judge(make_trace(page(), lazy(1, REVERSE, "reviews"), id="t1"), trace)
    assert "needs a chunk_size" in finding.fixes[0].caveat


def test_what_can_be_edited_is_edited_and_the_rest_is_told():
    subject = lazy(2, GENERIC, "subject", rows=40)
    behind = lazy(3, FORWARD, "brand", 2, model="shop.Product")
    [finding] = judge(make_trace(page(), lazy(1, FORWARD, "author"), subject, behind))
    fix = finding.fixes[0]
    assert finding.relations == ("author", "subject", "subject__brand")
    assert fix.code == 'Book.objects.select_related("author").prefetch_related("subject")'
    assert fix.diff
    assert fix.caveat.endswith('use GenericPrefetch("subject", [Product.objects.select_related("brand")]).')
    # 1 + 3 × 40 queries: the author and the subjects go, a prefetch comes, the brands stay.
    assert (fix.evidence.before.queries, fix.evidence.after.queries) == (121, 42)


def test_behind_a_generic_key_every_model_gets_a_queryset_of_its_own():
    prefetch = books(1, access=access(PREFETCH, "subject", 0), rows=40)
    behind = lazy(2, FORWARD, "brand", 1, model="shop.Product")
    [finding] = judge(make_trace(page(), prefetch, behind))
    fix = finding.fixes[0]
    assert finding.relations == ("subject__brand",)
    assert fix.diff == ""
    inner = 'GenericPrefetch("subject", [Product.objects.select_related("brand")])'
    assert fix.code == f"Book.objects.prefetch_related({inner})"
    assert "leads to several models" in fix.caveat
    assert finding.message.endswith(f"{fix.title}.")
    assert finding.location.line == 5


def test_several_models_behind_a_generic_key_are_told_together():
    prefetch = books(1, access=access(PREFETCH, "subject", 0), rows=80)
    author = lazy(2, FORWARD, "author", 1, model="shop.Book")
    tags = lazy(3, MANY, "tags", 1, model="shop.Book")
    publisher = lazy(4, FORWARD, "publisher", 1, model="shop.Author")
    [finding] = judge(make_trace(page(), prefetch, author, tags, publisher))
    assert finding.fixes[0].code == (
        'Book.objects.prefetch_related(GenericPrefetch("subject", ['
        'Author.objects.select_related("publisher"), '
        'Book.objects.select_related("author").prefetch_related("tags")]))'
    )


def test_a_manager_that_runs_the_query_is_told():
    root = page()
    root = replace(root, stack=(make_frame("shop/managers.py", 3, "Shelf.rows"), root.site.frame))
    [finding] = judge(make_trace(root, lazy(1, FORWARD, "author")))
    assert finding.fixes[0].code == 'Book.objects.select_related("author")'
    assert finding.fixes[0].caveat == "Shelf.rows runs the query at shop/managers.py:3: add the call there."


def test_a_relation_of_any_model_may_lead_to_the_rows():
    text = "def f(author):\n    return author.books.filter(a=1)\n"
    root = page(text, "author.books.filter(a=1)")
    [finding] = judge(make_trace(root, lazy(1, FORWARD, "publisher")), text=text)
    assert 'author.books.select_related("publisher").filter' in finding.fixes[0].diff
    text = text.replace("books", "things")
    root = page(text, "author.things.filter(a=1)")
    [finding] = judge(make_trace(root, lazy(1, FORWARD, "publisher")), text=text)
    assert finding.fixes[0].diff == ""


def test_a_relation_that_leads_elsewhere_too_needs_its_owners_name():
    shelves = Model(label="shop.Shelf", table="t", relations=(relation("books", REVERSE, "shop.Toy"),))
    models = Models(models=(*SHELF.models, shelves))
    for owner, told in (("author", True), ("shelf", False), ("thing", False)):
        text = f"def f({owner}):\n    return {owner}.books.filter(a=1)\n"
        root = page(text, f"{owner}.books.filter(a=1)")
        [finding] = judge(make_trace(root, lazy(1, FORWARD, "publisher")), text=text, models=models)
        assert bool(finding.fixes[0].diff) is told


def test_a_model_that_nobody_knows_has_a_fix():
    root = page()
    root = replace(root, site=replace(root.site, model="other.Book"))
    [finding] = judge(make_trace(root, lazy(1, FORWARD, "author", model="other.Book")))
    assert finding.fixes[0].diff


def units(number: int, *, others: int, kind: AccessKind = REVERSE, attribute: str = "reviews") -> str:
    """The caveat where so many units read a relation of the rows, and others take the same rows only."""
    reading = [make_trace(page(), lazy(1, kind, attribute), id=f"r{at}") for at in range(number)]
    taking = [make_trace(page(), id=f"o{at}") for at in range(others)]
    [finding] = judge(*reading, *taking)
    return finding.fixes[0].caveat


def test_a_prefetch_that_few_who_take_the_rows_need_is_told_without_an_edit():
    assert units(1, others=1) == ""
    assert units(1, others=2).startswith("Only 1 of 3 units that take these rows read reviews")
    assert units(3, others=4) == ""


def test_a_join_costs_the_others_no_query():
    assert units(1, others=9, kind=FORWARD, attribute="author") == ""


def test_a_lookup_below_rows_that_are_not_there_costs_the_others_nothing():
    first = page(prefetch_related=("reviews",))
    prefetch = books(1, access=access(PREFETCH, "reviews", 0), rows=120)
    comments = lazy(2, REVERSE, "comments", 1, model="shop.Review", count=120)
    empty = [make_trace(first, replace(prefetch, rows=0), id=f"o{at}") for at in range(9)]
    [finding] = judge(make_trace(first, prefetch, comments), *empty)
    assert "Only" not in finding.fixes[0].caveat
    full = [make_trace(first, prefetch, id=f"o{at}") for at in range(9)]
    [finding] = judge(make_trace(first, prefetch, comments), *full)
    assert "Only 1 of 10 units" in finding.fixes[0].caveat
