"""Writing select_related and prefetch_related into chains: what is there is extended, the rest stays."""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queryscope.fixes.orm import compose
from queryscope.fixes.source import Source
from tests.fixes.running import PATH, applied, edited, frames_of, git_apply, refused, wish

# Chains before and after, with what is to be loaded; `+` stands for a prefetch.
EDITS = [
    ("objects.all()", ["author"], 'objects.select_related("author")'),
    ("objects.all()", ["tags+"], 'objects.prefetch_related("tags")'),
    ("objects.all()", ["author", "tags+"], 'objects.select_related("author").prefetch_related("tags")'),
    ("objects.all()", ["b__c", "a", "b"], 'objects.select_related("a", "b__c")'),
    ('objects.select_related("a")', ["a__publisher"], 'objects.select_related("a__publisher")'),
    ('objects.select_related("author")', ["publisher"], 'objects.select_related("author", "publisher")'),
    ("objects.select_related('author')", ["publisher"], "objects.select_related('author', 'publisher')"),
    (
        'objects.filter(a=1).select_related("author")',
        ["author__publisher", "tags+"],
        'objects.prefetch_related("tags").filter(a=1).select_related("author__publisher")',
    ),
    (
        'objects.select_related("a").filter(a=1).select_related("b")',
        ["b__x", "c"],
        'objects.select_related("a").filter(a=1).select_related("b__x", "c")',
    ),
    (
        'objects.select_related("author", "publisher")',
        ["author__x", "publisher__x"],
        'objects.select_related("author__x", "publisher__x")',
    ),
    ('objects.prefetch_related("tags")', ["reviews+"], 'objects.prefetch_related("tags", "reviews")'),
    ('objects.prefetch_related("tags")', ["tags__items+"], 'objects.prefetch_related("tags__items")'),
    (
        'objects.prefetch_related("tags", Prefetch("tags__items", queryset=1))',
        ["tags__items__x+"],
        'objects.prefetch_related("tags", Prefetch("tags__items", queryset=1), "tags__items__x")',
    ),
    (
        'objects.prefetch_related(Prefetch("reviews", to_attr="good"))',
        ["good__author+"],
        'objects.prefetch_related(Prefetch("reviews", to_attr="good"), "good__author")',
    ),
    ("objects.select_related(*NAMES)", ["author"], 'objects.select_related(*NAMES, "author")'),
    ("objects.prefetch_related(*NAMES)", ["tags+"], 'objects.prefetch_related(*NAMES, "tags")'),
    ("objects.select_related(name)", ["author"], 'objects.select_related(name).select_related("author")'),
    ("objects.prefetch_related(name)", ["tags+"], 'objects.prefetch_related(name).prefetch_related("tags")'),
    ("objects.select_related(None)", ["author"], 'objects.select_related(None).select_related("author")'),
    (
        'objects.select_related("a").select_related(None).filter(a=1)',
        ["author"],
        'objects.select_related("a").select_related(None).select_related("author").filter(a=1)',
    ),
    (
        "objects.prefetch_related(None).all()",
        ["tags+"],
        'objects.prefetch_related(None).prefetch_related("tags").all()',
    ),
    (
        "objects.select_related(None)",
        ["author", "tags+"],
        'objects.prefetch_related("tags").select_related(None).select_related("author")',
    ),
    (
        "objects.all().iterator()",
        ["tags+"],
        'objects.prefetch_related("tags").iterator(chunk_size=2000)',
    ),
    ("objects.all().iterator()", ["author"], 'objects.select_related("author").iterator()'),
    (
        "objects.all().iterator(chunk_size=10)",
        ["tags+"],
        'objects.prefetch_related("tags").iterator(chunk_size=10)',
    ),
    ("objects.iterator(50)", ["tags+"], 'objects.prefetch_related("tags").iterator(50)'),
    ("objects.mine()", ["a", "tags+"], 'objects.mine().select_related("a").prefetch_related("tags")'),
    ("objects.annotate(n=1)[:10]", ["author"], 'objects.select_related("author").annotate(n=1)[:10]'),
]  # fmt: skip


@pytest.mark.parametrize(("before", "paths", "after"), EDITS)
def test_a_chain_loads_what_it_should(before, paths, after):
    head = 'NAMES = ["x"]\nname = "x"\n'
    assert (
        edited(f"{head}def f():\n    return Book.{before}\n", *paths)
        == f"{head}def f():\n    return Book.{after}\n"
    )


def test_many_arguments_keep_their_lines_and_comments():
    text = (
        "def f():\n    return Book.objects.prefetch_related(\n        'tags',  # shown\n"
        "        Prefetch('reviews'),  # counted\n    )\n"
    )
    assert edited(text, "reviews__author+") == text.replace(
        "Prefetch('reviews'),", "Prefetch('reviews'),\n        'reviews__author',"
    )


def test_both_calls_are_written_on_lines_of_their_own():
    text = "def f():\n    return (\n        Book.objects\n        .filter(a=1)\n    )\n"
    lines = '        .select_related("a")\n        .prefetch_related("b")\n'
    assert edited(text, "a", "b+") == text.replace("        .filter", lines + "        .filter")


@pytest.mark.parametrize(
    ("chain", "paths"),
    [
        ('objects.select_related("author__publisher").filter(a=1)', ["author", "author__publisher"]),
        ('objects.prefetch_related("tags")', ["tags+"]),
        ('objects.select_related("a").prefetch_related("b__c")', ["a", "b+"]),
    ],
)
def test_what_is_named_already_is_not_named_twice(chain, paths):
    assert "names these relations already" in refused(f"def f():\n    return Book.{chain}\n", *paths)


def test_one_of_two_that_is_named_already_stays():
    text = 'def f():\n    return Book.objects.select_related("a").all()\n'
    assert edited(text, "a", "b+") == text.replace("objects.", 'objects.prefetch_related("b").')


@pytest.mark.parametrize("chain", ['select_related(("author"))', 'prefetch_related(("author"))'])
def test_an_argument_in_brackets_of_its_own_is_not_cut(chain):
    path = "tags+" if "prefetch" in chain else "tags"
    assert "no edit is safe" in refused(f"def f():\n    return Book.objects.{chain}\n", path)


def test_keywords_are_left_to_their_writer():
    text = "def f():\n    return Book.objects.select_related(**{}).filter(a=1)\n"
    assert edited(text) == text.replace("**{})", '**{}).select_related("author")')


# Chains as people write them: calls, laid out on one line or on many.
CALLS = st.sampled_from([
    ".all()", ".filter(a=1)", ".filter(a='ß', b=Q(c=2))", ".exclude(a=[1, 2])", ".order_by('-a', 'b')",
    ".select_related('a')", ".select_related('a__b', 'c')", ".select_related(*NAMES)",
    ".select_related(None)", ".prefetch_related('t')", ".prefetch_related('t', Prefetch('r', queryset=1))",
    ".prefetch_related(None)",
    ".prefetch_related(\n        't',\n        'u',  # two\n    )", ".distinct()", ".annotate(n=Q('a'))",
    ".using('x')", ".for_page()", ".active(1, b='c')", ".reverse()", ".all(  # every one\n    )",
])  # fmt: skip
ENDS = st.sampled_from(
    ["", "[:10]", "[0]", ".first()", ".iterator()", ".get(pk=1)", ".iterator(chunk_size=5)"]
)
GAPS = st.sampled_from(["", "", "\n        ", "\n        # why. Because\n        ", "  # c\n      "])
PATHS = st.lists(
    st.sampled_from(["a", "a__b", "a__b__d", "c", "c__e", "t+", "t__i+", "r+", "r__x+", "u__v+"]),
    min_size=1,
    max_size=4,
    unique=True,
)
FRAMES = st.sampled_from(["    x = ({})\n", "    return [b for b in ({})]\n", "    show('é', ({}), k='ü')\n"])


@st.composite
def sources(draw):
    chain = "Book.objects" + "".join(
        draw(GAPS) + call for call in draw(st.lists(CALLS, min_size=1, max_size=5))
    )
    body = draw(FRAMES).format(chain + draw(ENDS))
    text = f"# ü\nNAMES = ['n']\ndef f():\n    y = 1\n{body}"
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    text = text.replace("\n", newline)
    return text if draw(st.booleans()) else text.rstrip()


def without_calls(text: str) -> str:
    """The tree without what an edit may write."""

    class Strip(ast.NodeTransformer):
        def visit_Call(self, node):
            self.generic_visit(node)
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            if name in ("select_related", "prefetch_related") or (name == "all" and not node.args):
                return node.func.value
            if name == "iterator":
                node.args = node.keywords = []
            return node

    return ast.dump(Strip().visit(ast.parse(text)))


@given(text=sources(), paths=PATHS)
@settings(max_examples=300)
def test_an_edited_source_differs_in_its_loads_only_and_a_second_edit_changes_nothing(text, paths):
    fix = compose(wish(frames_of(text)[0], *paths), Source(PATH, text)).fix
    if not fix.diff:
        assert fix.caveat
        assert not fix.edits
        return
    result = applied(fix, text)
    assert without_calls(result) == without_calls(text)
    assert result.count("\r\n") in (0, result.count("\n"))
    again = compose(wish(frames_of(result)[0], *paths), Source(PATH, result)).fix
    assert not again.diff
    assert "names these relations already" in again.caveat


@given(text=sources(), paths=PATHS)
@settings(max_examples=15)
def test_git_makes_of_the_diff_what_the_edits_make(text, paths):
    fix = compose(wish(frames_of(text)[0], *paths), Source(PATH, text)).fix
    if fix.diff:
        with tempfile.TemporaryDirectory() as folder:
            assert git_apply(Path(folder), PATH, text, fix.diff) == applied(fix, text)
