"""Reports to draw: a bookshop's run, with findings, plans, index advice, refusals, hostile names."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from queryscope.model import (
    Evidence,
    Example,
    Frame,
    IndexKey,
    Level,
    Location,
    Measure,
    Origin,
    Query,
    QueryGroup,
    Refusal,
    Report,
    Shape,
    SkippedPlan,
    Trace,
    Trigger,
)
from tests.builders import make_event, make_frame, make_load, make_node, make_query_group
from tests.formats.findings import (
    make_advice,
    make_finding,
    make_findings,
    make_fix,
    make_removal,
    make_run,
)
from tests.formats.plans import review_plan

HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[31m\u202egnp.exe\x00{{ 7*7 }}|`*_\udc80"


def make_group(index: int, fingerprint: str, sql: str, count: int, max_ms: float) -> QueryGroup:
    return make_query_group(
        index, fingerprint=fingerprint, sql=sql, count=count, total_ms=count * max_ms * 0.9, max_ms=max_ms
    )


def make_traces(units: int = 8) -> tuple[Trace, ...]:
    labels = ("GET books/", "GET books/top/", "GET api/orders/", "GET api/authors/")
    traced = {3: "0af7651916cd43dd8448eb211c80319c"}  # by OpenTelemetry
    return tuple(
        replace(make_unit(index, labels[index % 4]), otel_trace_id=traced.get(index, ""))
        for index in range(units)
    )


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
    for group in order:
        duration = groups[group].max_ms
        queries.append(Query(group=group, started_ms=at, duration_ms=duration))
        at += duration + 0.2
    return Trace(
        id=f"t{index}",
        origin=Origin(kind=kind, label=label),  # type: ignore[arg-type]
        started_at="2026-01-01T00:00:00Z",
        wall_ms=at + 20.0,
        groups=groups,
        queries=tuple(queries),
        status=200,
        loads=(
            make_load(
                0, select_related=("author",), prefetch_related=("tags", "best"), relations_read=("best",)
            ),
            make_load(
                0, path="author", model="shop.Author", columns=("id",), columns_read=(), is_escaped=True
            ),
        ),
        saw_application=True,
        saw_reads=True,
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


def index_report(number: int = 60) -> Report:
    """Many indexes, the first two of them a set; refusals, and indexes that can go."""
    timed = Evidence(
        level=Level.TIMED, before=Measure(ms=310.0, blocks=20_110), after=Measure(ms=1.2, blocks=44)
    )
    pair = (
        make_advice(
            name="line_order",
            together=("order_state",),
            relation="shop_line",
            model="shop.Line",
            keys=(IndexKey(column="order_id", django="order"),),
            evidence=timed,
            gain_ms=5_100.0,
        ),
        make_advice(
            name="order_state",
            together=("line_order",),
            relation="shop_order",
            model="shop.Order",
            keys=(IndexKey(column="state", django="state"),),
            gain_ms=5_100.0,
            evidence=replace(timed, note="Alone it won 1.1 times."),
        ),
    )
    rest = tuple(
        make_advice(
            name=f"index_{at}",
            relation=f"app_table_{at}",
            model=f"app.Table{at}",
            gain_ms=4_000.0 / (at + 1),
            serves=tuple(f"rest{shape}" for shape in range(4, 4 + at)),
            replaces=("app_old",) if at % 3 == 0 else (),
            write_cost=f"Ends HOT updates for Table{at}.created, updated 412 times in this run. "
            "90 rows inserted in this run: an entry more for each.",
        )
        for at in range(number - 2)
    )
    refusals = tuple(
        Refusal(
            fingerprint=f"rest{at}",
            relation=f"app_table_{at}",
            kind="write-hot",
            reason=f"Table{at}.status is updated 5,000 times in this run, and what an index on it serves "
            "runs 12 times: it would end HOT updates and win 0.02 ms for each of them.",
        )
        for at in range(4, number)
    )
    removals = tuple(
        make_removal(name=f"app_table_{at}_index_of_a_rather_long_name_1a2b3c4d", relation=f"app_table_{at}")
        for at in range(number // 2)
    )
    indexes = (*pair, *rest)[:number]
    return make_report(8, shapes=make_shapes(80), indexes=indexes, refusals=refusals, removals=removals)


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
        traces=(
            replace(
                trace,
                origin=Origin(kind="test", label=HOSTILE),
                notes=(HOSTILE,),
                connections=(make_event("connect", alias=HOSTILE, error=HOSTILE),),
            ),
        ),
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
        removals=(
            make_removal(relation=HOSTILE, name=HOSTILE, reason=HOSTILE, django=HOSTILE, drop_sql=HOSTILE),
        ),
    )


def large_report(units: int = 1_000, queries: int = 100) -> Report:
    """Many units of work, each with as many single queries; the times are as irregular as in life."""
    dice = Random(7)
    traces = []
    for unit in range(units):
        held = []
        at = 0.0
        for _ in range(queries):
            duration = round(dice.lognormvariate(-0.7, 0.6), 3)
            held.append(Query(group=dice.choice((0, 1, 1, 2, 2, 3)), started_ms=at, duration_ms=duration))
            at += duration + dice.expovariate(3)
        base = make_unit(unit, f"tests/test_app.py::test_{unit}", "test")
        traces.append(replace(base, queries=tuple(held), wall_ms=at + 5))
    return make_report(40, traces=tuple(traces), shapes=make_shapes(412))
