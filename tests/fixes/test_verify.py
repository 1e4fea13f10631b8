"""The last look at an edited chain."""

from __future__ import annotations

import pytest

from queryscope.errors import EditRefusedError
from queryscope.fixes.source import Replacement, Source
from queryscope.fixes.verify import check_chain

TEXT = 'x = Book.objects.filter(a=1).select_related("a").iterator()[:3]\n'


def check(old: str, new: str, text: str = TEXT, **wanted: tuple[str, ...]) -> None:
    source = Source("a.py", text)
    start = text.index(old)
    node = source.tree.body[0].value
    check_chain(source, node, [Replacement(start, start + len(old), new)], wanted)


def test_what_loads_more_is_accepted():
    check('"a"', '"a", "b"', select_related=("a", "b"))
    check('"a"', '"a__b"', select_related=("a",))
    check(".filter", '.prefetch_related("t").filter', prefetch_related=("t",))
    check("iterator()", "iterator(chunk_size=2000)")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=1", "a=2"),
        (".filter(a=1)", ""),
        (".filter", ".exclude"),
        ("[:3]", "[:4]"),
        ("Book", "Author"),
        ('"a"', '"a"('),
        (".iterator()", ".order_by('b').iterator()"),
        (".filter", ".prefetch_related(*x).filter"),
    ],
)
def test_what_changes_more_than_the_loads_is_refused(old, new):
    with pytest.raises(EditRefusedError, match="no edit is safe"):
        check(old, new)


def test_what_does_not_load_what_it_should_is_refused():
    with pytest.raises(EditRefusedError):
        check('"a"', '"a", "b"', select_related=("a", "c"))
    with pytest.raises(EditRefusedError):
        check('"a"', '("a", "b")', select_related=("b",))


def test_an_all_may_go_and_replacements_elsewhere_do_not_count():
    check(".all()", '.select_related("b")', "x = Book.objects.all()\ny = 1\n", select_related=("b",))
    with pytest.raises(EditRefusedError):
        check("y = 1", "y = 2", "x = Book.objects.all()\ny = 1\n", select_related=("b",))
