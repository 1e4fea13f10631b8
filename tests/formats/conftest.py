"""A browser for the tests of the HTML report, and tabs that fail a test when they complain."""

from __future__ import annotations

import pytest

from queryscope.formats.html import render
from tests.formats.plans import make_plan_of, make_wide_plan, plan_report
from tests.formats.reports import hostile_report, index_report, large_report, make_report

REPORTS = {
    "empty": lambda: make_report(0, traces=(), shapes=(), plans=(), indexes=(), refusals=(), removals=()),
    "clean": lambda: make_report(0),
    "one": lambda: make_report(1),
    "many": lambda: make_report(500, plans=(make_plan_of(120),)),
    "hostile": hostile_report,
    "plans": plan_report,
    "wide": lambda: make_report(1, plans=(make_wide_plan(166),)),
    "large": large_report,
    "indexes": index_report,
}
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(event.violatedDirective);
});
"""


@pytest.fixture(scope="module")
def browser(chromium_path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def report_file(tmp_path_factory):
    """The path of a report by name, each written once."""
    folder = tmp_path_factory.mktemp("reports")

    def write(name, report=None):
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(render(report or REPORTS[name]()), encoding="utf-8")
        return path

    return write


class Tab:
    """A page, and everything it said or asked for."""

    def __init__(self, browser, path, **options):
        self.context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.path = path
        self.complaints = []
        self.requests = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.add_init_script(WATCH)

    def go(self, route=""):
        self.page.goto("about:blank")
        self.requests.clear()
        self.page.goto(self.path.as_uri() + route)
        self.page.wait_for_selector("html[data-ready]")
        return self

    def move(self, route):
        """Another state of the page that is open."""
        script = """(route) => new Promise((done) => {
            if (location.hash === route) return done();
            addEventListener("hashchange", () => setTimeout(done), { once: true });
            location.hash = route;
        })"""
        self.page.evaluate(script, route)
        return self

    def nodes(self):
        return self.page.evaluate("document.querySelectorAll('*').length")

    def text(self, selector="main"):
        return self.page.locator(selector).first.inner_text()

    def hash(self):
        return self.page.evaluate("location.hash")

    def shown(self):
        return self.text("#finding-title")

    def hash_is(self, pattern):
        self.page.wait_for_function("(wanted) => location.hash.startsWith(wanted)", arg=pattern)
        # The page is drawn at `hashchange`, which is told after the address has changed.
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")


@pytest.fixture
def open_tab(browser, report_file):
    """Opens reports; whatever they complained of fails the test."""
    tabs = []

    def opened(name="many", route="", **options):
        tab = Tab(browser, report_file(name), **options)
        tabs.append(tab)
        return tab.go(route)

    yield opened
    for tab in tabs:
        assert tab.complaints == []
        assert tab.page.evaluate("window.violations || []") == []
        assert [url for url in tab.requests if not url.startswith(("file:", "blob:", "data:"))] == []
        tab.context.close()
