"""Whatever related rows a queryset asks for: Exists() gives what the joins and DISTINCT gave."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from tests.rules.project import Project

pytestmark = pytest.mark.django_db
_numbers = count()
OWN = ["is_active=True", 'brand__name="brand 1"', "price__gte=1", "category__slug=slug", "Q(price__lt=3)"]
RELATED = [
    "reviews__rating=1", "reviews__rating__gte=rating", 'reviews__title="again"', "reviews__is_read=False",
    'reviews__customer__name="customer 901"', "reviews__votes__value=1", 'reviews__comments__text="so"',
    'tags__name="tag 0"', 'tags__slug__in=["tag-0", "tag-1"]', "tags__isnull=False",
    "order_lines__quantity=1", 'order_lines__order__status="paid"',
]  # fmt: skip
ENDS = ["list({})", "list({}[1:3])", "{}.count()", "{}.exists()", "{}.first()", "[each.pk for each in {}]"]
HEAD = """from django.db.models import Q

from catalog.models import Product


def f(slug="other", rating=1):
"""


@st.composite
def calls(draw: st.DrawFn) -> str:
    """`.filter(…)` with conditions on own and on related rows."""
    own = draw(st.lists(st.sampled_from(OWN), max_size=2, unique=True))
    related = draw(st.lists(st.sampled_from(RELATED), max_size=3, unique=True))
    conditions = draw(st.permutations([*own, *related])) or ["is_active=True"]
    # Python wants positional arguments first.
    conditions.sort(key=lambda each: not each.startswith("Q("))
    if draw(st.booleans()):
        inside = "".join(f"            {each},\n" for each in conditions)
        return f".filter(\n{inside}        )"
    return f".filter({', '.join(conditions)})"


@st.composite
def sources(draw: st.DrawFn) -> str:
    """A function that builds one queryset in one expression or in steps."""
    filters = draw(st.lists(calls(), min_size=1, max_size=3))
    steps = [*filters, '.order_by("pk")']
    steps.insert(draw(st.integers(0, len(steps))), ".distinct()")
    if draw(st.booleans()):
        body = f"    products = Product.objects{''.join(steps)}\n"
    else:
        body = f"    products = Product.objects{steps[0]}\n"
        for step in steps[1:]:
            guard = draw(st.sampled_from(["", "    if rating:\n    ", "    if not rating:\n    "]))
            guard = "" if "order_by" in step or "distinct" in step else guard
            body += f"{guard}    products = products{step}\n"
    return f"{HEAD}{body}    return {draw(st.sampled_from(ENDS)).format('products')}\n"


@settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=sources())
def test_the_edit_asks_the_same_question(tmp_path: Path, shop: None, text: str) -> None:
    project = Project(tmp_path, text, path=f"shop/views_{next(_numbers)}.py")
    note(project.text)
    before = project.run()
    report = before.report
    [group] = [group for trace in report.traces for group in trace.groups]
    assert bool(report.findings) == any(
        each in group.sql for each in ("_review", "product_tags", "orderline")
    )
    event(f"{len(report.findings)} findings")
    if not report.findings:
        return
    [finding] = report.findings
    [fix] = finding.fixes
    note(f"{finding.rule}: {finding.message}\n{fix.code}\n{fix.diff}{fix.caveat}")
    assert finding.rule == "distinct-after-join"
    project.apply(fix)
    after = project.run()
    assert after.result == before.result
    assert after.queries == before.queries
    assert not after.findings
    [group] = [group for trace in after.report.traces for group in trace.groups]
    assert "DISTINCT" not in group.sql
