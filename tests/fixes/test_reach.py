"""What code in reach of some rows names, whether it ran or not."""

from __future__ import annotations

import ast

import pytest

from queryscope.fixes.reach import Reach
from queryscope.fixes.sources import Sources
from queryscope.model import ClassSite, Model, ModelRelation, Models, QuerySetSite
from tests.builders import make_frame

MODELS = Models(
    models=(
        Model(
            label="shop.Book",
            table="shop_book",
            path="shop/models.py",
            relations=(
                ModelRelation(name="author", query_name="author", kind="forward", target="shop.Author"),
            ),
        ),
        Model(label="shop.Author", table="shop_author", path="shop/models.py"),
    )
)
BOOK = """
class Base(models.Model):
    @property
    def origin(self):
        return self.country.name

class Author(Base):
    pass

class Book(Base):
    author = ForeignKey("Author")

    def __str__(self):
        return self.publisher.name

    @property
    def signature(self):
        return self.author.name
"""


def reach(view: str, *, function: str = "f", line: int = 1, holder: str = "", **files: str) -> Reach:
    """Of rows that a function of `shop/views.py` handles."""
    texts = {"shop/views.py": view, "shop/models.py": BOOK, **files}
    frames = () if holder else (make_frame(line=line, function=function),)
    site = ClassSite(path="shop/views.py", line=1, name=holder, kind="view") if holder else None
    return Reach.of(Sources(texts.get), MODELS, frames, site, "shop.Book")


@pytest.mark.parametrize(
    "view",
    [
        "def f(): return [b.author for b in rows]",
        "def f(): return [getattr(b, 'author') for b in rows]",
        "def f(): return map(attrgetter('author.name'), rows)",
        "def f(): return [b.signature for b in rows]",
        "def f(): return g(rows)\ndef g(rows): return [b.author for b in rows]",
        "def f(): return [g(b) for b in rows]\ndef g(b): return h(b)\ndef h(b): return b.author",
        "def f(): return Page(rows)\nclass Page:\n    def __init__(self, b): self.by = b.author",
        "def f(): return BookSerializer(rows)\nclass BookSerializer:\n    class Meta: fields = ['author']",
        "def f(): return S(rows)\nclass S:\n    by = CharField(source='author.name')",
        "def f(): return S(rows)\nclass S(T): pass\nclass T:\n    author = AuthorSerializer()",
        "def f(): return 'author' if rows[0].signature else ''",
    ],
)
def test_code_that_may_read_the_relation_names_it(view: str) -> None:
    assert reach(view).names("author")


@pytest.mark.parametrize(
    "view",
    [
        "def f(): return Book.objects.select_related('author').filter(author__name='x')",
        "def f(): return {'author': [b.author_id for b in rows]}",
        "def f(): return [b.title for b in rows]\ndef g(rows): return rows[0].author",
        "def f(): return request.author",
        "def f():\n    'The author.'\n    return rows",
        "def f(): return [str(b) for b in rows], Book",
        "def f(): return S(rows)\nclass S:\n    qs = Book.objects.select_related('author')",
    ],
)
def test_lookups_keys_and_code_out_of_reach_do_not(view: str) -> None:
    assert not reach(view).names("author")


def test_names_are_followed_through_imports() -> None:
    view = (
        "from shop.services import shown\nfrom . import tools\ndef f(): return shown(rows), tools.made(rows)"
    )
    services = "from .deep import inner as shown\n"
    found = reach(
        view,
        **{
            "shop/services.py": services,
            "shop/deep.py": "def inner(rows): return rows[0].author\ndef other(): return x.unseen",
            "shop/tools.py": "def made(rows): return rows[0].maker",
        },
        line=3,
    )
    assert [found.names(name) for name in ("author", "maker", "unseen")] == [True, True, False]


def test_a_method_stands_with_its_class() -> None:
    view = (
        "class V:\n    def get_queryset(self): return rows\n    def page(self): return self.rows[0].author\n"
    )
    assert reach(view, function="V.get_queryset", line=2).names("author")
    assert reach(view, holder="V").names("author")


def test_properties_of_base_classes_are_looked_at_where_they_are_named() -> None:
    assert reach("def f(): return [b.origin for b in rows]").names("country")
    assert not reach("def f(): return [b.title for b in rows]").names("country")


def test_templates_are_found_in_the_folders_around() -> None:
    view = "def f(): return render(request, 'shop/list.html', {'rows': rows})"
    page = "{% extends 'base.html' %}{% for b in rows %}{% if x %}{{ b.author.name }}{% endif %}{% endfor %}"
    for path in ("shop/templates/shop/list.html", "templates/shop/list.html", "shop/jinja2/shop/list.html"):
        assert reach(view, **{path: page}).names("author")
    assert not reach(view, **{"shop/templates/shop/list.html": "author {{ rows|length }} .author"}).names(
        "author"
    )


def test_a_template_that_is_included_counts() -> None:
    view = "def f(): return render(request, 'list.html', {'rows': rows})"
    files = {
        "shop/templates/list.html": "{% include 'row.html' %}",
        "shop/templates/row.html": "{{ b.author }}",
    }
    assert reach(view, **files).names("author")


def test_a_generic_view_finds_its_template_by_the_model() -> None:
    view = "class V(ListView):\n    queryset = rows\n"
    assert reach(view, holder="V", **{"shop/templates/shop/book_list.html": "{{ b.author }}"}).names("author")


@pytest.mark.parametrize(
    ("view", "function", "line", "expected"),
    [
        ("class V(ListView):\n    def get_queryset(self): return rows", "V.get_queryset", 2, True),
        ("def f(): return [b.title for b in rows]", "f", 1, False),
    ],
)
def test_only_a_class_finds_a_template_by_itself(
    view: str, function: str, line: int, *, expected: bool
) -> None:
    files = {"shop/templates/shop/book_list.html": "{{ b.author }}"}
    assert reach(view, function=function, line=line, **files).names("author") is expected


def test_a_method_of_the_model_is_no_view() -> None:
    frame = make_frame("shop/models.py", line=line_of("return self.author.name"), function="Book.signature")
    sources = Sources({"shop/models.py": BOOK, "shop/templates/shop/book_list.html": "{{ b.publisher }}"}.get)
    assert not Reach.of(sources, MODELS, (frame,), None, "shop.Book").names("publisher")


def line_of(text: str) -> int:
    return next(at for at, line in enumerate(BOOK.splitlines(), 1) if text in line)


def test_reads_that_will_go_are_left_out() -> None:
    text = "def f(): return [b.author.first() for b in rows]"
    sources = Sources({"shop/views.py": text, "shop/models.py": BOOK}.get)
    source = sources.at("shop/views.py")
    assert source is not None
    frames, site = (make_frame(line=1, function="f"),), QuerySetSite(model="shop.Book")
    [read] = [
        node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute) and node.attr == "author"
    ]
    assert Reach.without([], sources, MODELS, frames, site).names("author")
    assert not Reach.without([read], sources, MODELS, frames, site).names("author")


def test_frames_of_templates_are_read() -> None:
    sources = Sources({"shop/templates/a.html": "{{ b.author }}"}.get)
    frame = make_frame("shop/templates/a.html", function="a.html", is_template=True)
    assert Reach.of(sources, MODELS, (frame,), None, "shop.Book").names("author")


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("@lru_cache\ndef f(): return rows", True),
        ("def f(): return cache.get_or_set('x', rows)", True),
        ("def f():\n    global ROWS\n    ROWS = rows", True),
        ("@never_cache\ndef f(): return rows", False),
        ("@cached_property\ndef f(): return rows", False),
        ("def f(): return g(rows)\ndef g(rows): cache.set('x', 1)", False),
    ],
)
def test_a_function_that_keeps_rows_is_told(view: str, expected: bool) -> None:
    assert reach(view).keeps_rows is expected


def test_what_goes_round_in_circles_ends() -> None:
    assert not reach("def f(): return g()\ndef g(): return f()").names("author")
    assert not reach("from shop.views import f\n").names("author")
