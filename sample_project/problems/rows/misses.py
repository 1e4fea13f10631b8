"""What the rules that exist can't judge yet: listed, not left out."""

from problems import loops
from problems.problem import Problem

LOOPS = "sample_project/problems/loops.py"
WASTE = "sample_project/problems/waste.py"

ROWS = (
    Problem(
        slug="count-in-loop",
        title="count() in a loop",
        row=".count(), .exists(), .aggregate(), latest-per-row in a loop",
        rule="query-in-loop",
        view=loops.count_in_loop,
        cured=loops.count_in_loop_cured,
        model="orders.Order",
        fix='Order.objects.annotate(line_count=Count("lines"))',
        kinds=("annotate",),
        path=LOOPS,
        known_miss="the rule query-in-loop is not built yet",
    ),
    Problem(
        slug="exists-in-loop",
        title="exists() in a loop",
        row=".count(), .exists(), .aggregate(), latest-per-row in a loop",
        rule="query-in-loop",
        view=loops.exists_in_loop,
        cured=loops.exists_in_loop_cured,
        model="orders.Payment",
        fix='Payment.objects.annotate(has_refund=Exists(Refund.objects.filter(payment=OuterRef("pk"))))',
        kinds=("annotate",),
        path=LOOPS,
        known_miss="the rule query-in-loop is not built yet",
    ),
    Problem(
        slug="aggregate-in-loop",
        title="aggregate() in a loop",
        row=".count(), .exists(), .aggregate(), latest-per-row in a loop",
        rule="query-in-loop",
        view=loops.aggregate_in_loop,
        cured=loops.aggregate_in_loop_cured,
        model="catalog.Product",
        fix='Product.objects.annotate(mean=Avg("reviews__rating"))',
        kinds=("annotate",),
        path=LOOPS,
        known_miss="the rule query-in-loop is not built yet",
    ),
    Problem(
        slug="latest-in-loop",
        title="The newest of each in a loop",
        row=".count(), .exists(), .aggregate(), latest-per-row in a loop",
        rule="query-in-loop",
        view=loops.latest_in_loop,
        cured=loops.latest_in_loop_cured,
        model="catalog.Product",
        fix=(
            "Product.objects.annotate(newest_title="
            'Subquery(Review.objects.filter(product=OuterRef("pk")).order_by("-created").values("title")[:1]))'
        ),
        kinds=("annotate",),
        path=LOOPS,
        known_miss="the rule query-in-loop is not built yet",
    ),
    Problem(
        slug="get-in-loop",
        title="get() in a loop",
        row=".get(pk=), .filter(pk=).first() in a loop",
        rule="query-in-loop",
        view=loops.get_in_loop,
        cured=loops.get_in_loop_cured,
        model="catalog.Product",
        fix="Product.objects.in_bulk(quantities)",
        kinds=("in_bulk",),
        path=LOOPS,
        known_miss="the rule query-in-loop is not built yet",
    ),
    Problem(
        slug="membership-in-loop",
        title="Membership asked again and again",
        row="x in qs in a loop",
        rule="membership-in-loop",
        view=loops.membership_in_loop,
        cured=loops.membership_in_loop_cured,
        model="catalog.Product",
        fix="",
        kinds=("rewrite",),
        path=LOOPS,
        known_miss="the rule membership-in-loop is not built yet",
    ),
)
