"""Relations read in the ways that people read them: run, judged, edited, and run again."""

from __future__ import annotations

from datetime import date

import pytest

from bookings.models import Building, Room
from catalog.models import Category, Product, Warranty
from staff.models import Department, Manager
from tests.capture.shop import add_orders, add_products, add_reviews, add_tags
from tests.rules.application import Application

pytestmark = pytest.mark.django_db


def add_tree() -> None:
    """A root, two children, two below each, two below each of those."""
    nodes = [Category.objects.create(name="root", slug="root")]
    for level in range(1, 4):
        nodes = [
            Category.objects.create(name=f"{node.name}{at}", slug=f"{level}-{node.name}{at}", parent=node)
            for node in nodes
            for at in range(2)
        ]
    for product, node in zip(Product.objects.order_by("pk")[:2], nodes, strict=False):
        product.category = node
        product.save()


def add_rows() -> None:
    products = add_products(4, stock=True)
    add_tags(products)
    add_orders(3, lines=products[:2], payments=True)
    add_reviews(products, comments=2)
    add_tree()
    Warranty.objects.create(product=products[0], months=2)
    for at in range(3):
        Room.objects.create(building=Building.objects.create(name=f"b{at}", city="x"), name=f"r{at}", seats=2)
    department = Department.objects.create(name="d")
    for at in range(3):
        Manager.objects.create(
            name=f"m{at}", email=f"m{at}@x", department=department, title="t", started=date(2020, 1, 1),
            office="o", budget=1,
        )  # fmt: skip


LOADED: dict[str, tuple[str, str, int]] = {
    "a chain written out up a tree": (
        "[p.category.parent.parent.name for p in Product.objects.order_by('pk')[:2]]",
        'Product.objects.select_related("category__parent__parent")',
        1,
    ),
    "loops in loops down a tree": (
        (
            "[[[e.name for e in d.children.all()] for d in c.children.all()]"
            " for c in Category.objects.filter(slug__startswith='1-')]"
        ),
        'Category.objects.prefetch_related("children__children")',
        3,
    ),
    "sorted": (
        "[p.name for p in sorted(Product.objects.all(), key=lambda p: p.brand.name)]",
        'Product.objects.select_related("brand")',
        1,
    ),
    "groupby": (
        "[[p.name for p in g] for _, g in groupby(Product.objects.order_by('pk'), lambda p: p.brand.pk)]",
        'Product.objects.select_related("brand")',
        1,
    ),
    "in_bulk": (
        "[o.customer.name for o in Order.objects.in_bulk().values()]",
        'Order.objects.select_related("customer")',
        1,
    ),
    "iterator": (
        "[len(o.lines.all()) for o in Order.objects.iterator()]",
        'Order.objects.prefetch_related("lines")',
        2,
    ),
    "a one-to-one of which some are missing": (
        "[getattr(p, 'warranty', None) and p.warranty.months for p in Product.objects.order_by('pk')]",
        'Product.objects.select_related("warranty")',
        1,
    ),
    "children of children by inheritance": (
        "[p.employee.manager.office for p in Person.objects.order_by('pk')]",
        'Person.objects.select_related("employee__manager")',
        1,
    ),
    "a foreign key of an inherited child": (
        "[p.employee.department.name for p in Person.objects.order_by('pk')]",
        'Person.objects.select_related("employee__department")',
        1,
    ),
    "a generic relation": (
        "[[c.text for c in r.comments.all()] for r in Review.objects.order_by('pk')]",
        'Review.objects.prefetch_related("comments")',
        2,
    ),
    "a property": (
        "[line.maker for line in OrderLine.objects.order_by('pk')]",
        'OrderLine.objects.select_related("product__brand__company")',
        1,
    ),
    "__str__": (
        "[str(r) for r in Review.objects.order_by('pk')]",
        'Review.objects.select_related("product")',
        1,
    ),
    "a Prefetch with a queryset": (
        (
            "[[line.product.name for line in o.lines.all()] for o in Order.objects.prefetch_related("
            "Prefetch('lines', queryset=OrderLine.objects.order_by('pk'))).order_by('pk')]"
        ),
        (
            "Order.objects.prefetch_related("
            'Prefetch("lines", queryset=OrderLine.objects.select_related("product")))'
        ),
        2,
    ),
    "a Prefetch into a list": (
        (
            "[[line.product.brand.name for line in o.rows] for o in Order.objects.prefetch_related("
            "Prefetch('lines', OrderLine.objects.order_by('pk'), to_attr='rows')).order_by('pk')]"
        ),
        (
            "Order.objects.prefetch_related(Prefetch("
            '"lines", queryset=OrderLine.objects.select_related("product__brand"), to_attr="rows"))'
        ),
        2,
    ),
    "a plain prefetch": (
        "[[line.product.name for line in o.lines.all()] for o in Order.objects.prefetch_related('lines')]",
        'Order.objects.prefetch_related("lines__product")',
        3,
    ),
}


@pytest.mark.parametrize("name", LOADED)
def test_the_edit_loads_everything_and_changes_nothing_else(name, tmp_path):
    add_rows()
    expression, code, queries = LOADED[name]
    shop = Application(tmp_path, f"def f():\n    return {expression}\n").tried()
    before = shop.result
    found = shop.only
    assert (found.rule, found.fixes[0].code) == ("n-plus-one", code)
    assert shop.at_line(found).startswith("return ")
    shop.cure()
    assert (shop.result, shop.queries, shop.told) == (before, queries, [])


TREES = {
    "down by a function": """
def below(node):
    return [below(child) for child in node.children.all()]


def f():
    return [below(node) for node in Category.objects.filter(slug="root")]
""",
    "up by a loop": """
def f():
    node, names = Category.objects.get(slug__startswith="3-root000"), []
    while node:
        names.append(node.name)
        node = node.parent
    return names
""",
    "up by a function": """
def names(node):
    return [*names(node.parent), node.name] if node.parent else []


def f():
    return [names(p.category) for p in Product.objects.select_related("category").order_by("pk")[:2]]
""",
    "down by a manager": """
def below(node):
    return [below(child) for child in Category.objects.filter(parent=node)]


def f():
    return below(Category.objects.get(slug="root"))
""",
    "up by look-ups": """
def f():
    node, names = Category.objects.get(slug__startswith="3-root000"), []
    while node.parent_id:
        node = Category.objects.get(pk=node.parent_id)
        names.append(node.name)
    return names
""",
    "down by a generator": """
def below(node):
    for child in node.children.order_by("pk"):
        yield child.name
        yield from below(child)


def f():
    return list(below(Category.objects.get(slug="root")))
""",
}


@pytest.mark.parametrize("name", TREES)
def test_a_tree_that_is_read_node_by_node_is_told(name, tmp_path):
    add_rows()
    found = Application(tmp_path, TREES[name]).tried().only
    assert (found.rule, found.model) == ("tree-walk", "catalog.Category")
    assert found.fixes[0].code


def test_a_template_that_includes_itself_is_a_walk(tmp_path):
    add_rows()
    node = (
        "{% for child in node.children.all %}{{ child }}{% include 'node.html' with node=child %}{% endfor %}"
    )
    page = "{% for node in nodes %}{% include 'node.html' %}{% endfor %}"
    text = "def f():\n    return render('page', nodes=Category.objects.filter(slug='root'))\n"
    shop = Application(tmp_path, text, page=page, node=node).tried()
    assert shop.told == [("tree-walk", ())]


CRUMBS = """
def names(node):
    found = []
    while node is not None:
        found.append(node.name)
        node = node.parent
    return found


def f():
    %s
"""
OF_ONE_NODE = {
    "got twice": """one = names(Category.objects.get(slug="3-root000"))
    return one, names(Category.objects.get(slug="3-root110"))""",
    "the first": "return names(Category.objects.filter(slug='3-root000').first())",
    "a row's own": "return names(Product.objects.exclude(category=None).earliest('pk').category)",
    "got in a helper": """def crumbs(slug):
        return names(Category.objects.get(slug=slug))

    return crumbs("3-root000"), crumbs("3-root001")""",
}


@pytest.mark.parametrize("name", OF_ONE_NODE)
def test_a_walk_from_a_single_node_stands_at_the_line_that_walks(name, tmp_path):
    add_rows()
    shop = Application(tmp_path, CRUMBS % OF_ONE_NODE[name]).tried()
    assert shop.told == [("tree-walk", ())]
    assert shop.at_line(shop.only) == "node = node.parent"
    assert shop.only.message.startswith("names walked ")


def test_a_walk_from_each_row_of_a_list_stands_where_the_list_is_built(tmp_path):
    add_rows()
    text = "return [names(node) for node in Category.objects.filter(slug__startswith='3-')]"
    shop = Application(tmp_path, CRUMBS % text).tried()
    assert shop.at_line(shop.only) == text


QUIET_TREES = {
    "fetched once": """
def f():
    below = {}
    for node in Category.objects.all():
        below.setdefault(node.parent_id, []).append(node)

    def names(node):
        return [node.name, *(names(child) for child in below.get(node.pk, []))]

    return [names(node) for node in below[None]]
""",
    "level by level": """
def f():
    level, names = list(Category.objects.filter(slug="root")), []
    while level:
        names += [node.name for node in level]
        level = list(Category.objects.filter(parent__in=level))
    return names
""",
    "a look-up for each of a list": """
def f():
    nodes = Category.objects.filter(slug__startswith="2-")
    return [Category.objects.get(pk=node.parent_id).name for node in nodes]
""",
    "one step": """
def f():
    node = Category.objects.get(slug="root")
    return [child.name for child in node.children.all()], node.parent
""",
    "a single path that is written out": """
def f():
    return Category.objects.get(slug__startswith="3-root000").parent.parent.parent.name
""",
}


@pytest.mark.parametrize("name", QUIET_TREES)
def test_a_tree_that_is_read_well_is_silent(name, tmp_path):
    add_rows()
    assert Application(tmp_path, QUIET_TREES[name]).tried().told == []
