"""Finding the chain that a frame was executing: sources are run, so positions are this Python's own."""

from __future__ import annotations

import sys
from dataclasses import replace
from textwrap import dedent, indent

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.chain import Chain, Shortcut, called_name, find_chain, take_apart
from queryscope.fixes.orm import compose
from queryscope.fixes.root import Target
from queryscope.fixes.source import Source
from queryscope.model import Frame
from tests.fixes.running import ACCESSORS, BOOK, PATH, Manager, edited, frames_of, refused, wish

CALL = ".select_related('author')"
# Statements of f(); the new call goes to the mark, where an empty all() gives way to it.
ONE_LINE = {
    "alone": "Book.objects¦.all()",
    "filtered": "Book.objects¦.filter(a=1)",
    "sliced": "Book.objects¦.all()[:10]",
    "sliced and ordered": "Book.objects¦.order_by('a')[5:10]",
    "in list()": "list(Book.objects¦.all())",
    "an argument": "show(Book.objects¦.filter(a=1))",
    "a keyword": "dict(a=Book.objects¦.filter(a=1))",
    "a comprehension": "[b for b in Book.objects¦.filter(a=1)]",
    "an inner comprehension": "[b for a in 'x' for b in Book.objects¦.all()]",
    "a generator": "list(b for b in Book.objects¦.all())",
    "returned": "return Book.objects¦.all()",
    "yielded": "yield Book.objects¦.all()",
    "a for": "for b in Book.objects¦.all(): show(b)",
    "a with": "with Book.objects¦.all() as b: show(b)",
    "a lambda": "(lambda: Book.objects¦.all())()",
    "a walrus": "(b := Book.objects¦.all())",
    "a default": "def g(b=Book.objects¦.all()): return b",
    "a condition": "b = Book.objects¦.all() if Book else 1",
    "a dict": "{'b': Book.objects¦.filter(a='b')}",
    "a module's model": "models.Book.objects¦.all()",
    "another manager": "Book.published¦.filter(a=1)",
    "the default manager": "Book._default_manager¦.all()",
    "parentheses": "(Book.objects)¦.all()",
    "either manager": "(Book.objects if Q() else Book.published)¦.all()",
    "a reverse relation": "author.books¦.all()",
    "a reverse relation's set": "author.book_set¦.filter(a=1)",
    "behind text": "x = 'ü€😀', Book.objects¦.all()",
    "between names": "größe = Book.objects¦.all(); b = größe",
    "a user model": "get_user_model().objects¦.all()",
    "an app's model": "apps.get_model('shop', 'Book').objects¦.all()",
    "the manager's own method": "Book.objects.for_page()¦[:3]",
    "the manager's own method, then more": "Book.objects.for_page(1)¦.order_by('a')",
    "another database": "Book.objects¦.using('x').all()",
    "get()": "Book.objects¦.get(pk=1)",
    "one row": "Book.objects¦.filter(a=1)[0]",
    "of one row": "Book.objects¦.get(pk=1).author",
    "a manager handed to a library": "library(Book.objects¦, 1)",
    "a shortcut with the model": "get_object_or_404(Book|, pk=1)",
    "a shortcut with a module's model": "get_list_or_404(models.Book|, a=1)",
    "a shortcut with a manager": "get_object_or_404(Book.objects¦, pk=1)",
    "a shortcut with a queryset": "get_object_or_404(Book.objects¦.filter(a=1), pk=1)",
    "a shortcut with a relation": "get_object_or_404(author.books¦, pk=1)",
}
ASYNC = {
    "awaited": "await Book.objects¦.aget(pk=1)",
    "iterated": "async for b in Book.objects¦.filter(a=1): show(b)",
    "comprehended": "[b async for b in Book.objects¦.all()]",
    "a shortcut": "await aget_object_or_404(Book|, pk=1)",
}


def before_and_after(marked: str) -> tuple[str, str]:
    before = marked.replace("¦", "").replace("|", "")
    after = marked.replace("¦.all()", CALL).replace("¦", CALL).replace("|", f".objects{CALL}")
    return before, after


@pytest.mark.parametrize("name", ONE_LINE)
def test_a_chain_on_one_line_is_found_wherever_it_stands(name):
    before, after = before_and_after(f"def f():\n    {ONE_LINE[name]}\n")
    assert edited(before).replace('"', "'") == after


@pytest.mark.parametrize("name", ASYNC)
def test_a_chain_in_a_coroutine_is_found(name):
    before, after = before_and_after(f"async def f():\n    {ASYNC[name]}\n")
    assert edited(before).replace('"', "'") == after


def test_the_line_that_awaits_is_as_good_as_the_call():
    text = "async def f():\n    x = await Book.objects.aget(pk=1)\n"
    frame = frames_of(text)[0]
    start = text.splitlines()[1].index("await")
    found = find_chain(Source(PATH, text), replace(frame, column=start), Target(model=BOOK))
    assert isinstance(found, Chain)
    assert [link.name for link in found.links] == ["aget"]


LAYOUTS = {
    "one call a line": (
        """
        b = (
            Book.objects
            .filter(a=1)
            .order_by("a")
        )
        """,
        """
        b = (
            Book.objects
            .select_related("author")
            .filter(a=1)
            .order_by("a")
        )
        """,
    ),
    "root with the first call": (
        """
        b = (
            Book.objects.filter(a=1)
            .order_by("a")
        )
        """,
        """
        b = (
            Book.objects.select_related("author").filter(a=1)
            .order_by("a")
        )
        """,
    ),
    "comments between": (
        """
        b = (
            Book.objects  # every book
            # that is there. Really
            .filter(a=1)  # some
            .order_by("a")
        )
        """,
        """
        b = (
            Book.objects  # every book
            # that is there. Really
            .select_related("author")
            .filter(a=1)  # some
            .order_by("a")
        )
        """,
    ),
    "all() on its own line": (
        """
        b = (
            Book.objects
            .all()
            .order_by("a")
        )
        """,
        """
        b = (
            Book.objects
            .select_related("author")
            .order_by("a")
        )
        """,
    ),
    "all() with a comment": (
        """
        b = Book.objects.all(
            # every one
        ).order_by("a")
        """,
        """
        b = Book.objects.select_related("author").all(
            # every one
        ).order_by("a")
        """,
    ),
    "backslashes": (
        """
        b = Book.objects \\
            .filter(a=1) \\
            .order_by("a")
        """,
        """
        b = Book.objects \\
            .select_related("author") \\
            .filter(a=1) \\
            .order_by("a")
        """,
    ),
    "dots at the end": (
        """
        b = (Book.
             objects.
             filter(a=1).
             order_by("a"))
        """,
        """
        b = (Book.
             objects.select_related("author").
             filter(a=1).
             order_by("a"))
        """,
    ),
    "arguments on lines of their own": (
        """
        b = Book.objects.filter(
            Q(a=1),
            b=2,
        ).order_by("a")
        """,
        """
        b = Book.objects.select_related("author").filter(
            Q(a=1),
            b=2,
        ).order_by("a")
        """,
    ),
    "own method first": (
        """
        b = (
            Book.objects
            .for_page()
            .order_by("a")
        )
        """,
        """
        b = (
            Book.objects
            .for_page()
            .select_related("author")
            .order_by("a")
        )
        """,
    ),
    "own method last": (
        """
        b = (
            Book.objects
            .for_page()  # what a page shows
        )
        """,
        """
        b = (
            Book.objects
            .for_page()
            .select_related("author")  # what a page shows
        )
        """,
    ),
    "own method and backslashes": (
        """
        b = Book.objects \\
            .for_page()
        """,
        """
        b = Book.objects \\
            .for_page() \\
            .select_related("author")
        """,
    ),
    "closing parenthesis before the dot": (
        """
        b = (
            Book.objects
        ).filter(a=1)
        """,
        """
        b = (
            Book.objects
        ).select_related("author").filter(a=1)
        """,
    ),
    "in a call over lines": (
        """
        show(
            Book.objects
                .filter(a=1)
                [:10],
        )
        """,
        """
        show(
            Book.objects
                .select_related("author")
                .filter(a=1)
                [:10],
        )
        """,
    ),
    "every name on a line": (
        """
        b = (
            models
            .Book
            .objects
            .all()
        )
        """,
        """
        b = (
            models
            .Book
            .objects
            .select_related("author")
        )
        """,
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_new_calls_are_laid_out_as_the_chain_is(name):
    before, after = (f"def f():\n{indent(dedent(each).strip(chr(10)), '    ')}\n" for each in LAYOUTS[name])
    assert edited(before) == after


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("ending", [True, False])
@pytest.mark.parametrize("space", ["    ", "\t"])
def test_line_ends_tabs_and_a_missing_last_line_end_stay(newline, ending, space):
    lines = [
        "# ü",
        "def f():",
        f"{space}b = (",
        f"{space * 2}Book.objects",
        f"{space * 2}.filter(a='ß')",
        f"{space})",
    ]
    text = newline.join(lines) + newline * ending
    lines[4:4] = [f"{space * 2}.select_related('author')"]
    assert edited(text) == newline.join(lines) + newline * ending


def test_form_feeds_and_other_separators_end_no_line():
    text = (
        "x = 'a'\n\x0c\n# \x0b \x1c \x85 \u2028 .\ndef f():\n\x0c    return Book.objects.filter(a='\x0c')\n"
    )
    assert edited(text) == text.replace("Book.objects", "Book.objects.select_related('author')")


def test_a_byte_order_mark_is_no_column():
    text = "\ufeffdef f(): return Book.objects.filter(a='')\n"
    frame = frames_of(text.lstrip("\ufeff"))[0]
    fix = compose(wish(frame), Source(PATH, text)).fix
    assert fix.edits[0].start == text.index(".filter")


def test_a_decorator_holds_a_chain():
    text = "def d(rows): return lambda g: g\n\n@d(Book.objects.all())\ndef f(): pass\n"
    assert '@d(Book.objects.select_related("author"))' in edited(text)


def test_a_chain_in_an_f_string_gets_the_other_quotation_marks():
    text = 'def f():\n    return f"{show(Book.objects.all())}"\n'
    assert edited(text) == "def f():\n    return f\"{show(Book.objects.select_related('author'))}\"\n"


def test_a_chain_in_an_f_string_of_many_lines_is_cut_at_its_place_or_not_at_all():
    text = 'def f():\n    return f"""é\n  {show(Book.objects.all())}\n  """\n'
    assert edited(text) == text.replace(".all()", ".select_related('author')")


def test_one_of_several_chains_on_a_line_is_told_by_its_column():
    text = "def f():\n    return [Book.objects.filter(a='é'), Book.objects.filter(b=2)]\n"
    assert edited(text, at=0) == text.replace("objects.filter(a", "objects.select_related('author').filter(a")
    assert edited(text, at=1) == text.replace("objects.filter(b", "objects.select_related('author').filter(b")


def test_a_second_queryset_in_one_expression_is_told_from_the_first():
    class First:
        author = None

        def get(self, pk):
            return self

    first = First()
    frames = []
    first.author = type("A", (), {"books": Manager(frames)})()
    other = type("Author", (), {"objects": first})
    text = "def f():\n    return Author.objects.get(pk=1).author.books.filter(a=1)\n"
    namespace = {"Author": other}
    exec(compile(text, PATH, "exec"), namespace)
    namespace["f"]()
    fix = compose(wish(frames[0]), Source(PATH, text)).fix
    assert fix.edits[0].start == text.index(".filter")


REFUSED = {
    "count": "return Book.objects.filter(a=1).count()",
    "exists": "return Book.objects.filter(a=1).exists()",
    "aggregate": "return Book.objects.aggregate(a=1)",
    "values": "return Book.objects.filter(a=1).values('a')",
    "values_list": "return Book.objects.values_list('a')",
    "update": "return Book.objects.filter(a=1).update(a=2)",
    "delete": "return Book.objects.filter(a=1).delete()",
    "dates": "return Book.objects.dates('a', 'day')",
    "create": "return Book.objects.create(a=1)",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_chain_that_gives_no_rows_is_left_alone(name):
    assert f"{name}()" in refused(f"def f():\n    {REFUSED[name]}\n")


@pytest.mark.parametrize("name", ["union", "intersection", "difference"])
def test_a_combined_chain_is_left_alone(name):
    text = f"def f():\n    return Book.objects.filter(a=1).{name}(Book.published.all())\n"
    assert "combined" in refused(text)


def test_what_is_counted_apart_from_the_rows_is_no_obstacle():
    text = "def f():\n    b = Book.objects.filter(a=1)\n    return b.count(), list(b)\n"
    assert '.select_related("author").filter' in edited(text)


def test_raw_sql_is_prefetched_behind_it():
    text = "def f():\n    return Book.objects.raw('SELECT 1')\n"
    assert edited(text, "tags+") == text.replace(
        "raw('SELECT 1')", "raw('SELECT 1').prefetch_related('tags')"
    )


SERIALIZER = """
def f():
    books = Book.objects.filter(a=1)
    return library(books)
"""


def test_where_a_library_builds_it_the_only_chain_of_the_function_is_taken():
    frame = frames_of(SERIALIZER)[1]
    fix = compose(wish(frame), Source(PATH, SERIALIZER)).fix
    assert '.select_related("author").filter(a=1)' in fix.diff


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("show(Book.objects.filter(b=1))", "2 querysets"),
        ("Book.objects.count()", ""),
        ("Book.Status.names() if 0 else 1", ""),
        ("Book.published.all()", "2 querysets"),
        ("Author.objects.filter(b=1)", ""),
    ],
)
def test_of_two_chains_in_that_function_none_is_taken(other, told):
    text = SERIALIZER.replace("    return", f"    {other}\n    return")
    frame = frames_of(text)[-1]
    fix = compose(wish(frame), Source(PATH, text)).fix
    assert bool(fix.diff) != bool(told)
    assert told in fix.caveat


def test_a_function_without_a_chain_says_so():
    assert "f holds no queryset of Book" in refused("def f():\n    return library(1)\n")


class Late:
    """Builds its queryset when a loop begins, as a library's iterable may."""

    def __iter__(self):
        sys._getframe(1).f_globals["Book"].objects.all()
        return iter(())


def test_a_loop_over_what_a_library_builds_has_not_changed_since():
    for text in ("def f():\n    for b in Late():\n        show(b)\n", "def f(): [b for b in Late()]\n"):
        frame = frames_of(text, Late=Late)[0]
        assert "f holds no queryset of Book" in compose(wish(frame), Source(PATH, text)).fix.caveat


def test_chains_of_an_inner_function_are_not_the_outer_ones():
    text = "def f():\n    def g(): return Book.objects.filter(a=1)\n    return library(g)\n"
    assert "no queryset" in refused(text)


def test_without_columns_the_line_has_to_do():
    text = "def f():\n    return [b for b in Book.objects.filter(a=1)]\n"
    frame = replace(frames_of(text)[0], column=None, end_column=None, end_line=None)
    assert compose(wish(frame), Source(PATH, text)).fix.diff
    twice = text.replace("return", "show(Book.objects.all())\n    return")
    assert not compose(wish(frame), Source(PATH, twice)).fix.diff


CHANGED = {
    "a line above": ("def f():", "import os\n\ndef f():"),
    "a longer line": ("Book", "the_very_Book"),
    "nothing left": ("    return Book.objects.filter(a=1)\n", ""),
    "another chain": ("Book.objects.filter(a=1)", "Author.objects.all()"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_source_that_has_changed_since_is_not_edited(name):
    text = "def f():\n    show(1)\n    return Book.objects.filter(a=1)\n"
    frame = frames_of(text)[0]
    fix = compose(wish(frame), Source(PATH, text.replace(*CHANGED[name]))).fix
    assert not fix.diff
    assert "changed since" in fix.caveat


def test_a_line_that_is_in_another_function_now_is_not_edited():
    text = "def f():\n    return library(Book.objects.filter(a=1))\n"
    frame = replace(frames_of(text)[0], column=None, end_column=None, end_line=None)
    source = Source(PATH, text.replace("def f", "def g"))
    with pytest.raises(EditRefusedError, match="line 2 is in g now"):
        find_chain(source, frame, Target(model=BOOK))


def test_a_shortcut_is_told_apart_from_a_chain():
    text = "def f():\n    return get_object_or_404(Book, pk=1)\n"
    found = find_chain(Source(PATH, text), frames_of(text)[0], Target(model=BOOK))
    assert isinstance(found, Shortcut)


@pytest.mark.parametrize("argument", ["self.model", "model", "author.things"])
def test_a_shortcut_for_any_model_is_left_alone(argument):
    text = f"def f(model=Book):\n    return get_object_or_404({argument}, pk=1)\n"
    names = {"author": type("A", (), {"things": Manager([])}), "self": type("S", (), {"model": None})}
    frame = Frame(
        path=PATH, line=2, end_line=2, column=11, end_column=len(text.splitlines()[1]), function="f"
    )
    assert names
    with pytest.raises(EditRefusedError):
        find_chain(Source(PATH, text), frame, Target(model=BOOK, accessors=ACCESSORS))


def test_an_attribute_is_taken_apart_into_root_and_calls():
    source = Source(PATH, "q = Book.objects.filter(a=1).order_by('b')[:3]\n")
    chain = take_apart(source.tree.body[0].value)
    assert source.text_of(chain.root) == "Book.objects"
    assert [link.name for link in chain.links] == ["filter", "order_by"]


def test_what_is_called_at_a_frame_has_a_name():
    text = "def f():\n    return Book.objects.get(pk=1)\n"
    source, frame = Source(PATH, text), frames_of(text)[0]
    assert called_name(source, frame) == "get"
    assert called_name(source, replace(frame, line=1)) == ""
    assert called_name(source, replace(frame, column=None)) == ""
