"""Duplicates, writes and slow queries."""

from problems import duplicates, loops, slow
from problems.problem import Problem

DUPLICATES = "sample_project/problems/duplicates.py"
LOOPS = "sample_project/problems/loops.py"
SLOW = "sample_project/problems/slow.py"

ROWS = (
    Problem(
        slug="same-query-in-helpers",
        title="The same query from three helpers",
        row="same queryset evaluated twice; identical query from several places",
        rule="duplicate-query",
        view=duplicates.same_query_in_helpers,
        cured=duplicates.same_query_in_helpers_cured,
        model="catalog.Category",
        fix="",
        kinds=("reuse",),
        path=DUPLICATES,
    ),
    Problem(
        slug="evaluated-twice",
        title="A queryset evaluated again by each helper",
        row="same queryset evaluated twice; identical query from several places",
        rule="duplicate-query",
        view=duplicates.evaluated_twice,
        cured=duplicates.evaluated_twice_cured,
        model="orders.Order",
        fix="",
        kinds=("reuse",),
        path=DUPLICATES,
    ),
    Problem(
        slug="template-tag",
        title="A template tag that queries wherever it stands",
        row="same queryset evaluated twice; identical query from several places",
        rule="duplicate-query",
        view=duplicates.template_tag,
        cured=duplicates.template_tag_cured,
        model="catalog.Product",
        fix="",
        kinds=("reuse",),
        path=DUPLICATES,
    ),
    Problem(
        slug="slow-aggregate",
        title="Sums over all orders on each visit",
        row="slow query",
        rule="slow-query",
        view=slow.slow_aggregate,
        cured=slow.slow_aggregate_cured,
        model="orders.OrderLine",
        fix="",
        kinds=("rewrite",),
        path=SLOW,
        gain="work",
    ),
    Problem(
        slug="slow-grouping",
        title="Counts for all rows, of which twelve are shown",
        row="slow query",
        rule="slow-query",
        view=slow.slow_grouping,
        cured=slow.slow_grouping_cured,
        model="catalog.Product",
        fix="",
        kinds=("rewrite",),
        path=SLOW,
        gain="work",
    ),
    Problem(
        slug="write-in-loop",
        title="save() in a loop",
        row="create / save / delete in a loop",
        rule="write-in-loop",
        view=loops.write_in_loop,
        cured=loops.write_in_loop_cured,
        model="reviews.Review",
        fix='Review.objects.bulk_update(reviews, ["is_read"])',
        kinds=("bulk_update",),
        path=LOOPS,
        also=("Review.objects.filter(pk__in=[review.pk for review in reviews]).update(is_read=True)",),
    ),
)
