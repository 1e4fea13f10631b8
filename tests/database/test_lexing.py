"""Comments and strings are cut off as PostgreSQL's lexer cuts them."""

from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from queryscope.database.allowlist import judge
from queryscope.database.lexing import code_of, plain
from queryscope.errors import ExplainRefusedError


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 'a' || 'it''s; f()'", "SELECT '' || ''"),
        ("SELECT 'a\\' || f('b')", "SELECT '' || f('')"),
        ("SELECT E'a\\' || f(' || g()", "SELECT '' || g()"),
        ("SELECT e'a''b\\\\', f()", "SELECT '', f()"),
        ("SELECT B'01', x'1F', N'n', U&'\\0061'", "SELECT '', '', '', ''"),
        ("SELECT namE'f()'", "SELECT namE''"),
        ("SELECT 1E'\\'' || f() || '\\''", None),
        ("SELECT $$f();$$, $a$ $$ $b$ f() $a$, g()", "SELECT '', '', g()"),
        ("SELECT a$$b$$, $1$a$ f() $a$", "SELECT a$$b$$, $1''"),
        ("SELECT f/**/(1) /* /* g() */ h() */ + 1 -- i()\n, 2", "SELECT f (1)   + 1  \n, 2"),
        ("SELECT 1 */* f() */ 2, 3 +-- g()\n4", "SELECT 1 *  2, 3 + \n4"),
        ('SELECT "a""b;" , "c--d"(1), "E\'"', 'SELECT "a""b;" , "c--d"(1), "E\'"'),
        ("SELECT 'a'\n'f()'", "SELECT ''"),
        ("SELECT 'a' 'f()'", "SELECT '' ''"),
        ("SELECT E'a' -- c\n  'b\\'' , f(), '\\'", "SELECT '' , f(), ''"),
        ("SELECT E'a'\n'b\\' f()', g()", "SELECT '', g()"),
        ("SELECT 'a'\n'b\\', g()", "SELECT '', g()"),
        ('SELECT U&"\\0066"()', None),
        ("SELECT 'open", None),
        ("SELECT /* open /* */", None),
        ('SELECT "open', None),
        ("SELECT $a$ open $b$", None),
        ("SELECT \x00", None),
        ("SELECT %s, %(name)s, 5 %% 2", "SELECT %s, %(name)s, 5 %% 2"),
        ("", ""),
    ],
)
def test_what_is_no_code_is_cut_off(sql: str, code: str | None):
    assert code_of(sql) == code


def test_a_space_of_unicode_is_a_letter_as_for_postgresql():
    assert judge("SELECT f\u00a0(1)").functions == {"f\u00a0"}
    assert plain("\u212aEY\u00c9") == "\u212aey\u00c9"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT E'a'\n'b\\'' ; COMMIT; DELETE FROM t; --'",
        "SELECT E'a' -- why\n\n'b\\''; COMMIT --'",
        "SELECT $a$ $b$ $a$; COMMIT",
        "SELECT 1 /* /* */ ; */ ; COMMIT",
        "SELECT 1 --\r; COMMIT",
        'SELECT "a"";" ; COMMIT',
    ],
)
def test_no_second_statement_hides(sql: str):
    with pytest.raises(ExplainRefusedError):
        judge(sql)


SINGLE = "'\"\\;a1%() \n\r+E\u00a0"
LONGER = ("''", "E'", "e'", "x'", "N'", "U&'", "$$", "$a$", "$1", "--", "/*", "*/")
PIECES = st.lists(st.sampled_from([*SINGLE, *LONGER]), max_size=14)


@pytest.mark.django_db
@given(pieces=st.lists(PIECES, min_size=60, max_size=60))
def test_postgresql_cuts_strings_and_comments_at_the_same_places(pieces):
    """A text that we find closed is closed for PostgreSQL too: what follows is code for both."""
    with connection.cursor() as cursor:
        for parts in pieces:
            text = "".join(parts)
            code = code_of(text)
            if code is None or ";" in code or "%" in text:
                continue
            # Behind it stands a word that PostgreSQL complains about where it reads it as code.
            cursor.execute("SAVEPOINT look")
            try:
                cursor.execute(f"SELECT 1 {text} \n FROM lexing_nowhere.at_all")
            except Exception as error:
                told = str(error)
            else:
                told = ""
            cursor.execute("ROLLBACK TO look")
            assert "unterminated" not in told, text
            assert told, text
