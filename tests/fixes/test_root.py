"""Whether a queryset starts from the model for sure: if not, another caller's rows would break."""

from __future__ import annotations

import ast

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.root import Target, check_root, names_model
from queryscope.fixes.source import Source
from tests.fixes.running import ACCESSORS, BOOK

TARGET = Target(model=BOOK, accessors=ACCESSORS)


def root_of(text: str) -> tuple[Source, ast.expr]:
    """The expression before `.all()`."""
    source = Source("a.py", text)
    [found] = [
        node.value for node in ast.walk(source.tree) if isinstance(node, ast.Attribute) and node.attr == "all"
    ]
    return source, found


CERTAIN = {
    "the model": "Book.objects.all()",
    "a module's model": "shop.models.Book.objects.all()",
    "an alias": "from shop.models import Book as B\nB.objects.all()",
    "an alias in the function": "def f():\n    from shop.models import Book as B\n    B.objects.all()",
    "an assigned model": "B = Book\ndef f(): return B.objects.all()",
    "an assigned manager": "def f():\n    books = Book.objects\n    return books.all()",
    "assigned either way": (
        "def f(a):\n if a:\n  books = Book.objects\n else:\n  books = a.books\n return books.all()"
    ),
    "assigned by way of another name": "def f():\n    a = Book\n    b = a\n    return b.objects.all()",
    "a walrus": "def f():\n    if (b := Book.objects):\n        return b.all()",
    "with a type": "books: object = Book.objects\nbooks.all()",
    "the user model": "U = get_user_model()\nU.objects.all()",
    "the registry's model": "apps.get_model('shop.Book').objects.all()",
    "the registry's model by two names": "B = apps.get_model('shop', 'book')\nB.objects.all()",
    "a relation": "def f(author): return author.books.all()",
    "a relation of self": "class A:\n def f(self): return self.books.all()",
    "a relation far away": "def f(request): return request.user.author.book_set.all()",
    "the class itself": "class Book:\n    @classmethod\n    def f(cls): return cls.objects.all()",
    "the class of self": "class Book:\n def f(self): return self.__class__.objects.all()",
    "the type of self": "class Book:\n def f(self): return type(self).objects.all()",
    "a view's model": "class V:\n model = Book\n def f(self): return self.model.objects.all()",
    "a view's queryset": "class V:\n queryset = Book.published\n def f(self): return self.queryset.all()",
    "a view's super()": "class V:\n model = models.Book\n def f(self): return super().get_queryset().all()",
    "a view's own": "class V:\n model = Book\n def f(self): return self.get_queryset().all()",
    "a model of Meta": "class V:\n class Meta:\n  model = Book\n def f(self): return self.queryset.all()",
    "a condition": "(Book.objects if x else None).all()",
    "the module's name in a function": "books = Book.objects\ndef f():\n    def g(): return books.all()",
}


@pytest.mark.parametrize("name", CERTAIN)
def test_these_are_the_models(name):
    source, root = root_of(CERTAIN[name])
    assert names_model(source, root, TARGET)
    check_root(source, root, TARGET)


SHARED = {
    "an argument": "def f(manager): return manager.all()",
    "an argument's manager": "def f(model): return model.objects.all()",
    "an argument that is given a default": "def f(m=Book): return m.objects.all()",
    "an argument that is assigned too": "def f(m=None):\n    m = m or Book\n    return m.objects.all()",
    "keyword arguments": "def f(*, m): return m.all()",
    "any arguments": "def f(*m): return m.all()",
    "a lambda's argument": "lambda m: m.objects.all()",
    "a loop": "for m in (Book, Author): m.objects.all()",
    "a loop behind an assignment": "m = Book\nfor m in every: m.objects.all()",
    "unpacking": "m, n = Book, Author\nm.objects.all()",
    "a with": "with Book() as m: m.objects.all()",
    "another model": "Author.objects.all()",
    "another import": "from shop.models import Author as B\nB.objects.all()",
    "a function's result": "def g(): return Book\ndef f(): return g().objects.all()",
    "a mixin's model": "class Mixin:\n def f(self): return self.model.objects.all()",
    "a mixin's super()": "class Mixin:\n def f(self): return super().get_queryset().all()",
    "another view's model": "class V:\n model = Author\n def f(self): return self.model.objects.all()",
    "something else of a view": "class V:\n model = Book\n def f(self): return self.other.objects.all()",
    "an abstract class": "class Base:\n    @classmethod\n    def f(cls): return cls.objects.all()",
    "a relation of another name": "def f(author): return author.chapters.all()",
    "a builtin": "x.all()",
    "another registry's model": "apps.get_model('shop.Author').objects.all()",
    "a model by a variable": "apps.get_model('shop', name).objects.all()",
    "names in a circle": "a = b\nb = a\na.objects.all()",
    "text": "'Book'.all()",
    "another model's method": "Page.objects.type(Book).specific().all()",
}


@pytest.mark.parametrize("name", SHARED)
def test_these_may_be_of_another_model(name):
    source, root = root_of(SHARED[name])
    with pytest.raises(EditRefusedError, match="may be of another model when others call"):
        check_root(source, root, TARGET)


def test_the_refusal_shows_the_root_unless_it_is_long():
    for text, shown in [
        ("def f(m): return m.x.all()", "m.x may"),
        ("f(" + "a, " * 40 + ").all()", "The root may"),
    ]:
        source, root = root_of(text)
        with pytest.raises(EditRefusedError, match=f"^{shown}"):
            check_root(source, root, TARGET)


COMMON = Target(model=BOOK, shared=frozenset({("Author", "books"), ("LendingLibrary", "books")}))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def f(author): return author.books.all()", True),
        ("def f(first_author): return first_author.books.all()", True),
        ("def f(request): return request.lending_library.books.all()", True),
        ("def f(thing): return thing.books.all()", False),
        ("def f(authors): return authors[0].books.all()", False),
        ("def f(author): return author.chapters.all()", False),
        ("class Author:\n def f(self): return self.books.all()", True),
        ("class Shelf:\n def f(self): return self.books.all()", False),
        ("def f(self): return self.books.all()", False),
    ],
)
def test_an_attribute_that_leads_to_several_models_needs_its_owners_name(text, told):
    source, root = root_of(text)
    assert names_model(source, root, COMMON) is told
