from hypothesis import given
from hypothesis import strategies as st

from queryscope.formats.inert import inert, inert_block, shorten


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
