"""Reports to draw: a bookshop's run, with findings, plans, index advice, refusals, hostile names."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from queryscope.model import (
    Edit,
    Evidence,
    Example,
    Finding,
    Fix,
    Frame,
    IndexAdvice,
    IndexKey,
    Insight,
    Level,
    Location,
    Measure,
    Occurrence,
    Origin,
    Plan,
    PlanNode,
    Query,
    QueryGroup,
    Refusal,
    Report,
    Run,
    Shape,
    SkippedPlan,
    Trace,
    Trigger,
)
from tests.builders import make_frame, make_node, make_plan, make_query_group

HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[31m\u202egnp.exe\x00{{ 7*7 }}|`*_\udc80"

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


def review_plan() -> Plan:
    """Sort over a hash join over a sequential scan that removes most rows."""

    def timed(
        node_type: str, *children: PlanNode, ms: float, rows: float, plan: float, **more: Any
    ) -> PlanNode:
        return make_node(
            node_type,
            *children,
            actual_total_time_ms=ms,
            actual_startup_time_ms=0.0,
            actual_rows=rows,
            actual_loops=more.pop("loops", 1.0),
            plan_rows=plan,
            total_cost=plan * 2,
            **more,
        )

    scan = timed(
        "Seq Scan",
        id=4,
        ms=131.4,
        rows=22_000,
        plan=22_400,
        relation_name="shop_review",
        schema="public",
        alias="shop_review",
        filter="(rating >= $1)",
        rows_removed_by_filter=178_000.0,
        shared_hit_blocks=612,
        shared_read_blocks=5_200,
        parent_relationship="Outer",
    )
    index = timed(
        "Index Scan",
        id=6,
        ms=0.001,
        rows=1,
        plan=1,
        loops=3_000.0,
        relation_name="shop_book",
        index_name="shop_book_pkey",
        alias="shop_book",
        shared_hit_blocks=9_000,
        index_cond="(id = shop_review.book_id)",
    )
    memo = timed("Memoize", index, id=5, ms=0.0015, rows=1, plan=1, loops=3_000.0, shared_hit_blocks=9_000)
    join = timed(
        "Nested Loop",
        scan,
        memo,
        id=3,
        ms=149.4,
        rows=22_000,
        plan=20_000,
        shared_hit_blocks=9_612,
        shared_read_blocks=5_200,
    )
    group = timed(
        "Aggregate",
        join,
        id=2,
        ms=152.6,
        rows=3_000,
        plan=20,
        shared_hit_blocks=9_612,
        shared_read_blocks=5_200,
    )
    sort = timed(
        "Sort",
        group,
        id=1,
        ms=152.7,
        rows=20,
        plan=20,
        sort_key=("(count(*)) DESC",),
        shared_hit_blocks=9_612,
        sort_method="top-N heapsort",
        shared_read_blocks=5_200,
    )
    root = timed(
        "Limit", sort, id=0, ms=152.7, rows=20, plan=20, shared_hit_blocks=9_612, shared_read_blocks=5_200
    )
    return make_plan(
        root,
        fingerprint="reviews",
        planning_time_ms=0.4,
        execution_time_ms=153.1,
        settings=(("work_mem", "8MB"),),
        server_version=180_000,
        insights=(
            Insight(
                rule="seq-scan-selective",
                node=4,
                severity="error",
                message="The filter removed 178 000 of 200 000 rows.",
                remedy="An index on the filtered column.",
                share=0.86,
            ),
            Insight(
                rule="estimate-off",
                node=2,
                severity="warning",
                message="Estimated 20 rows, got 3 000.",
                share=0.02,
            ),
            Insight(
                rule="parallel-not-used",
                node=4,
                severity="info",
                message="No parallel worker.",
                is_badge=True,
            ),
        ),
    )


def make_findings(number: int) -> tuple[Finding, ...]:
    """The first findings are told apart, the rest repeat them."""
    rerun = Evidence(
        level=Level.RERUN,
        before=Measure(queries=122, ms=94),
        after=Measure(queries=42, ms=61),
        note="Same output.",
    )
    heads = (
        make_finding(
            0,
            status="new",
            fixes=(
                make_fix(evidence=rerun),
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
            fixes=(
                make_fix(kinds=("annotate",), code='Author.objects.annotate(total=Count("books"))', diff=""),
            ),
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
    return (heads + rest)[:number]


def make_group(index: int, fingerprint: str, sql: str, count: int, max_ms: float) -> QueryGroup:
    return make_query_group(
        index, fingerprint=fingerprint, sql=sql, count=count, total_ms=count * max_ms * 0.9, max_ms=max_ms
    )


def make_traces(units: int = 8) -> tuple[Trace, ...]:
    labels = ("GET books/", "GET books/top/", "GET api/orders/", "GET api/authors/")
    return tuple(make_unit(index, labels[index % 4]) for index in range(units))


def make_unit(index: int, label: str, kind: str = "request") -> Trace:
    groups = (
        make_group(0, "books", 'SELECT "shop_book"."id" FROM "shop_book" ORDER BY 1 LIMIT %s', 1, 3.1),
        make_group(
            1, "author", 'SELECT "shop_author"."id" FROM "shop_author" WHERE "id" = %s LIMIT 21', 40, 0.42
        ),
        make_group(
            2, "publisher", 'SELECT "shop_publisher"."id" FROM "shop_publisher" WHERE "id" = %s', 40, 0.38
        ),
        make_group(
            3, "reviews", 'SELECT "book_id", COUNT(*) FROM "shop_review" GROUP BY "book_id"', 1, 165.2
        ),
    )
    queries: list[Query] = []
    at = 2.0
    order = [0, *([1, 2] * 40), 3]
    for number, group in enumerate(order):
        duration = groups[group].max_ms
        queries.append(Query(index=number, group=group, started_ms=at, duration_ms=duration))
        at += duration + 0.2
    return Trace(
        id=f"t{index}",
        origin=Origin(kind=kind, label=label),  # type: ignore[arg-type]
        started_at="2026-01-01T00:00:00Z",
        wall_ms=at + 20.0,
        groups=groups,
        queries=tuple(queries),
        status=200,
        saw_application=True,
    )


def make_shapes(number: int = 6) -> tuple[Shape, ...]:
    heads = (
        ("reviews", 'SELECT "book_id", COUNT(*) FROM "shop_review" GROUP BY "book_id"', 8, 165.2),
        ("author", 'SELECT "shop_author"."id" FROM "shop_author" WHERE "id" = %s LIMIT 21', 320, 0.42),
        ("publisher", 'SELECT "shop_publisher"."id" FROM "shop_publisher" WHERE "id" = %s', 320, 0.38),
        ("books", 'SELECT "shop_book"."id" FROM "shop_book" ORDER BY 1 LIMIT %s', 8, 3.1),
    )
    rest = tuple(
        (f"rest{i}", f'SELECT "a" FROM "app_table_{i}" WHERE "b" = %s', 9, 0.3) for i in range(4, number)
    )
    return tuple(
        Shape(
            fingerprint=fingerprint,
            sql=sql,
            count=count,
            total_ms=count * max_ms * 0.9,
            max_ms=max_ms,
            relations=(sql.split('FROM "')[1].split('"')[0],),
            example=Example(
                trace="t0",
                index=1,
                stack=(
                    make_frame(
                        "templates/books.html",
                        12,
                        "books.html",
                        is_template=True,
                        source="{{ book.author.name }}",
                    ),
                    make_frame("shop/views.py", 4, "book_list"),
                ),
            ),
        )
        for fingerprint, sql, count, max_ms in (heads + rest)[:number]
    )


def make_report(number: int = 8, /, **more: Any) -> Report:
    """A bookshop's run with so many findings; anything of `Report` can be given by keyword."""
    values: dict[str, Any] = {
        "generated_at": "2026-01-01T12:00:00Z",
        "run": make_run(verdict="fail" if number else "pass"),
        "traces": make_traces(),
        "shapes": make_shapes(),
        "findings": make_findings(number),
        "plans": (review_plan(),),
        "skipped_plans": (SkippedPlan(fingerprint="books", reason="FOR UPDATE takes locks."),),
        "indexes": (
            make_advice(),
            make_advice(
                method="gin",
                keys=(IndexKey(column="title", django="title", opclass="gin_trgm_ops"),),
                relation="shop_book",
                model="shop.Book",
                name="book_title_trgm",
                extensions=("pg_trgm",),
                serves=("books",),
                size_bytes=None,
                evidence=Evidence(level=Level.USABLE, note="TRIAL_INDEXES does not list 'default'."),
            ),
        ),
        "refusals": (
            Refusal(
                fingerprint="author",
                relation="shop_author",
                kind="tiny-table",
                reason="The table has 40 rows.",
            ),
            Refusal(
                fingerprint="reviews",
                relation="shop_review",
                kind="low-selectivity",
                reason="The predicate keeps 94 % of the rows.",
            ),
        ),
    }
    return Report(**(values | more))


def hostile_report() -> Report:
    """Every name, statement, path and note is an attack."""
    finding = make_finding(
        7,
        message=HOSTILE,
        model=f"shop.{HOSTILE}",
        relations=(HOSTILE,),
        location=Location(path=HOSTILE, line=1, end_line=1, function=HOSTILE),
        trigger=Trigger(path=HOSTILE, line=2, function=HOSTILE, source=HOSTILE),
        fixes=(
            make_fix(
                title=HOSTILE,
                code=HOSTILE,
                diff=f"+{HOSTILE}\n",
                caveat=HOSTILE,
                evidence=Evidence(note=HOSTILE),
            ),
        ),
    )
    base = make_report(0)
    trace = make_traces(1)[0]
    return replace(
        base,
        run=make_run(missing=(HOSTILE,), root=HOSTILE, verdict="incomplete"),
        findings=(finding,),
        traces=(replace(trace, origin=Origin(kind="test", label=HOSTILE), notes=(HOSTILE,)),),
        shapes=(
            replace(
                make_shapes(1)[0],
                sql=HOSTILE,
                relations=(HOSTILE,),
                example=Example(trace="t0", index=0, stack=(Frame(path=HOSTILE, line=1, function=HOSTILE),)),
            ),
        ),
        plans=(replace(review_plan(), root=make_node(HOSTILE, filter=HOSTILE), note=HOSTILE),),
        skipped_plans=(SkippedPlan(fingerprint="reviews", reason=HOSTILE),),
        indexes=(make_advice(reason=HOSTILE, write_cost=HOSTILE, evidence=Evidence(note=HOSTILE)),),
        refusals=(Refusal(fingerprint="reviews", relation=HOSTILE, kind="no-gain", reason=HOSTILE),),
    )


def large_report(units: int = 1_000, queries: int = 100) -> Report:
    """Many units of work, each with as many single queries; the times are as irregular as in life."""
    dice = Random(7)
    traces = []
    for unit in range(units):
        held = []
        at = 0.0
        for number in range(queries):
            duration = round(dice.lognormvariate(-0.7, 0.6), 3)
            held.append(
                Query(
                    index=number, group=dice.choice((0, 1, 1, 2, 2, 3)), started_ms=at, duration_ms=duration
                )
            )
            at += duration + dice.expovariate(3)
        base = make_unit(unit, f"tests/test_app.py::test_{unit}", "test")
        traces.append(replace(base, queries=tuple(held), wall_ms=at + 5))
    return make_report(40, traces=tuple(traces), shapes=make_shapes(412))


def make_plan_of(nodes: int) -> Plan:
    """A chain of so many nodes, the deepest last."""
    node = make_node(
        id=nodes - 1, actual_total_time_ms=1.0, actual_rows=1.0, actual_loops=1.0, relation_name="t"
    )
    for number in range(nodes - 2, -1, -1):
        more = {"actual_total_time_ms": float(nodes - number), "actual_rows": 1.0, "actual_loops": 1.0}
        node = make_node("Nested Loop", node, id=number, **more)
    return make_plan(node, fingerprint="reviews", execution_time_ms=float(nodes))
