"""Lists that are made to be measured, and querysets that a template only tests: found, cured, silent."""

# ruff: noqa: E501 - a case is read best on one line

from __future__ import annotations

import pytest

from tests.rules.trace.conftest import Run

pytestmark = pytest.mark.django_db
RULES = {"len-instead-of-count", "truth-instead-of-exists"}

MEASURED = {
    "a list in a variable": (
        "len-instead-of-count",
        """
        def f():
            products = list(Product.objects.filter(price__gte=1))
            return {"number": len(products)}
        """,
        "products.count()",
        "products = Product.objects.filter(price__gte=1)",
    ),
    "a list in len()": (
        "len-instead-of-count",
        """
        def f():
            return len(list(Product.objects.filter(price__gte=1)))
        """,
        "Product.objects.filter(price__gte=1).count()",
        "return Product.objects.filter(price__gte=1).count()",
    ),
    "a list over lines": (
        "len-instead-of-count",
        """
        def f():
            products = list(
                Product.objects.filter(price__gte=1)
                .exclude(name="x")
            )
            return len(products)
        """,
        "products.count()",
        'products = (Product.objects.filter(price__gte=1)\\n        .exclude(name="x"))',
    ),
    "a queryset of that function": (
        "len-instead-of-count",
        """
        def f(price=1):
            products = Product.objects.all()
            if price:
                products = products.filter(price__gte=price)
            return len(list(products))
        """,
        "products.count()",
        "return products.count()",
    ),
    "values": (
        "len-instead-of-count",
        """
        def f():
            return len(list(Product.objects.values_list("pk", flat=True)))
        """,
        'Product.objects.values_list("pk", flat=True).count()',
        'return Product.objects.values_list("pk", flat=True).count()',
    ),
    "the truth of a list": (
        "truth-instead-of-exists",
        """
        def f():
            products = list(Product.objects.filter(price__gte=1))
            if not products:
                return "none"
            return "some"
        """,
        "products.exists()",
        "if not products.exists():",
    ),
    "bool of a list": (
        "truth-instead-of-exists",
        """
        def f():
            return bool(list(Product.objects.filter(price__gte=1)))
        """,
        "Product.objects.filter(price__gte=1).exists()",
        "return Product.objects.filter(price__gte=1).exists()",
    ),
}


@pytest.mark.parametrize("name", MEASURED)
def test_a_list_that_is_only_measured_is_cured(living: Run, name: str) -> None:
    rule, text, code, after = MEASURED[name]
    project = living(text)
    assert project.fix(rule).code == code
    project.is_cured(rule)
    assert after.replace("\\n", "\n") in project.text


def test_a_list_that_is_measured_twice_is_told_without_a_diff(living: Run) -> None:
    project = living(
        """
        def f():
            products = list(Product.objects.filter(price__gte=1))
            return "many" if len(products) > 2 else str(len(products))
        """
    )
    fix = project.fix("len-instead-of-count")
    assert (fix.diff, fix.caveat) == (
        "",
        "No diff: the list is measured more than once: keep the answer in a variable.",
    )


KEPT = {
    "rows that are read too": "rows = list(Product.objects.all())\n    return len(rows), rows[0].name",
    "rows that are given back": "rows = list(Product.objects.all())\n    return len(rows), rows",
    "rows that are handed on": "rows = list(Product.objects.all())\n    print(rows)\n    return len(rows)",
    "rows of a queryset that is read": (
        "rows = Product.objects.all()\n    return len(list(rows)), [row.name for row in rows]"
    ),
    "rows of somebody else": "return counted(Product.objects.all())\n\n\ndef counted(rows):\n    return len(list(rows))",
    "a list that grows": "rows = list(Product.objects.all())\n    rows.append(1)\n    return len(rows)",
    "a branch that reads": (
        "rows = list(Product.objects.all())\n    if len(rows) > 100:\n        return rows[0].name\n    return len(rows)"
    ),
    "a set": "return len(set(Product.objects.values_list('price', flat=True)))",
}


@pytest.mark.parametrize("name", KEPT)
def test_a_list_that_may_be_read_is_left(living: Run, name: str) -> None:
    project = living(f"def f():\n    {KEPT[name]}\n")
    assert not RULES & {finding.rule for finding in project.ran.findings}


HANDED = {
    "a variable": ('waiting = Product.objects.filter(price__gte=1)\n    return render("page.html", {"waiting": waiting})', "waiting"),
    "a chain": ('return render("page.html", {"waiting": Product.objects.filter(price__gte=1)})', "Product.objects.filter(price__gte=1)"),
    "a context": ('context = {"more": 0}\n    context["waiting"] = Product.objects.filter(price__gte=1)\n    return render("page.html", context)', "Product.objects.filter(price__gte=1)"),
    "a keyword": ('return render("page.html", dict(waiting=Product.objects.filter(price__gte=1)))', "Product.objects.filter(price__gte=1)"),
}  # fmt: skip
PAGE = "{% if waiting %}!{% else %}…{% endif %}"


@pytest.mark.parametrize("name", HANDED)
@pytest.mark.parametrize("page", [PAGE, PAGE * 2, "{% if not waiting %}none{% endif %}"])
def test_a_template_that_only_tests_is_given_the_answer(living: Run, name: str, page: str) -> None:
    body, rows = HANDED[name]
    project = living(f"def f():\n    {body}\n", reads=True, page=page)
    assert project.fix("truth-instead-of-exists").code == f"{rows}.exists()"
    project.is_cured("truth-instead-of-exists")
    assert f"{rows}.exists()" in project.text


COUNTED = {
    "alone": ("{{ waiting|length }} are open.", "{{ waiting }}"),
    "in words": ("{{ waiting|length }} order{{ waiting|length|pluralize }}", "{{ waiting }}"),
    "compared": ("{% if waiting|length > 3 %}many{% endif %}", "{% if waiting > 3 %}"),
    "tested before": ("{% if waiting %}{{ waiting|length }}{% endif %}", None),
    "perhaps": (PAGE + "{% if more %}{{ waiting|length }}{% endif %}", None),
    "with": ("{% with n=waiting|length %}{{ n }}, {{ n }}{% endwith %}", "{% with n=waiting %}"),
    "a plural": ("order{{ waiting|pluralize }}", None),
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("handed", HANDED)
def test_a_template_that_only_counts_is_given_the_number(living: Run, handed: str, name: str) -> None:
    (body, rows), (page, tag) = HANDED[handed], COUNTED[name]
    project = living(f"def f():\n    {body}\n", reads=True, page=page)
    fix = project.fix("len-instead-of-count")
    assert fix.code.splitlines() == [f"{rows}.count()", *([tag] if tag else [])]
    assert fix.caveat.startswith("No diff: another view may hand a list to templates/page.html.")
    assert not fix.diff


MAY_READ = {
    "a row": "{{ waiting|length }}{% if more %}{{ waiting.0 }}{% endif %}",
    "a loop": "{{ waiting|length }}{% for row in more %}{% for row in waiting %}{{ row }}{% endfor %}{% endfor %}",
    "a slice": "{{ waiting|length }}{% if more %}{{ waiting|slice:':2' }}{% endif %}",
    "another filter first": "{{ waiting|length }}{% if more %}{{ waiting|dictsort:'name'|length }}{% endif %}",
    "an attribute": "{% if more|length < waiting.x|length %}{% endif %}{{ waiting|length }}",
    "a call": "{{ waiting|length }}{% if more %}{{ waiting.count }}{% endif %}",
}


@pytest.mark.parametrize("name", MAY_READ)
def test_a_template_that_may_do_more_than_count_is_left(living: Run, name: str) -> None:
    project = living(f"def f():\n    {HANDED['a variable'][0]}\n", reads=True, page=MAY_READ[name])
    assert not RULES & {finding.rule for finding in project.ran.findings}


BRANCHES = {
    "a branch that reads": PAGE + "{% if more %}{% for row in waiting %}{{ row }}{% endfor %}{% endif %}",
    "a length and more": PAGE + "{{ waiting|length }}{% if more %}{{ waiting.0 }}{% endif %}",
    "both": "{% if waiting and more %}!{% endif %}{% if waiting %}!{% endif %}",
    "an unknown template": PAGE + "{% if more %}{% include 'other.html' %}{% endif %}",
    "a computed template": PAGE + "{% if more %}{% include other %}{% endif %}",
    "another name": PAGE + "{% if more %}{% with rows=waiting %}{{ rows.0 }}{% endwith %}{% endif %}",
    "a library of tags": "{% load cards %}" + PAGE,
    "a tag": PAGE + "{% if more %}{% firstof waiting %}{% endif %}",
}


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.template import Library
    from django.template.engine import Engine

    monkeypatch.setattr(Engine, "get_template_libraries", lambda self, libraries: {"cards": Library()})


@pytest.mark.usefixtures("cards")
@pytest.mark.parametrize("name", BRANCHES)
def test_a_template_that_may_read_them_is_left(living: Run, name: str) -> None:
    project = living(f"def f():\n    {HANDED['a variable'][0]}\n", reads=True, page=BRANCHES[name])
    assert not RULES & {finding.rule for finding in project.ran.findings}


VIEWS = {
    "the view may read": 'waiting = Product.objects.all()\n    if Tag:\n        str(waiting.query)\n    return render("page.html", {"waiting": waiting, "first": waiting[:1]})',
    "the view gives them back": 'waiting = Product.objects.all()\n    return render("page.html", {"waiting": waiting}), len(str(waiting.query)), type(waiting)',
    "the context is read": 'context = {"waiting": Product.objects.all()}\n    if not Tag:\n        return list(context["waiting"])\n    return render("page.html", context)',
    "a helper gives them": 'return render("page.html", {"waiting": found()})\n\n\ndef found():\n    return Product.objects.all()',
}  # fmt: skip


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_may_read_them_is_left(living: Run, name: str) -> None:
    project = living(f"def f():\n    {VIEWS[name]}\n", reads=True, page=PAGE)
    assert not RULES & {finding.rule for finding in project.ran.findings}


def test_without_reads_a_handed_queryset_is_left(living: Run) -> None:
    project = living(f"def f():\n    {HANDED['a variable'][0]}\n", page=PAGE)
    assert not RULES & {finding.rule for finding in project.ran.findings}
