import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path

import pytest

import queryscope.formats.html as html
from queryscope.formats.html import SCRIPTS, policy, render
from tests.formats.findings import make_run
from tests.formats.reports import hostile_report, large_report, make_report

ELEMENTS = {
    "html",
    "head",
    "meta",
    "title",
    "link",
    "style",
    "body",
    "a",
    "header",
    "div",
    "h1",
    "h2",
    "span",
}
ELEMENTS |= {
    "button",
    "kbd",
    "b",
    "nav",
    "small",
    "noscript",
    "p",
    "article",
    "dl",
    "dt",
    "dd",
    "pre",
    "main",
}
ELEMENTS |= {"dialog", "script"}

TEMPLATES = Path(str(files("queryscope.formats") / "templates"))


class Page(HTMLParser):
    """Elements, attributes and the text of scripts and styles."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.texts = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        tag = self.elements[-1][0] if self.elements else ""
        self.texts.setdefault(tag, []).append(data)


def test_the_policy_allows_this_very_script_and_style_only():
    page = Page(render(make_report()))
    content = next(attrs["content"] for tag, attrs in page.elements if attrs.get("http-equiv"))
    scripts = [text for text in page.texts["script"] if text.startswith('"use strict"')]

    def digest(text):
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    assert content.startswith("default-src 'none'; ")
    assert f"script-src {digest(scripts[0])};" in content
    assert f"style-src {digest(page.texts['style'][0])};" in content
    assert "unsafe" not in content


def test_the_policy_is_of_hashes():
    assert policy(script="a", style="b").count("'sha256-") == 2


@pytest.mark.parametrize("report", [make_report(8), hostile_report()], ids=["plain", "hostile"])
def test_nothing_is_loaded_and_no_handler_or_style_stands_in_an_element(report):
    page = Page(render(report))
    assert {tag for tag, _ in page.elements} <= ELEMENTS
    for tag, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on") or name in ("style", "src")]
        if tag == "link":
            assert attrs["href"] == "data:,"
        if tag == "a":
            assert attrs["href"].startswith("#")


def test_hostile_names_are_text_in_the_static_part():
    text = render(hostile_report())
    assert "<img" not in text
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "{{" in text  # shown, not evaluated
    assert "49" not in re.findall(r"<h2>(.*?)</h2>", text)[0]


def test_the_static_part_names_findings_for_readers_without_scripts():
    text = render(make_report(8))
    noscript = text[text.index("<noscript>") : text.index("</noscript>")]
    assert "book_list ran 80 queries" in noscript
    assert "select_related(&#34;author&#34;, &#34;publisher&#34;)" in noscript
    assert "re-run" in noscript


def test_an_empty_report_says_so_without_scripts():
    assert "<p>No findings.</p>" in render(make_report(0))


def test_findings_beyond_the_static_part_are_counted():
    assert "… and 400 more findings." in render(make_report(500))


def test_the_title_is_the_verdict():
    assert "<title>queryscope · bookshop · ✕ FAIL: 2 new, 1 worse, 5 known</title>" in render(make_report(8))


def test_the_title_names_the_gate():
    run = make_run(verdict="pass", gate=("certain",))
    assert "<title>queryscope · bookshop · ✓ PASS (certain): no findings</title>" in render(
        make_report(0, run=run)
    )


def test_the_shell_stays_within_its_budget():
    assert (
        len(render(make_report(0, traces=(), plans=(), indexes=(), shapes=(), refusals=())).encode())
        <= 120_000
    )


def test_a_hundred_thousand_queries_stay_within_their_budget():
    assert len(render(large_report()).encode()) <= 1_500_000


def test_every_script_file_is_in_the_page_once():
    assert sorted(path.stem for path in (TEMPLATES / "js").glob("*.js")) == sorted(SCRIPTS)
    assert len(set(SCRIPTS)) == len(SCRIPTS)


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.*")), ids=lambda path: path.name)
def test_no_part_writes_markup_evaluates_text_or_asks_the_network(path):
    text = path.read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
        "http://",
        "https://",
        "@import",
        "url(",
    ):
        assert word not in text, word


def test_scripts_and_styles_hold_no_end_tag():
    for path in (*TEMPLATES.glob("js/*.js"), *TEMPLATES.glob("*.css")):
        assert "</" not in path.read_text(encoding="utf-8"), path.name
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 200


def test_autoescape_is_on():
    assert html._template().environment.autoescape is True
