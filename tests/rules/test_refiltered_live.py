"""`refiltered-prefetch` on real querysets: found at its line, cured by its edit."""

# ruff: noqa: E501 - a case is read best on one line

from __future__ import annotations

import pytest

from tests.capture.shop import add_products, add_reviews, add_tags
from tests.rules.project import Project, Ran

pytestmark = pytest.mark.django_db

HEAD = """\
from django.db.models import Prefetch
from catalog.models import Brand, Product, Tag
"""
BARE = "from catalog.models import Brand, Product\n"


def stock() -> None:
    products = add_products(6, brands=2)
    add_tags(products)
    add_reviews(products)


# body of f(), what the fix says, what the source holds afterwards
PREFETCHED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a filter": (
        'return [[p.name for p in b.products.filter(price=1)] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("for p in b.products_with_price_1]", 'prefetch_related(\n        Prefetch("products",'),
    ),
    "a filter over a flag": (
        'return [[p.name for p in b.products.filter(is_active=True)] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(is_active=True), to_attr="active_products")',
        ("b.active_products",),
    ),
    "a word": (
        'return [[t.pk for t in p.tags.filter(slug="tag")] for p in Product.objects.prefetch_related("tags").order_by("pk")]',
        'Prefetch("tags", queryset=Tag.objects.filter(slug="tag"), to_attr="tag_tags")',
        ("p.tag_tags",),
    ),
    "an argument of the function": (
        'return shown(1)\n\n\ndef shown(price):\n    return [[p.pk for p in b.products.filter(price=price)] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=price), to_attr="products_by_price")',
        ("b.products_by_price",),
    ),
    "a variable that stands before": (
        'least = 2\n    brands = Brand.objects.prefetch_related("products")\n    return [[p.pk for p in b.products.filter(price__gte=least)] for b in brands]',
        'Prefetch("products", queryset=Product.objects.filter(price__gte=least), to_attr="products_by_price_gte")',
        ("b.products_by_price_gte",),
    ),
    "an exclusion": (
        'return [[p.pk for p in b.products.exclude(price=1)] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.exclude(price=1), to_attr="other_products")',
        ("b.other_products",),
    ),
    "an order": (
        'return [[p.pk for p in b.products.order_by("-price")] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.order_by("-price"), to_attr="products_by_price")',
        ("b.products_by_price",),
    ),
    "the first of an order": (
        'return [b.products.order_by("-price").first().name for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.order_by("-price")[:1], to_attr="products_by_price")',
        ("next(iter(b.products_by_price), None).name",),
    ),
    "the last of an order": (
        'return [b.products.order_by("price").last().name for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.order_by("price").reverse()[:1], to_attr="products_by_price")',
        ("next(iter(b.products_by_price), None).name",),
    ),
    "the first that fits": (
        'return [b.products.filter(price__gte=0).first().pk for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price__gte=0).order_by("pk")[:1], to_attr="products_with_price_gte_0")',
        ("next(iter(b.products_with_price_gte_0), None).pk",),
    ),
    "the last that fits": (
        'return [p.tags.filter(pk__gt=0).last().name for p in Product.objects.prefetch_related("tags").order_by("pk")]',
        'Prefetch("tags", queryset=Tag.objects.filter(pk__gt=0).reverse()[:1], to_attr="tags_with_pk_gt_0")',
        ("next(iter(p.tags_with_pk_gt_0), None).name",),
    ),
    "a slice": (
        'return [[p.pk for p in b.products.order_by("-price")[:2]] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.order_by("-price")[:2], to_attr="products_by_price")',
        ("for p in b.products_by_price]",),
    ),
    "an index": (
        'return [b.products.order_by("-price")[0].pk for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.order_by("-price")[:1], to_attr="products_by_price")',
        ("b.products_by_price[0].pk",),
    ),
    "a number": (
        'return [b.products.filter(price=1).count() for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("len(b.products_with_price_1)",),
    ),
    "whether there are some": (
        'return [b.products.filter(price=1).exists() for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("bool(b.products_with_price_1)",),
    ),
    "whether there are some, asked": (
        'return ["x" if b.products.filter(price=1).exists() else "" for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("if b.products_with_price_1 else",),
    ),
    "all() and a filter": (
        'return [[p.pk for p in b.products.all().filter(price=1)] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("for p in b.products_with_price_1]",),
    ),
    "values of some": (
        'return [list(b.products.filter(price=1).values_list("pk", flat=True)) for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("return [[product.pk for product in b.products_with_price_1] for b",),
    ),
    "a method of the manager": (
        'return [len(b.products.active()) for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.active(), to_attr="active_products")',
        ("len(b.active_products)",),
    ),
    "a private helper": (
        'return [_cheap(b) for b in Brand.objects.prefetch_related("products")]\n\n\ndef _cheap(brand):\n    return [p.pk for p in brand.products.filter(price=1)]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("brand.products_with_price_1", 'prefetch_related(\n        Prefetch("products"'),
    ),
    "rows that are handed on too": (
        'brands = list(Brand.objects.prefetch_related("products"))\n    str(brands)\n    return [[p.pk for p in b.products.filter(price=1)] for b in brands]',
        'Brand.objects.prefetch_related(Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1"))',
        ("b.products_with_price_1",),
    ),
    "two filters of one relation": (
        'return [(b.products.filter(price=1).count(), b.products.filter(price=2).count()) for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price=2), to_attr="products_with_price_2")',
        ("len(b.products_with_price_1), len(b.products_with_price_2)",),
    ),
    "one filter at two places": (
        'return [(b.products.filter(price=1).count(), [p.pk for p in b.products.filter(price=1)]) for b in Brand.objects.prefetch_related("products")]',
        'Brand.objects.prefetch_related(Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1"))',
        ("len(b.products_with_price_1), [p.pk for p in b.products_with_price_1]",),
    ),
    "below another prefetch": (
        'return [[t.pk for t in p.tags.filter(slug="tag-1")] for b in Brand.objects.prefetch_related("products__tags") for p in b.products.all()]',
        'Prefetch("products__tags", queryset=Tag.objects.filter(slug="tag-1"), to_attr="tag_1_tags")',
        ("p.tag_1_tags",),
    ),
    "behind a join": (
        'return [[q.pk for q in p.brand.products.filter(price=1)] for p in Product.objects.select_related("brand").prefetch_related("brand__products")]',
        'Prefetch("brand__products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("p.brand.products_with_price_1",),
    ),
    "a prefetch with a queryset of its own": (
        'own = Prefetch("products")\n    return [[p.pk for p in b.products.filter(price__gte=1)] for b in Brand.objects.prefetch_related(Prefetch("products", queryset=Product.objects.order_by("-pk")))]',
        'Prefetch("products", queryset=Product.objects.order_by("-pk").filter(price__gte=1), to_attr="products_with_price_gte_1")',
        ("b.products_with_price_gte_1",),
    ),
    "other columns of the same rows": (
        'return [[p.category.name for p in b.products.select_related("category")] for b in Brand.objects.prefetch_related("products")]',
        'Brand.objects.prefetch_related(Prefetch("products", queryset=Product.objects.select_related("category")))',
        ("for p in b.products.all()]",),
    ),
    "a number beside each": (
        'return [(n, len(b.products.filter(price=1))) for n, b in enumerate(Brand.objects.prefetch_related("products"))]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("len(b.products_with_price_1)",),
    ),
    "a queryset that is built step by step": (
        'brands = Brand.objects.prefetch_related("products")\n    brands = brands.order_by("pk")\n    return [len(b.products.filter(price=1)) for b in list(brands)]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        ("len(b.products_with_price_1)",),
    ),
    "an asynchronous loop": (
        'return async_to_sync(collect)()\n\n\nasync def collect():\n    return [len([p.pk for p in await rows(b)]) async for b in Brand.objects.prefetch_related("products")]\n\n\nasync def rows(b):\n    return [p async for p in b.products.filter(price=1)]',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        (),
    ),
}  # fmt: skip
NO_DIFF = {"an asynchronous loop"}


# Bare of imports, where what the code names itself doesn't need them.
CASES = [
    pytest.param(head, name, id=f"{told}-{name}")
    for head, told in ((HEAD, "imported"), (BARE, "not imported"))
    for name, (body, code, _) in PREFETCHED.items()
    if name not in NO_DIFF and not (head is BARE and ("Prefetch(" in body or "Tag" in code))
]


@pytest.mark.parametrize(("head", "name"), CASES)
def test_what_is_read_is_prefetched_into_a_list(tmp_path, name, head):
    stock()
    body, code, texts = PREFETCHED[name]
    made = Project(tmp_path, f"\n\ndef f():\n    {body}\n", head=head)
    before = made.run()
    finding = before.only()
    assert finding.rule == "refiltered-prefetch"
    assert finding.location.line == made.line(".prefetch_related(")
    assert code in before.fix().code
    _cured(made, before)
    for text in texts:
        assert text in made.read()


def _cured(made: Project, before: Ran) -> None:
    made.apply(before.only())
    after = made.run()
    assert after.result == before.result
    assert after.queries <= before.queries - before.only().worst.avoidable_queries
    assert after.rules == []


CACHED = {
    "the first": ("b.products.first().pk", "min(b.products.all(), key=lambda product: product.pk, default=None).pk"),
    "the last": ("b.products.all().last().pk", "max(b.products.all(), key=lambda product: product.pk, default=None).pk"),
    "values": ('list(b.products.values_list("name", flat=True))', "[product.name for product in b.products.all()]"),
    "a key": ('list(b.products.values_list("category", flat=True))', "[product.category_id for product in b.products.all()]"),
    "pairs": ('list(b.products.values_list("pk", "name"))', "[(product.pk, product.name) for product in b.products.all()]"),
    "single values": ('list(b.products.values_list("pk"))', "[(product.pk,) for product in b.products.all()]"),
    "dicts": ('list(b.products.values("pk", "name"))', '[{"pk": product.pk, "name": product.name} for product in b.products.all()]'),
    "joined": ('", ".join(b.products.values_list("name", flat=True))', '", ".join([product.name for product in b.products.all()])'),
    "an iterator": ("[p.pk for p in b.products.iterator()]", "[p.pk for p in b.products.all()]"),
    "an iterator in a list": ("[p.pk for p in list(b.products.all().iterator())]", "[p.pk for p in list(b.products.all())]"),
}  # fmt: skip


@pytest.mark.parametrize("name", CACHED)
def test_what_the_prefetched_rows_answer_is_read_from_them(tmp_path, name):
    stock()
    read, code = CACHED[name]
    body = f'return [{read} for b in Brand.objects.prefetch_related("products")]'
    made = Project(tmp_path, f"\n\ndef f():\n    {body}\n", head=HEAD)
    before = made.run()
    assert before.only().rule == "refiltered-prefetch"
    kept, shown = before.fix().code.splitlines()
    assert kept == 'Brand.objects.prefetch_related("products")'
    assert shown in code
    _cured(made, before)
    assert f"return [{code} for b in" in made.read()


HELD = {
    "last()": ("products = b.products.all()", "products.last().pk", "max(products, key=lambda product: product.pk, default=None).pk"),
    "the manager itself": ("products = b.products", "products.first().pk", "min(b.products.all(), key=lambda product: product.pk, default=None).pk"),
    "values": ("products = b.products.all()", 'list(products.values_list("pk", flat=True))', "[product.pk for product in products]"),
    "an annotated name": ("products: object = b.products.all()", "products.last().pk", "max(products, key=lambda product: product.pk, default=None).pk"),
}  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_rows_that_a_variable_holds_are_read_from_there(tmp_path, name):
    stock()
    given, read, code = HELD[name]
    text = f"""

    def f():
        found = []
        for b in Brand.objects.prefetch_related("products"):
            {given}
            found.append({read})
        return found
    """
    made = Project(tmp_path, text, head=HEAD)
    before = made.run()
    assert before.only().rule == "refiltered-prefetch"
    _cured(made, before)
    assert f"found.append({code})" in made.read()


def test_the_last_of_sorted_rows_is_the_last_of_the_prefetched_ones(tmp_path):
    stock()
    text = """

    def f():
        return [p.tags.last().name for p in Product.objects.prefetch_related("tags").order_by("pk")]
    """
    made = Project(tmp_path, text, head=HEAD)
    before = made.run()
    assert before.fix().code == (
        'Product.objects.prefetch_related("tags")\nnext(reversed(p.tags.all()), None)'
    )
    assert "instead of last()" in before.fix().title
    _cured(made, before)


CHOSEN = {
    "rows of two querysets": (
        'brands = Brand.objects.all()\n    if Brand:\n        brands = Brand.objects.prefetch_related("products")\n    return [len(b.products.filter(price=1)) for b in brands]',
        "len([product for product in b.products.all() if product.price == 1])",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "rows of a choice": (
        'return [len(b.products.filter(price=1)) for b in (Brand.objects.prefetch_related("products") if Brand else [])]',
        "len([product for product in b.products.all() if product.price == 1])",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "rows of a method": (
        'return Page().shown(Brand.objects.prefetch_related("products"))\n\n\nclass Page:\n    def shown(self, brands):\n        return [len(b.products.filter(price=1)) for b in brands]',
        "len([product for product in b.products.all() if product.price == 1])",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "a public helper": (
        'return [len(cheap(b)) for b in Brand.objects.prefetch_related("products")]\n\n\ndef cheap(brand):\n    return list(brand.products.filter(price=1))',
        "return [product for product in brand.products.all() if product.price == 1]",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "a number in a public helper": (
        'return [cheap(b) for b in Brand.objects.prefetch_related("products")]\n\n\ndef cheap(brand):\n    return brand.products.filter(price__gte=1, is_active=True).count()',
        "return len([product for product in brand.products.all() if product.price >= 1 and product.is_active])",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "whether there are some": (
        'return [cheap(b) for b in Brand.objects.prefetch_related("products")]\n\n\ndef cheap(brand):\n    return brand.products.exclude(name="product 1").exists()',
        'return any(not (product.name == "product 1") for product in brand.products.all())',
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "the newest": (
        'return [newest(b).pk for b in Brand.objects.prefetch_related("products")]\n\n\ndef newest(brand):\n    return brand.products.order_by("-price").first()',
        "return max(brand.products.all(), key=lambda product: product.price, default=None)",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "the first that fits": (
        'return [first(b).pk for b in Brand.objects.prefetch_related("products")]\n\n\ndef first(brand):\n    return brand.products.filter(price__gte=0).first()',
        "return min((product for product in brand.products.all() if product.price >= 0), key=lambda product: product.pk, default=None)",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "the first of sorted rows that fits": (
        'return [first(p).pk for p in Product.objects.prefetch_related("tags").order_by("pk")]\n\n\ndef first(product):\n    return product.tags.filter(slug="tag-1").first()',
        'return next((tag for tag in product.tags.all() if tag.slug == "tag-1"), None)',
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "a few of an order": (
        'return [[p.pk for p in best(b)] for b in Brand.objects.prefetch_related("products")]\n\n\ndef best(brand):\n    return list(brand.products.filter(price__lt=9).order_by("-price")[:2])',
        "sorted([product for product in brand.products.all() if product.price < 9], key=lambda product: product.price, reverse=True)[:2]",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "values": (
        'return [names(b) for b in Brand.objects.prefetch_related("products")]\n\n\ndef names(brand):\n    return list(brand.products.filter(price=1).values_list("name", flat=True))',
        "return [product.name for product in brand.products.all() if product.price == 1]",
        "Where the rows aren't prefetched it loads all of them.",
    ),
    "prefetch_related_objects()": (
        'from django.db.models import prefetch_related_objects as load\n    brands = list(Brand.objects.all())\n    load(brands, "products")\n    return [len(b.products.filter(price=1)) for b in brands]',
        "len([product for product in b.products.all() if product.price == 1])",
        "Where the rows aren't prefetched it loads all of them.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOSEN)
def test_code_that_others_call_too_chooses_among_the_prefetched_rows(tmp_path, name):
    stock()
    body, code, caveat = CHOSEN[name]
    made = Project(tmp_path, f"\n\ndef f():\n    {body}\n", head=HEAD)
    before = made.run()
    assert (before.only().rule, before.fix().kinds) == ("refiltered-prefetch", ("rewrite",))
    assert before.fix().caveat == caveat
    _cured(made, before)
    assert code in made.read()


TOLD = {
    "the row decides": (
        'return [[p.pk for p in b.products.filter(name=b.name)] for b in Brand.objects.prefetch_related("products")]',
        "[product for product in b.products.all() if product.name == b.name]",
        "b changes from row to row",
    ),
    "a relation to the row": (
        'return [[q.pk for q in p.brand.products.filter(category=p.category)] for p in Product.objects.select_related("brand", "category").prefetch_related("brand__products")]',
        "[product for product in p.brand.products.all() if product.category_id == p.category.pk]",
        "p changes from row to row",
    ),
    "a variable of the loop": (
        'found = []\n    for b in Brand.objects.prefetch_related("products"):\n        least = b.pk\n        found.append([p.pk for p in b.products.filter(pk__gt=least)])\n    return found',
        "[product for product in b.products.all() if product.pk > least]",
        "least changes from row to row",
    ),
    "what can't be said in Python": (
        'return [[p.pk for p in b.products.filter(name__contains=b.name)] for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects',
        "b changes from row to row",
    ),
    "a list that goes to somebody": (
        'return [str(type(shown(b.products.filter(price=1)))) for b in Brand.objects.prefetch_related("products")]\n\n\ndef shown(products):\n    return products.count()',
        'Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1")',
        "may need a queryset",
    ),
    "get()": (
        'return [b.products.get(price__lt=2).pk for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.filter(price__lt=2), to_attr="chosen_products")',
        "get() raises",
    ),
    "latest()": (
        'return [b.products.latest("price").pk for b in Brand.objects.prefetch_related("products")]',
        'Prefetch("products", queryset=Product.objects.order_by("-price")[:1], to_attr="chosen_products")',
        "latest() raises",
    ),
    "a variable": (
        'found = []\n    for b in Brand.objects.prefetch_related("products"):\n        products = b.products.all()\n        products = products.filter(price=1)\n        found.append(len(products))\n    return found',
        'Prefetch("products", queryset=Product.objects.filter(…), to_attr="chosen_products")',
        "by way of a variable",
    ),
    "a variable that is sorted later": (
        'found = []\n    for b in Brand.objects.prefetch_related("products"):\n        products = b.products.filter(price=1)\n        found.append([p.pk for p in products.order_by("-pk")])\n    return found',
        'Prefetch("products", queryset=Product.objects.filter(price=1).order_by("-pk"), to_attr="products_with_price_1")',
        "products holds what is read: change both lines by hand.",
    ),
    "a variable of what the row decides": (
        'found = []\n    for b in Brand.objects.prefetch_related("products"):\n        products = b.products.filter(name=b.name)\n        found.append(len(products))\n    return found',
        "[product for product in b.products.all() if product.name == b.name]",
        "b changes from row to row",
    ),
    "names of the helper": (
        'return [cheap(b) for b in Brand.objects.prefetch_related("products")]\n\n\ndef cheap(brand):\n    word = "product"\n    return brand.products.filter(name__contains=word)[0].pk',
        'Prefetch("products", queryset=Product.objects.filter(name__contains=word)[:1]',
        "word isn't known where the queryset is built",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_where_no_edit_is_safe_the_reason_is_told(tmp_path, name):
    stock()
    body, code, reason = TOLD[name]
    made = Project(tmp_path, f"\n\ndef f():\n    {body}\n", head=HEAD)
    before = made.run()
    assert before.only().rule == "refiltered-prefetch"
    assert code in before.fix().code
    assert reason in before.fix().caveat
    assert (before.fix().diff, before.fix().edits) == ("", ())


MODELS = """
from catalog.models import Brand


class Shelf(Brand):
    class Meta:
        proxy = True
        app_label = "catalog"

    @property
    def cheap(self):
        return {read}
"""
TEMPLATE = """{% for shelf in shelves %}
{% for product in shelf.cheap %}{{ product.pk }}{% endfor %}
{% endfor %}"""
VIEW = """
from django.template import Context, Engine

from shop.models import Shelf


def f():
    shelves = Shelf.objects.prefetch_related("products").order_by("pk")
    engine = Engine(dirs=[{folder!r}])
    return engine.get_template("shelves.html").render(Context({{"shelves": shelves}}))
"""


@pytest.mark.parametrize(
    ("read", "code", "is_edited"),
    [
        (
            "list(self.products.filter(price=1))",
            "[product for product in self.products.all() if product.price == 1]",
            True,
        ),
        (
            "self.products.filter(price=1)",
            'Shelf.objects.prefetch_related("products", Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="products_with_price_1"))',
            False,
        ),
    ],
)
def test_a_property_that_a_template_reads_is_told_where_the_rows_come_from(tmp_path, read, code, is_edited):
    from django.apps import apps

    stock()
    made = Project(tmp_path, VIEW.format(folder=str(tmp_path / "templates")), head="")
    made.write("shop/models.py", MODELS.format(read=read))
    made.write("templates/shelves.html", TEMPLATE)
    try:
        before = made.run()
        assert before.only().rule == "refiltered-prefetch"
        assert before.only().trigger.path == "shop/models.py"
        assert before.fix().code.splitlines()[-1] == code
        if is_edited:
            apps.all_models["catalog"].pop("shelf")
            _cured(made, before)
        else:
            assert before.only().location.line == made.line("Shelf.objects")
            assert "cheap may get Shelf rows of other querysets" in before.fix().caveat
    finally:
        apps.all_models["catalog"].pop("shelf", None)
        apps.clear_cache()


SILENT = {
    "from the cache": 'return [(len(b.products.all()), b.products.count(), b.products.exists(), b.products.all()[0].pk) for b in Brand.objects.prefetch_related("products")]',
    "the first of sorted rows": 'return [p.tags.first().pk for p in Product.objects.prefetch_related("tags")]',
    "nothing prefetched": 'return [len(b.products.filter(price=1)) for b in Brand.objects.all()]',
    "into another attribute": 'return [(b.own, len(b.products.filter(price=1))) for b in Brand.objects.prefetch_related(Prefetch("products", to_attr="own"))]',
    "used right": 'return [len(b.own) for b in Brand.objects.prefetch_related(Prefetch("products", queryset=Product.objects.filter(price=1), to_attr="own"))]',
    "of one row": 'b = Brand.objects.prefetch_related("products").get(slug="brand-0")\n    return len(b.products.filter(price=1)), len(b.products.filter(price=2))',
    "of one row of many": 'return [len(b.products.filter(price=1)) for b in Brand.objects.prefetch_related("products") if b.slug == "brand-0"]',
    "locked rows": 'return [len(b.products.select_for_update().filter(price=1)) for b in Brand.objects.prefetch_related("products")]',
    "rows that were written": 'for b in Brand.objects.prefetch_related("products"):\n        b.products.filter(price=1).update(price=2)\n        len(b.products.filter(price=2))',
    "a sum": 'from django.db.models import Sum\n    return [b.products.aggregate(s=Sum("price")) for b in Brand.objects.prefetch_related("products")]',
    "rows got one by one": 'return [len(Brand.objects.prefetch_related("products").get(slug=slug).products.filter(price=1)) for slug in ("brand-0", "brand-1")]',
}  # fmt: skip


@pytest.mark.parametrize("name", SILENT)
def test_these_are_silent(tmp_path, name):
    stock()
    made = Project(tmp_path, f"\n\ndef f():\n    {SILENT[name]}\n", head=HEAD)
    assert "refiltered-prefetch" not in made.run().rules


SERIALIZERS = """
from rest_framework import serializers


class BrandSerializer(serializers.ModelSerializer):
    cheap = serializers.SerializerMethodField()

    class Meta:
        model = Brand
        fields = ["name", "cheap"]

    def get_cheap(self, brand):
        return {read}


def f():
    brands = Brand.objects.prefetch_related("products")
    return [dict(row) for row in BrandSerializer(brands, many=True).data]
"""


@pytest.mark.parametrize(
    ("read", "code"),
    [
        ("brand.products.filter(price=1).count()", "len([product for product in brand.products.all() if product.price == 1])"),
        ("[p.pk for p in brand.products.order_by('-price')[:2]]", "sorted(brand.products.all(), key=lambda product: product.price, reverse=True)[:2]"),
        ("list(brand.products.values_list('pk', flat=True))", "[product.pk for product in brand.products.all()]"),
    ],
)  # fmt: skip
def test_a_serializers_method_reads_the_prefetched_rows(tmp_path, read, code):
    stock()
    made = Project(tmp_path, SERIALIZERS.format(read=read), head=HEAD)
    before = made.run()
    assert before.only().rule == "refiltered-prefetch"
    assert before.fix().code.splitlines()[-1] == code
    _cured(made, before)


def test_a_comment_at_the_line_that_reads_allows_it(tmp_path):
    stock()
    text = """

    def f():
        brands = Brand.objects.prefetch_related("products")
        # queryscope: allow[refiltered-prefetch] two brands at most
        return [len(b.products.filter(price=1)) for b in brands]
    """
    report = Project(tmp_path, text, head=HEAD).run().report
    assert (report.findings, report.run.notes) == ((), ())
    assert [each.allow.reason for each in report.allowed] == ["two brands at most"]


def test_a_setting_allows_it_too(tmp_path):
    stock()
    text = """

    def f():
        return [len(b.products.filter(price=1)) for b in Brand.objects.prefetch_related("products")]
    """
    entry = {"model": "catalog.Brand.products", "path": "shop/*", "reason": "two brands at most"}
    report = Project(tmp_path, text, head=HEAD).run(allow_findings=[entry]).report
    assert report.findings == ()
    assert [each.finding.rule for each in report.allowed] == ["refiltered-prefetch"]
