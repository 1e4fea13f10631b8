"""Counts, look-ups and membership, asked again for each row."""

from problems import loops
from problems.problem import Problem

LOOPS = "sample_project/problems/loops.py"

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
        relations=("lines",),
        kinds=("annotate",),
        path=LOOPS,
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
        relations=("refunds",),
        kinds=("annotate",),
        path=LOOPS,
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
        relations=("reviews",),
        kinds=("annotate",),
        path=LOOPS,
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
            "Product.objects.annotate(latest_review_title="
            'Subquery(Review.objects.filter(product=OuterRef("pk")).order_by("-created").values("title")[:1]))'
        ),
        relations=("reviews",),
        kinds=("annotate",),
        path=LOOPS,
    ),
    Problem(
        slug="get-in-loop",
        title="get() in a loop",
        row=".get(pk=), .filter(pk=).first() in a loop",
        rule="query-in-loop",
        view=loops.get_in_loop,
        cured=loops.get_in_loop_cured,
        model="catalog.Product",
        fix="Product.objects.in_bulk([pk for pk, quantity in basket(request).items()])",
        kinds=("in_bulk",),
        path=LOOPS,
    ),
    Problem(
        slug="membership-in-loop",
        title="Membership asked again and again",
        row="x in qs in a loop",
        rule="membership-in-loop",
        view=loops.membership_in_loop,
        cured=loops.membership_in_loop_cured,
        model="catalog.Product",
        fix='set(collection.products.values_list("pk", flat=True))',
        kinds=("rewrite",),
        path=LOOPS,
    ),
)
