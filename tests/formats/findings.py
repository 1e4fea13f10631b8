"""Findings, fixes, evidence and advice to draw."""

from __future__ import annotations

from typing import Any

from queryscope.model import (
    Edit,
    Evidence,
    Finding,
    Fix,
    IndexAdvice,
    IndexKey,
    IndexRemoval,
    Level,
    Location,
    Measure,
    Occurrence,
    Run,
    Trigger,
)

BOOKS_DIFF = """\
--- a/shop/views.py
+++ b/shop/views.py
@@ -3,4 +3,4 @@
 def book_list(request):
-    books = Book.objects.order_by("id")[:40]
+    books = Book.objects.select_related("author", "publisher").order_by("id")[:40]
     return render(request, "books.html", {"books": books})
"""


def make_run(**more: Any) -> Run:
    values: dict[str, Any] = {
        "queryscope": "0.1.0",
        "python": "3.13.0",
        "django": "6.1",
        "postgresql": "18.0",
        "root": "/home/dev/bookshop",
    }
    return Run(**(values | more))


def make_occurrence(trace: str = "t0", **more: Any) -> Occurrence:
    values: dict[str, Any] = {"query_count": 80, "avoidable_queries": 80, "duration_ms": 33.5}
    return Occurrence(trace=trace, **(values | more))


def make_fix(**more: Any) -> Fix:
    values: dict[str, Any] = {
        "kinds": ("select_related",),
        "title": "Load author and publisher with the books",
        "code": 'Book.objects.select_related("author", "publisher")',
        "diff": BOOKS_DIFF,
        "edits": (Edit(path="shop/views.py", start=61, end=61, text="x", source_sha256="0" * 64),),
    }
    return Fix(**(values | more))


def make_finding(number: int = 0, **more: Any) -> Finding:
    values: dict[str, Any] = {
        "id": f"QS-{number:08x}",
        "rule": "n-plus-one",
        "severity": "warning",
        "confidence": "certain",
        "message": "book_list ran 80 queries for Book.author and Book.publisher, two per book. "
        'Add .select_related("author", "publisher").',
        "model": "shop.Book",
        "relations": ("author", "publisher"),
        "location": Location(path="shop/views.py", line=4, end_line=4, function="book_list"),
        "trigger": Trigger(
            path="templates/books.html", line=12, function="books.html", source="{{ book.author.name }}"
        ),
        "worst": make_occurrence(),
        "fingerprints": ("author", "publisher"),
        "fixes": (make_fix(),),
    }
    values |= more
    values.setdefault("occurrences", (values["worst"],))
    return Finding(**values)


def make_advice(**more: Any) -> IndexAdvice:
    values: dict[str, Any] = {
        "relation": "shop_review",
        "model": "shop.Review",
        "method": "btree",
        "keys": (
            IndexKey(column="book_id", django="book"),
            IndexKey(column="created", django="created", is_descending=True),
        ),
        "name": "review_book_created_idx",
        "reason": "equality on book_id, then order by created",
        "rule": "equality-and-order",
        "serves": ("reviews",),
        "size_bytes": 7_340_032,
        "build_ms": 412.0,
        "write_cost": "one more index entry for each insert",
        "evidence": Evidence(
            level=Level.TIMED,
            before=Measure(ms=131.4, blocks=5_812),
            after=Measure(ms=0.14, blocks=6),
            note="Three runs each, warm cache.",
        ),
    }
    return IndexAdvice(**(values | more))


def make_removal(**more: Any) -> IndexRemoval:
    values: dict[str, Any] = {
        "relation": "shop_review",
        "model": "shop.Review",
        "name": "shop_review_book_id_1a2b3c4d",
        "kind": "prefix",
        "reason": "shop_review_book_id_created_uniq begins with the same keys and serves the same queries: "
        "(book_id, created).",
        "kept": "shop_review_book_id_created_uniq",
        "confidence": "likely",
        "size_bytes": 7_340_032,
        "django": "Review.book: db_index=False",
        "drop_sql": 'DROP INDEX CONCURRENTLY "shop_review_book_id_1a2b3c4d"',
    }
    return IndexRemoval(**(values | more))


_RERUN = Evidence(
    level=Level.RERUN,
    before=Measure(queries=122, ms=94),
    after=Measure(queries=42, ms=61),
    note="Same output.",
)
_HEADS = (
    make_finding(
        0,
        status="new",
        fixes=(
            make_fix(evidence=_RERUN),
            make_fix(
                kinds=("prefetch_related",),
                title="Or prefetch them",
                diff="",
                code='Book.objects.prefetch_related("author", "publisher")',
                caveat="Better where few authors repeat.",
            ),
        ),
    ),
    make_finding(
        1,
        rule="slow-query",
        status="new",
        relations=(),
        model="shop.Review",
        message="top_books waited 165 ms for one query on Review: it read 200 000 rows to keep 22 000.",
        location=Location(path="shop/views.py", line=31, end_line=35, function="top_books"),
        trigger=None,
        worst=make_occurrence("t1", query_count=1, avoidable_queries=0, duration_ms=165.2),
        fingerprints=("reviews",),
        fixes=(
            make_fix(
                kinds=("index",),
                title="Add an index on Review(book, -created)",
                diff="",
                code='models.Index(fields=["book", "-created"], name="review_book_created_idx")',
                evidence=make_advice().evidence,
                caveat="Goes into Review.Meta.indexes; the migration is under Indexes.",
            ),
        ),
    ),
    make_finding(
        2,
        status="worse",
        model="orders.Order",
        relations=("lines",),
        message="OrderViewSet.list ran 31 queries for Order.lines, one per order. "
        'Add .prefetch_related("lines").',
        location=Location(path="orders/api.py", line=88, end_line=88, function="OrderViewSet"),
        trigger=Trigger(path="orders/serializers.py", line=40, function="OrderSerializer.lines"),
        worst=make_occurrence("t2", query_count=31, avoidable_queries=30, duration_ms=12.0),
        fingerprints=("lines",),
        fixes=(
            make_fix(
                kinds=("prefetch_related",),
                code='Order.objects.prefetch_related("lines")',
                diff="",
                caveat="The class attribute is built in another package.",
            ),
        ),
    ),
    make_finding(
        3,
        rule="count-in-loop",
        status="known",
        confidence="likely",
        model="shop.Author",
        relations=("books",),
        message="AuthorSerializer.get_total counted Author.books 24 times, once per author.",
        location=Location(path="shop/api.py", line=31, end_line=31, function="AuthorList.get_queryset"),
        worst=make_occurrence("t3", query_count=24, avoidable_queries=24, duration_ms=9.3),
        fingerprints=("count",),
        fixes=(make_fix(kinds=("annotate",), code='Author.objects.annotate(total=Count("books"))', diff=""),),
    ),
    make_finding(
        4,
        rule="duplicate-query",
        status="known",
        severity="info",
        confidence="idea",
        model="shop.Category",
        relations=(),
        message="menu ran the same query 3 times.",
        location=None,
        worst=make_occurrence("t0", query_count=3, avoidable_queries=2, duration_ms=0.9),
        fingerprints=("menu",),
        fixes=(),
    ),
)


def make_findings(number: int) -> tuple[Finding, ...]:
    """The first findings are told apart, the rest repeat them."""
    rest = tuple(
        make_finding(
            index,
            status="known",
            model=f"app{index % 9}.Model{index}",
            relations=(f"relation_{index}",),
            location=Location(
                path=f"app{index % 9}/views.py", line=index, end_line=index, function=f"view_{index}"
            ),
            worst=make_occurrence("t0", query_count=9, avoidable_queries=8, duration_ms=2.0),
            fingerprints=(f"rest{index}",),
        )
        for index in range(5, number)
    )
    return (_HEADS + rest)[:number]
