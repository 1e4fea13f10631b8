"""Rows that are read one at a time: a prefetch for each, a tree's nodes, a list that is short today."""

from problems import loops, waste
from problems.problem import Problem

LOOPS = "sample_project/problems/loops.py"
WASTE = "sample_project/problems/waste.py"

ROWS = (
    Problem(
        slug="prefetch-each",
        title="A prefetch for each instance",
        row="prefetch_related_objects per instance",
        rule="one-query-per-instance-prefetch",
        view=loops.prefetch_each,
        cured=loops.prefetch_each_cured,
        model="orders.Order",
        fix="",
        kinds=("rewrite",),
        path=LOOPS,
    ),
    Problem(
        slug="tree-walk",
        title="A tree, node by node",
        row="trees",
        rule="tree-walk",
        view=loops.tree_walk,
        cured=loops.tree_walk_cured,
        model="catalog.Category",
        fix="",
        kinds=("rewrite",),
        path=LOOPS,
    ),
    Problem(
        slug="latent",
        title="An N+1 that has one row today",
        row="latent N+1",
        rule="latent-n-plus-one",
        view=waste.latent,
        cured=waste.latent_cured,
        model="reviews.Review",
        fix='Review.objects.select_related("product")',
        kinds=("select_related",),
        path=WASTE,
        relations=("product",),
    ),
)
