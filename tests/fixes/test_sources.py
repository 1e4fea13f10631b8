"""Files of the project, read and parsed once; what can't be is none."""

from __future__ import annotations

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import QuerySetSite
from tests.analysis.shop import PATH, TEXT
from tests.builders import make_frame, make_site
from tests.rules.trace.shop import TEMPLATE


@pytest.mark.parametrize("text", ["def f(:\n", "\0", "x = (" * 400, None])
def test_a_source_that_does_not_parse_is_no_source(text):
    assert Sources(lambda path: text).of(make_site()) is None


def test_a_source_is_read_once():
    asked: list[str] = []

    def read(path: str) -> str:
        asked.append(path)
        return TEXT

    sources = Sources(read)
    assert sources.of(make_site()) is sources.of(make_site())
    assert sources.of(None) is None
    assert sources.of(make_site(frame=TEMPLATE)) is None
    assert sources.of(QuerySetSite(model="shop.Book")) is None
    assert asked == [PATH]


def test_a_template_is_no_python_source():
    sources = Sources(lambda path: TEXT)
    assert sources.around(TEMPLATE) is None
    assert sources.around(None) is None
    assert sources.around(make_frame()) is sources.of(make_site())
    assert sources.text("t/books.html") == TEXT
