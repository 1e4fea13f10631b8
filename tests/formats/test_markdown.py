import re

import pytest

from queryscope.formats.markdown import code, escape, fence, render
from tests.formats.findings import make_finding, make_fix, make_removal, make_run
from tests.formats.reports import hostile_report, make_report


def test_it_opens_with_the_verdict_and_the_promise():
    text = render(make_report(8))
    assert text.startswith("## queryscope: ✕ FAIL – 2 new, 1 worse, 5 known\n")
    assert "**Fixing the top 3 removes 17\u202f% of the queries.**" in text


def test_a_card_says_everything_in_the_order_of_every_format():
    text = render(make_report(1))
    parts = [
        "### new: N&#43;1 on",
        "book",
        "*certain*",
        "- Change: `shop/views.py:4`",
        "- Trigger:",
        "- Seen in:",
        "- Evidence: ✓ re-run",
        "```diff",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_fix_without_a_diff_shows_its_code_and_caveat():
    fix = make_fix(diff="", caveat="Built elsewhere.")
    text = render(make_report(0, findings=(make_finding(fixes=(fix,)),)))
    assert "```python\nBook.objects.select_related" in text
    assert "- Mind: Built elsewhere." in text


def test_fifty_findings_are_shown_and_the_rest_counted():
    text = render(make_report(60))
    assert text.count("\n### ") == 50
    assert text.endswith("… and 10 more findings.\n")


def test_missing_parts_are_a_list():
    assert "- Not seen: no PostgreSQL" in render(make_report(0, run=make_run(missing=("no PostgreSQL",))))


def test_hostile_names_stay_text():
    text = render(hostile_report())
    outside = re.sub(r"(`+)[^`].*?\1", "", re.sub(r"(?s)(`{3,})\w*\n.*?\n\1", "", text))
    assert "<" not in outside
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("sign", list("\\`*_{}[]()<>#+!|~@&$"))
def test_every_active_character_becomes_a_reference(sign):
    assert escape(f"a{sign}b") == f"a&#{ord(sign)};b"


def test_links_are_not_made_of_bare_addresses():
    assert "https://" not in escape("https://evil.example/x")
    assert "evil.example" not in escape("https://evil.example/x")


def test_a_code_span_outlasts_the_backticks_in_it():
    assert code("a``b") == "```a``b```"
    assert code("`a`") == "`` `a` ``"


def test_a_fix_without_code_shows_its_caveat_only():
    fix = make_fix(diff="", code="", caveat="Nobody builds it.")
    text = render(make_report(0, findings=(make_finding(fixes=(fix,)),)))
    assert "- Mind: Nobody builds it." in text
    assert "```" not in text


def test_a_fence_outlasts_the_backticks_in_it():
    assert fence("a\n````\nb", "diff") == "`````diff\na\n````\nb\n`````"


def test_indexes_that_can_go_are_listed_ten_at_most():
    text = render(make_report(0, removals=(make_removal(),) * 12))
    assert text.count("- Index that can go: shop&#95;review") == 10
    assert "- … and 2 more indexes that can go" in text
