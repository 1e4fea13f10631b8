"""What was loaded, and is asked for again; what was left out, and is asked for."""

from problems import loops
from problems.problem import Problem

LOOPS = "sample_project/problems/loops.py"

ROWS = (
    Problem(
        slug="refiltered-prefetch",
        title="A prefetch that is filtered again",
        row="prefetched manager filtered again",
        rule="refiltered-prefetch",
        view=loops.refiltered_prefetch,
        cured=loops.refiltered_prefetch_cured,
        model="reviews.Review",
        fix=(
            "Review.objects.prefetch_related("
            'Prefetch("votes", queryset=Vote.objects.filter(value=1), to_attr="votes_with_value_1"))'
        ),
        kinds=("prefetch_related",),
        path=LOOPS,
    ),
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
