"""What plan rules say of real querysets, and that the cure that they name gives the same rows and silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Exists, OuterRef

from catalog.models import Brand, Company, Product
from queryscope.capture.finish import finish
from queryscope.examine import examine
from queryscope.model import Insight, Origin, Plan
from queryscope.profiler import begin, current_config
from queryscope.proving import Place

COMPANIES = 3_000
MAKE = f"""
    INSERT INTO catalog_company (name, country)
    SELECT 'Company ' || n, 'AA' FROM generate_series(1, {COMPANIES}) n;
    INSERT INTO catalog_brand (name, slug, company_id)
    SELECT 'Brand ' || n, 'brand-' || n, c.id
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM catalog_company) c,
         generate_series(1, 60000) n
    WHERE n % {COMPANIES} + 1 = c.place;
    INSERT INTO catalog_category (name, slug) VALUES ('Tea', 'tea');
    INSERT INTO catalog_product (name, slug, brand_id, category_id, price, description, attributes, colours,
                                 is_active, created)
    SELECT 'Product ' || n, 'product-' || n, (SELECT min(id) FROM catalog_brand),
           (SELECT min(id) FROM catalog_category), 1,
           (SELECT string_agg(md5((n * 1000 + m)::text), '') FROM generate_series(1, 50) m),
           '{{}}', '{{}}', true, now()
    FROM generate_series(1, 5000) n;
    ANALYZE catalog_company, catalog_brand, catalog_product;
    SET LOCAL max_parallel_workers_per_gather = 0;
    SET LOCAL jit = off;
"""


@pytest.fixture(autouse=True)
def shop(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables as large as those of a shop, in the transaction of the test; no machine is too fast for them."""
    monkeypatch.setattr("queryscope.plans.weight.LEAST_MS", 0.0)
    run(MAKE)


def run(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def plan_of(work: Callable[[], Any]) -> Plan:
    """The plan of the one query of a piece of work, judged."""
    config = current_config(explain="all", explain_budget_ms=60_000.0, trial_indexes=())
    recorder = begin(Origin(kind="block", label="work"), config)
    try:
        work()
    finally:
        recorder.stop()
    trace, slow = finish(recorder)
    place = Place(config=config, project=recorder.codes.project, in_place=True, is_test_database=False)
    capture = examine(trace, slow, place)
    [plan] = capture.plans
    assert plan.is_analyzed, plan.note
    return plan


def told(work: Callable[[], Any]) -> dict[str, Insight]:
    """What the rules say of it, by rule."""
    return {insight.rule: insight for insight in plan_of(work).insights}


def test_a_distinct_over_a_join_becomes_an_exists():
    with_join = Company.objects.filter(brands__name__gt="").distinct()
    insight = told(lambda: list(with_join.all()))["distinct-on-join"]
    assert 'Exists(Brand.objects.filter(company=OuterRef("pk"), …))' in insight.remedy
    with_exists = Company.objects.filter(Exists(Brand.objects.filter(company=OuterRef("pk"), name__gt="")))
    assert set(with_exists) == set(with_join)
    assert "distinct-on-join" not in told(lambda: list(with_exists.all()))


def test_values_that_repeat_by_themselves_are_no_fault_of_the_join():
    countries = Brand.objects.values("company__country").distinct()
    assert "distinct-on-join" not in told(lambda: list(countries))
    names = Brand.objects.filter(company__country="AA").values("company_id").distinct()
    assert "distinct-on-join" not in told(lambda: list(names))


def test_groups_with_a_condition_are_no_distinct():
    large = Company.objects.annotate(count=Count("brands")).filter(count__gt=5).values("id")
    assert "distinct-on-join" not in told(lambda: list(large))


def test_a_count_of_a_whole_table_is_told_with_its_model():
    insight = told(Brand.objects.count)["count-all"]
    assert insight.message.startswith("The count read all 60 000 rows of catalog_brand")
    assert "Brand.objects.count()" in insight.remedy
    assert "count-all" not in told(Brand.objects.filter(name__gt="Brand 5").count)


def test_a_cte_that_is_made_for_one_row():
    sql = "WITH x AS {} MATERIALIZED (SELECT * FROM catalog_brand) SELECT * FROM x WHERE id = 7"
    found = told(lambda: run(sql.format("")))
    assert list(found) == ["cte-fence"]
    assert not told(lambda: run(sql.format("NOT")))


def test_groups_that_go_to_disk():
    run("SET LOCAL work_mem = '64kB'; SET LOCAL hash_mem_multiplier = 1; SET LOCAL enable_sort = off")
    run("SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off")
    groups = Brand.objects.values("name").annotate(count=Count("pk")).order_by()
    insight = told(lambda: list(groups.all()))["hashagg-spill"]
    assert "than 'name' in .values()" in insight.remedy
    run("SET LOCAL work_mem = '64MB'")
    assert "hashagg-spill" not in told(lambda: list(groups.all()))


def test_pairs_that_are_thrown_away():
    some = "(SELECT id FROM catalog_company ORDER BY id LIMIT 700)"
    sql = f"SELECT count(*) FROM {some} a JOIN {some} b ON {{}}"
    found = told(lambda: run(sql.format("a.id * 2 = b.id OR a.id * 3 = b.id + 1")))
    assert list(found) == ["join-filter-waste"]
    assert ".union()" in found["join-filter-waste"].remedy
    assert not told(lambda: run(sql.format("a.id * 2 = b.id")))


def test_wide_rows_are_told_with_the_column_that_makes_them_wide():
    found = told(lambda: list(Product.objects.all()))
    # From PostgreSQL 17 on the plan has the time of it, where it takes a good part.
    [insight] = [each for rule, each in found.items() if rule in ("wide-rows", "serialize-cost")]
    assert '"description"' in insight.remedy
    assert not told(lambda: list(Product.objects.defer("description", "search")))


def test_what_cannot_be_mended_is_a_badge():
    run("SET LOCAL enable_seqscan = off")
    plan = plan_of(lambda: list(Company.objects.filter(country="AA").order_by()))
    badges = {badge.name: badge for badge in plan.badges}
    # Before PostgreSQL 18 a plan doesn't say what is switched off.
    if connection.pg_version >= 180_000:
        assert badges["disabled-node"].text.startswith("Seq Scan on catalog_company is switched off")
    assert "disabled-node" not in {insight.rule for insight in plan.insights}
