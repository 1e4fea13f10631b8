"""What is allowed leaves the findings, and is told; what allows nothing is told too."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.analysis import conclude
from queryscope.analysis.conclude import count_findings
from queryscope.gate import judge
from queryscope.model import Allow, Capture, ClassSite, Origin, Report, Run, Trace
from queryscope.rules.trace import NPlusOne, SlowQuery
from tests.builders import make_frame, make_site
from tests.rules.trace.shop import FORWARD, SHELF, books, lazy, trace_of

RUN = Run(queryscope="1", python="3.13", django="6.1", postgresql="18", root="/p")
SOURCE = """\
from shop.models import Book


def book_list(request):
    books = Book.objects.filter(
        shelf=1,
    )
    for book in books:
        print(book.author)
"""
BUILT = make_frame(line=5, end_line=7, column=12, end_column=5)
READ = make_frame(line=9, end_line=9, column=14, end_column=25)
TEMPLATE = make_frame("t/books.html", 2, "books.html", is_template=True, source="{{ book.author }}")


def trace(**more: Any) -> Trace:
    trigger = more.pop("trigger", READ)
    site = more.pop("site", None) or make_site(frame=BUILT)
    groups = (books(site=site, stack=(BUILT,)), lazy(1, FORWARD, "author", stack=(trigger, BUILT)))
    return trace_of(*groups, **more)


def report_of(*traces: Trace, files: dict[str, str] | None = None, allows: Any = ()) -> Report:
    return conclude(
        [Capture(trace=each) for each in traces or (trace(),)],
        run=RUN,
        models=SHELF,
        rules=(NPlusOne(), SlowQuery()),
        allows=allows,
        read_source=(files or {"shop/views.py": SOURCE}).get,
    )


def allow(**more: str) -> Allow:
    return Allow(origin="settings", **more)


def with_comment(line: int, comment: str = "# queryscope: allow[n-plus-one] five rows") -> dict[str, str]:
    lines = SOURCE.splitlines()
    lines[line - 1] += f"  {comment}"
    return {"shop/views.py": "\n".join(lines) + "\n"}


def test_without_an_allow_it_is_a_finding():
    report = report_of()
    assert [finding.rule for finding in report.findings] == ["n-plus-one"]
    assert (report.allowed, report.run.notes) == ((), ())


@pytest.mark.parametrize("line", [5, 6, 7, 9])
def test_a_comment_at_any_line_of_the_statements_allows_it(line):
    report = report_of(files=with_comment(line))
    assert report.findings == ()
    [allowed] = report.allowed
    assert (allowed.finding.rule, allowed.finding.worst.query_count) == ("n-plus-one", 40)
    assert (allowed.allow.origin, allowed.allow.reason) == (f"shop/views.py:{line}", "five rows")
    assert report.run.notes == ()


@pytest.mark.parametrize("line", [1, 4])
def test_a_comment_elsewhere_allows_nothing_and_is_told(line):
    report = report_of(files=with_comment(line))
    assert len(report.findings) == 1
    assert report.run.notes == (
        f"shop/views.py:{line} allows n-plus-one, which nothing here needs: take it out",
    )


def test_a_comment_of_another_rule_allows_nothing():
    report = report_of(files=with_comment(5, "# queryscope: allow[slow-query] it is slow"))
    assert len(report.findings) == 1
    assert report.run.notes == ("shop/views.py:5 allows slow-query, which nothing here needs: take it out",)


def test_a_comment_without_a_rule_is_told_and_not_obeyed():
    report = report_of(files=with_comment(5, "# queryscope: allow"))
    assert len(report.findings) == 1
    assert report.run.notes == (
        "shop/views.py:5 allows without the name of a rule, and so nothing: write allow[n-plus-one]",
    )


def test_an_unknown_rule_is_told_with_the_nearest_and_not_obeyed():
    report = report_of(files=with_comment(5, "# queryscope: allow[n-plus-1] five rows"))
    assert len(report.findings) == 1
    assert report.run.notes == (
        "shop/views.py:5 allows the unknown rule 'n-plus-1'. Did you mean 'n-plus-one'?",
    )


def test_of_several_rules_the_known_one_is_obeyed():
    report = report_of(files=with_comment(5, "# queryscope: allow[n-plus-one, n-plus-two]"))
    assert report.findings == ()
    assert len(report.run.notes) == 1


def test_index_advice_may_be_named():
    report = report_of(files=with_comment(5, "# queryscope: allow[missing-index]"))
    assert report.run.notes == (
        "shop/views.py:5 allows missing-index, which nothing here needs: take it out",
    )


def test_a_comment_in_a_template_allows_its_line_only():
    comment = "{# queryscope: allow[n-plus-one] five rows #}\n{{ book.author }}\n"
    files = {"shop/views.py": SOURCE, "t/books.html": comment}
    there, here = trace(trigger=TEMPLATE, id="t1"), trace(id="t2")
    report = report_of(there, here, files=files)
    assert [each.trace for each in report.findings[0].occurrences] == ["t2"]
    assert [each.finding.worst.trace for each in report.allowed] == ["t1"]


CLASS = """\
from shop.models import Book


class BookList(ListView):
    paginate_by = 5
    queryset = Book.objects.all()
"""


@pytest.mark.parametrize(("line", "is_allowed"), [(4, True), (5, False), (6, True)])
def test_a_class_is_allowed_at_its_line_or_its_queryset(line, is_allowed):
    holder = ClassSite(path="shop/views.py", line=4, name="BookList", kind="view")
    lines = CLASS.splitlines()
    lines[line - 1] += "  # queryscope: allow[n-plus-one] five rows"
    one = trace(site=make_site(frame=None, holder=holder), trigger=TEMPLATE)
    assert bool(report_of(one, files={"shop/views.py": "\n".join(lines)}).allowed) is is_allowed


FITTING = [
    {"rule": "n-plus-one"},
    {"model": "shop.Book"},
    {"model": "shop.Book.author"},
    {"model": "shop.*"},
    {"path": "shop/views.py"},
    {"path": "shop/*"},
    {"stack": "shop/views.py"},
    {"stack": "shop/views.py:book_*"},
    {"rule": "n-plus-one", "model": "shop.Book.author", "path": "shop/*", "stack": "*:book_list"},
    {"test": "GET books/"},
]
STRANGE = [
    {"rule": "slow-query"},
    {"model": "shop.Author"},
    {"model": "shop.Book.publisher"},
    {"path": "views.py"},
    {"path": "t/*"},
    {"stack": "*:other"},
    {"rule": "n-plus-one", "model": "shop.Author"},
    {"test": "GET authors/"},
]


@pytest.mark.parametrize("named", FITTING, ids=str)
def test_an_entry_allows_what_all_of_it_fits(named):
    report = report_of(allows=[allow(reason="why", **named)])
    assert (report.findings, len(report.allowed), report.run.notes) == ((), 1, ())
    assert report.allowed[0].allow.reason == "why"


@pytest.mark.parametrize("named", STRANGE, ids=str)
def test_an_entry_that_does_not_fit_allows_nothing(named):
    report = report_of(allows=[allow(**named)])
    assert (len(report.findings), report.allowed) == (1, ())


@pytest.mark.parametrize(
    ("named", "is_told"),
    [
        ({"path": "shop/*", "rule": "slow-query"}, True),
        ({"path": "other/*"}, False),
        ({"stack": "shop/views.py", "rule": "slow-query"}, True),
        ({"stack": "other.py"}, False),
        ({"model": "shop.Book", "rule": "slow-query"}, True),
        ({"model": "shop.Publisher"}, False),
        ({"rule": "slow-query"}, False),
        ({"rule": "slow-query", "test": "GET books/"}, True),
        ({"rule": "slow-query", "test": "other"}, False),
    ],
)
def test_an_entry_that_nothing_needs_is_told_where_what_it_names_ran(named, is_told):
    notes = report_of(allows=[allow(**named)]).run.notes
    assert bool(notes) is is_told
    assert all(note.startswith("settings allows ") and note.endswith("take it out") for note in notes)


def test_a_rule_alone_is_judged_by_runs_of_tests():
    one = trace(origin=Origin(kind="test", label="test_a"))
    assert report_of(one, allows=[allow(rule="slow-query")]).run.notes


def test_what_is_allowed_breaches_no_gate():
    report = report_of(allows=[allow(rule="n-plus-one", reason="why")])
    assert judge(report, ("certain", "n-plus-one")).run.verdict == "pass"


def test_what_is_allowed_is_not_counted():
    def count(*allows: Allow, files: dict[str, str] | None = None) -> int:
        read = (files or {"shop/views.py": SOURCE}).get
        return count_findings(trace(), models=SHELF, rules=(NPlusOne(),), allows=allows, read_source=read)

    assert (count(), count(allow(rule="n-plus-one")), count(files=with_comment(9))) == (1, 0, 0)


def test_a_file_that_cannot_be_read_allows_nothing():
    report = report_of(files={"nothing.py": ""})
    assert (len(report.findings), report.run.notes) == (1, ())
