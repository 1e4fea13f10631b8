from hypothesis import given
from hypothesis import strategies as st

from queryscope.formats.inert import inert, inert_block, shorten, shorten_place


def test_line_breaks_and_tabs_become_one_space():
    assert inert("a\r\nb\tc") == "a b c"


def test_escape_sequences_become_visible():
    assert inert("\x1b[31mred\x07") == "\\x1b[31mred\\x07"


def test_bidirectional_overrides_and_lone_surrogates_become_visible():
    assert inert("\u202egnp.exe\udc80") == "\\u202egnp.exe\\udc80"


def test_a_block_keeps_its_lines_and_tabs_but_no_carriage_return():
    assert inert_block("a\r\n\tb\rc") == "a\n\tb\\x0dc"


def test_ordinary_text_of_any_language_is_left_alone():
    text = "Größe · 価格 · العربية · 🐘 · − → ×"
    assert inert(text) == text


@given(st.text(alphabet=st.characters()))
def test_any_text_becomes_one_encodable_line(text):
    line = inert(text)
    line.encode("utf-8")
    assert not set(line) & {"\n", "\r", "\x1b", "\x00"}
    assert len(line.splitlines()) <= 1


def test_long_text_is_shortened_with_an_ellipsis():
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"
    assert shorten("abc", 0) == "…"


def test_a_place_loses_folders_and_keeps_its_file_and_line():
    assert shorten_place("shop/api/books/views.py:1204", 40) == "shop/api/books/views.py:1204"
    assert shorten_place("shop/api/books/views.py:1204", 24) == "…/books/views.py:1204"
    assert shorten_place("shop/api/books/views.py:1204", 12) == "…ews.py:1204"


def test_the_line_of_a_place_stays_where_hardly_anything_fits():
    assert shorten_place("shop/views.py:1204", 2) == "…:1204"


def test_a_place_without_a_line_is_shortened_as_any_text():
    assert shorten_place("no line of the application", 10) == "no line o…"
