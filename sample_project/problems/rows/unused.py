"""What is loaded for nobody."""

from problems import waste
from problems.problem import Problem

WASTE = "sample_project/problems/waste.py"

ROWS = (
    Problem(
        slug="unused-prefetch",
        title="A prefetch that nobody reads",
        row="unused select_related / prefetch_related",
        rule="unused-prefetch-related",
        view=waste.unused_prefetch,
        cured=waste.unused_prefetch_cured,
        model="orders.Order",
        relations=("lines",),
        fix="Order.objects.all()",
        kinds=("remove",),
        path=WASTE,
    ),
    Problem(
        slug="unused-join",
        title="A join that nobody reads",
        row="unused select_related / prefetch_related",
        rule="unused-select-related",
        view=waste.unused_join,
        cured=waste.unused_join_cured,
        model="reviews.Review",
        relations=("customer", "product"),
        fix="Review.objects.all()",
        kinds=("remove",),
        path=WASTE,
        gain="buffers",
    ),
)
