"""ModelAdmin: list_select_related for joins of a changelist, get_queryset for the rest."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from tests.fixes.test_holder import compose_class, edited_class, refused_class


def edited_admin(text: str, *paths: str, **more: Any) -> str:
    return edited_class(text, *paths, **({"name": "BookAdmin", "kind": "admin"} | more))


def refused_admin(text: str, *paths: str, **more: Any) -> str:
    return refused_class(text, *paths, **({"name": "BookAdmin", "kind": "admin"} | more))


JOINS = {
    "behind list_display": (
        """
        class BookAdmin(ModelAdmin):
            list_display = ["name"]  # shown
            ordering = ["name"]
        """,
        """
        class BookAdmin(ModelAdmin):
            list_display = ["name"]  # shown
            list_select_related = ["author"]
            ordering = ["name"]
        """,
    ),
    "behind the last attribute": (
        """
        class BookAdmin(ModelAdmin):
            ordering = ["name"]

            def author_name(self, book): return book.author.name
        """,
        """
        class BookAdmin(ModelAdmin):
            ordering = ["name"]
            list_select_related = ["author"]

            def author_name(self, book): return book.author.name
        """,
    ),
    "behind a docstring": (
        '''
        class BookAdmin(ModelAdmin):
            """Books."""
        ''',
        '''
        class BookAdmin(ModelAdmin):
            """Books."""
            list_select_related = ["author"]
        ''',
    ),
    "in place of pass": (
        """
        class BookAdmin(ModelAdmin):
            pass
        """,
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ["author"]
        """,
    ),
    "in front of methods": (
        """
        class BookAdmin(ModelAdmin):
            @admin.display
            def author_name(self, book): return book.author.name
        """,
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ["author"]

            @admin.display
            def author_name(self, book): return book.author.name
        """,
    ),
    "on one line": (
        """
        class BookAdmin(ModelAdmin): list_display = ["name"]
        """,
        """
        class BookAdmin(ModelAdmin): list_display = ["name"]; list_select_related = ["author"]
        """,
    ),
    "into a list": (
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ["publisher"]
        """,
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ["publisher", "author"]
        """,
    ),
    "into a tuple of one": (
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ("publisher",)
        """,
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ("publisher", "author",)
        """,
    ),
    "into a column": (
        """
        class BookAdmin(ModelAdmin):
            list_select_related = [
                "publisher",  # for the logo
            ]
        """,
        """
        class BookAdmin(ModelAdmin):
            list_select_related = [
                "publisher",
                "author",  # for the logo
            ]
        """,
    ),
    "in place of nothing": (
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ()
        """,
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ["author"]
        """,
    ),
    "in place of False": (
        """
        class BookAdmin(ModelAdmin):
            list_select_related = False
        """,
        """
        class BookAdmin(ModelAdmin):
            list_select_related = ["author"]
        """,
    ),
}


@pytest.mark.parametrize("name", JOINS)
def test_joins_of_a_changelist_are_named_in_list_select_related(name):
    before, after = JOINS[name]
    assert edited_admin(before) == dedent(after)


def test_a_longer_path_takes_the_place_of_a_shorter():
    text = 'class BookAdmin(ModelAdmin):\n    list_select_related = ["author", "x"]\n'
    assert edited_admin(text, "author__publisher") == text.replace('"author"', '"author__publisher"')


def test_true_joins_every_key_and_the_rest_is_prefetched():
    text = "class BookAdmin(ModelAdmin):\n    list_select_related = True\n"
    told = edited_admin(text, "author", select_related=("*",))
    assert told.startswith(text)
    assert told.endswith('return super().get_queryset(request).prefetch_related("author")\n')


def test_foreign_keys_in_list_display_stay_joined():
    text = 'class BookAdmin(ModelAdmin):\n    list_display = ["name", "publisher", "title"]\n'
    told = edited_admin(text, "author", select_related=("*",))
    assert 'list_select_related = ["publisher", "author"]' in told
    assert 'list_select_related = ["author"]' in edited_admin(text, "author")


QUERYSET = (
    'def get_queryset(self, request):\n        return super().get_queryset(request).prefetch_related("tags")'
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("list_display = ['name', 'x']", f"list_display = ['name', 'x']\n\n    {QUERYSET}".replace('"', "'")),
        ("pass", QUERYSET),
        ('"""Books."""', f'"""Books."""\n\n    {QUERYSET}'),
        (
            "def a(self):\n        return 1  # one",
            f"def a(self):\n        return 1  # one\n\n    {QUERYSET}",
        ),
    ],
)
def test_a_prefetch_needs_a_get_queryset(before, after):
    head = "class BookAdmin(ModelAdmin):\n    "
    assert edited_admin(f"{head}{before}\n", "tags+") == f"{head}{after}\n"


@pytest.mark.parametrize("body", ["pass", 'list_display = ["a"]', '"""Books."""', "def a(self): return 1"])
def test_joins_and_prefetches_are_written_both(body):
    told = edited_admin(f"class BookAdmin(ModelAdmin):\n    {body}\n", "author", "tags+")
    compile(told, "a.py", "exec")
    assert '\n    list_select_related = ["author"]\n' in told
    assert f"\n    {QUERYSET}\n" in told
    assert ("pass" in told) is False


def test_indentation_is_the_classs_own():
    text = "class Outer:\n\tclass BookAdmin(ModelAdmin):\n\t\tx = 1\n"
    told = edited_admin(text, "tags+", name="Outer.BookAdmin")
    assert "\n\t\tdef get_queryset(self, request):\n\t\t\treturn super()" in told


SUPER = """
class BookAdmin(ModelAdmin):
    list_display = ["name"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(a=1)
"""


def test_a_get_queryset_that_asks_super_is_extended():
    told = edited_admin(SUPER, "tags+")
    assert told == SUPER.replace("(request).filter", '(request).prefetch_related("tags").filter')


def test_a_get_queryset_on_several_lines_keeps_its_layout():
    text = SUPER.replace(
        "super().get_queryset(request).filter(a=1)",
        "(\n            super()\n            .get_queryset(request)\n            .filter(a=1)\n        )",
    )
    line = '            .prefetch_related("tags")\n            .filter'
    assert edited_admin(text, "tags+") == text.replace("            .filter", line)


def test_a_get_queryset_that_joins_is_where_further_joins_belong():
    text = SUPER.replace(".filter(a=1)", '.select_related("author")')
    told = edited_admin(text, "author__publisher", "tags+", select_related=("author",))
    assert '.prefetch_related("tags").select_related("author__publisher")' in told
    assert "list_select_related" not in told


def test_a_get_queryset_that_does_not_join_leaves_joins_to_list_select_related():
    told = edited_admin(SUPER, "author", "tags+")
    assert 'list_select_related = ["author"]' in told
    assert '.prefetch_related("tags").filter' in told


INLINE = "class BookInline(admin.TabularInline):\n    model = Book\n"


def test_an_inline_has_no_changelist():
    told = edited_admin(INLINE, "author", name="BookInline")
    assert 'super().get_queryset(request).select_related("author")' in told
    assert "list_select_related" not in told


def test_a_single_object_is_not_a_changelists():
    told = edited_admin(SUPER, "tags__items+", "author", returns_many=False)
    assert '(request).prefetch_related("author", "tags__items").filter' in told


REGISTERED = {
    "by decorator": "@admin.register(Book)\nclass A(ModelAdmin):\n    x = 1\n",
    "by the site's decorator": "@admin.register(Book, site=mine)\nclass A(ModelAdmin):\n    x = 1\n",
    "by a call": "class A(ModelAdmin):\n    x = 1\nadmin.site.register(models.Book, A)\n",
    "by another call": "class A(ModelAdmin):\n    x = 1\nchangelist(A, Book)\n",
    "with others": "class A(ModelAdmin):\n    x = 1\nadmin.site.register([Author, Book], A)\n",
}


@pytest.mark.parametrize("name", REGISTERED)
def test_the_model_of_an_admin_is_the_one_it_is_registered_for(name):
    text = REGISTERED[name]
    assert 'list_select_related = ["author"]' in edited_admin(text, name="A")
    assert "may not be the admin of Book" in refused_admin(text.replace("Book", "Author"), name="A")


REFUSED = {
    "another name": ("class OrderAdmin(ModelAdmin):\n    x = 1\n", ("author",), "may not be the admin"),
    "a name": ("class BookAdmin(ModelAdmin):\n    list_select_related = X\n", ("author",), "is computed"),
    "a mixed list": (
        "class BookAdmin(ModelAdmin):\n    list_select_related = ['a', *X]\n", ("author",), "is computed"
    ),
    "a method": (
        "class BookAdmin(ModelAdmin):\n    def get_list_select_related(self, request): return []\n",
        ("author",),
        "decides at run time",
    ),
    "named already": (
        "class BookAdmin(ModelAdmin):\n    list_select_related = ['author__x']\n", ("author",), "already"
    ),
    "its own queryset": (
        "class BookAdmin(ModelAdmin):\n    def get_queryset(self, request):\n        return other()\n",
        ("tags+",),
        "builds its own queryset",
    ),
    "two supers": (
        SUPER.replace("return super", "x = super().get_queryset(request)\n        return super"),
        ("tags+",),
        "builds its own queryset",
    ),
    "one line": ("class BookAdmin(ModelAdmin): x = 1\n", ("tags+",), "on one line"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_an_admin_that_decides_otherwise_is_left_alone(name):
    text, paths, told = REFUSED[name]
    holder = "OrderAdmin" if "OrderAdmin" in text else "BookAdmin"
    assert told in refused_admin(text, *paths, name=holder)


def test_another_models_inline_is_left_alone():
    assert "may not be" in refused_admin(INLINE.replace("= Book", "= Author"), name="BookInline")


def test_the_code_is_what_the_class_gets():
    text = 'class BookAdmin(ModelAdmin):\n    list_display = ["a"]\n'
    fix = compose_class(text, "author", name="BookAdmin", kind="admin").fix
    assert fix.code == 'list_select_related = ["author"]'
    assert fix.title == 'Add list_select_related = ["author"]'
    assert fix.kinds == ("select_related",)
    fix = compose_class(text, "author", "tags+", name="BookAdmin", kind="admin").fix
    assert fix.code.splitlines() == [
        'list_select_related = ["author"]',
        'def get_queryset(self, request): return super().get_queryset(request).prefetch_related("tags")',
    ]
    assert fix.title == "Let BookAdmin load the relations"


def test_the_place_is_the_class_or_the_chain_in_its_get_queryset():
    text = 'x = 1\n\nclass BookAdmin(ModelAdmin):\n    list_display = ["a"]\n'
    assert compose_class(text, name="BookAdmin", kind="admin").location.line == 3
    assert compose_class(SUPER, "tags+", name="BookAdmin", kind="admin").location.line == 6
