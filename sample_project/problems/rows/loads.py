"""What was loaded, and is asked for again; what was left out, and is asked for."""

from problems import loops
from problems.problem import Problem

LOOPS = "sample_project/problems/loops.py"

ROWS = (
    Problem(
        slug="deferred-field",
        title="A column that only() left out",
        row="deferred or only()-ed field read later",
        rule="deferred-field-read",
        view=loops.deferred_field,
        cured=loops.deferred_field_cured,
        model="reviews.Review",
        fix='Review.objects.only("title", "body")',
        kinds=("only",),
        path=LOOPS,
    ),
)
