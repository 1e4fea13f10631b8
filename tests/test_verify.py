"""Tests of verify.py: edits go into a copy only, and a second run is told as it was."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
from pathlib import Path

import pytest

from queryscope.errors import ReportError
from queryscope.model import (
    Edit,
    Evidence,
    Finding,
    Fix,
    Level,
    Measure,
    Occurrence,
    Report,
    Run,
)
from queryscope.verify import Outcome, apply_edits, edited_copy, with_outcomes
from tests.builders import make_trace

VIEW = "def book_list(request):\n    return list(Book.objects.all())\n"
EAGER = '.select_related("author")'
SAME = Evidence(note="not tried yet")


def make_edit(path: str, text: str, *, old: str, new: str) -> Edit:
    """Replace the first `old` of `text`; where `new` starts with it, it is an insertion."""
    start = text.index(old)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Edit(path=path, start=start, end=start + len(old), text=new, source_sha256=digest)


def make_fix(*edits: Edit, title: str = "Load Book.author with its books") -> Fix:
    return Fix(kinds=("select_related",), title=title, code="Book.objects", edits=edits, evidence=SAME)


def make_finding(*fixes: Fix, trace: str = "t1", number: int = 1) -> Finding:
    worst = Occurrence(trace=trace, query_count=9, avoidable_queries=8, duration_ms=4.0)
    return Finding(
        id=f"QS-{number}",
        rule="n-plus-one",
        severity="warning",
        confidence="certain",
        message="m",
        model="shop.Book",
        worst=worst,
        occurrences=(worst,),
        fixes=fixes,
    )


def make_report(root: Path | str, *fixes: Fix) -> Report:
    findings = tuple(make_finding(fix, number=number) for number, fix in enumerate(fixes))
    run = Run(queryscope="0", python="3", django="5", postgresql="18.0", root=str(root))
    return Report(generated_at="", run=run, traces=(make_trace(label="GET books/"),), findings=findings)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two applications."""
    root = tmp_path / "project"
    for name, text in {
        "shop/views.py": VIEW,
        "shop/models.py": "class Book: ...\n",
        "blog/views.py": VIEW,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def eager_edit(path: str = "shop/views.py") -> Edit:
    return make_edit(path, VIEW, old=".all()", new=EAGER)


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


class TestEditedCopy:
    def test_the_edit_is_in_the_copy_and_the_project_stays_as_it_was(self, project, tmp_path):
        fix = make_fix(eager_edit())
        root, applied = edited_copy(make_report(project, fix), tmp_path / "copy")
        assert root == tmp_path / "copy"
        assert applied == (fix,)
        assert (root / "shop/views.py").read_text() == VIEW.replace(".all()", EAGER)
        assert (project / "shop/views.py").read_text() == VIEW
        assert files(root) == {"shop/views.py", "shop/models.py", "blog/views.py"}

    def test_without_edits_it_is_a_plain_copy(self, project, tmp_path):
        report = make_report(project, Fix(kinds=("index",), title="", code=""))
        root, applied = edited_copy(report, tmp_path / "copy")
        assert applied == ()
        assert (root / "shop/views.py").read_text() == VIEW

    def test_a_finding_without_a_fix_is_passed_over(self, project, tmp_path):
        report = make_report(project)
        report = Report(generated_at="", run=report.run, traces=report.traces, findings=(make_finding(),))
        assert edited_copy(report, tmp_path / "copy")[1] == ()

    def test_only_the_first_fix_of_a_finding_is_applied(self, project, tmp_path):
        first = make_fix(eager_edit())
        other = make_fix(make_edit("blog/views.py", VIEW, old="list", new="tuple"))
        report = make_report(project)
        findings = (make_finding(first, other),)
        report = Report(generated_at="", run=report.run, traces=report.traces, findings=findings)
        root, applied = edited_copy(report, tmp_path / "copy")
        assert applied == (first,)
        assert (root / "blog/views.py").read_text() == VIEW

    def test_several_edits_of_one_file_don_t_shift_each_other(self, project, tmp_path):
        fixes = [
            make_fix(make_edit("shop/views.py", VIEW, old="book_list", new="the_list_of_all_books")),
            make_fix(make_edit("shop/views.py", VIEW, old="list(B", new="tuple(B"), eager_edit()),
        ]
        root, applied = edited_copy(make_report(project, *fixes), tmp_path / "copy")
        assert applied == tuple(fixes)
        text = (root / "shop/views.py").read_text()
        assert text == f"def the_list_of_all_books(request):\n    return tuple(Book.objects{EAGER})\n"

    def test_edits_of_several_files_belong_to_one_fix(self, project, tmp_path):
        fix = make_fix(eager_edit(), eager_edit("blog/views.py"))
        root, _ = edited_copy(make_report(project, fix), tmp_path / "copy")
        assert EAGER in (root / "shop/views.py").read_text()
        assert EAGER in (root / "blog/views.py").read_text()

    @pytest.mark.parametrize(
        ("start", "end", "is_applied"),
        [
            (0, 4, True),
            (4, 9, True),
            (9, 10, False),
            (5, 15, False),
            (15, 15, False),
            (20, 25, True),
            (20, 20, True),
        ],
    )
    def test_of_overlapping_edits_the_first_is_applied(self, project, tmp_path, start, end, is_applied):
        digest = hashlib.sha256(VIEW.encode()).hexdigest()
        first, second = (
            make_fix(
                Edit(path="shop/views.py", start=low, end=high, text=text, source_sha256=digest), title=text
            )
            for low, high, text in ((9, 20, "first"), (start, end, "second"))
        )
        root, applied = edited_copy(make_report(project, first, second), tmp_path / "copy")
        assert (second in applied) is is_applied
        assert first in applied
        text = (root / "shop/views.py").read_text()
        assert ("second" in text) is is_applied
        assert "first" in text

    def test_two_insertions_at_one_place_overlap(self, project, tmp_path):
        digest = hashlib.sha256(VIEW.encode()).hexdigest()
        fixes = [
            make_fix(Edit(path="shop/views.py", start=7, end=7, text=text, source_sha256=digest))
            for text in ("one", "two")
        ]
        root, applied = edited_copy(make_report(project, *fixes), tmp_path / "copy")
        assert applied == (fixes[0],)
        assert "two" not in (root / "shop/views.py").read_text()

    def test_a_fix_is_applied_whole_or_not_at_all(self, project, tmp_path):
        first = make_fix(eager_edit())
        second = make_fix(
            eager_edit("blog/views.py"), make_edit("shop/views.py", VIEW, old=".all()", new="[:9]")
        )
        root, applied = edited_copy(make_report(project, first, second), tmp_path / "copy")
        assert applied == (first,)
        assert (root / "blog/views.py").read_text() == VIEW

    def test_what_two_fixes_hold_is_made_once(self, project, tmp_path):
        first = make_fix(eager_edit())
        second = make_fix(eager_edit("blog/views.py"), eager_edit())
        root, applied = edited_copy(make_report(project, first, second), tmp_path / "copy")
        assert applied == (first, second)
        for path in ("shop/views.py", "blog/views.py"):
            assert (root / path).read_text() == VIEW.replace(".all()", EAGER)

    def test_what_two_fixes_add_at_one_place_is_made_as_one_edit(self, project, tmp_path):
        more = '.annotate(n=Count("tags"))'
        first = make_fix(eager_edit())
        second = make_fix(make_edit("shop/views.py", VIEW, old=".all()", new=more))
        for number, fixes in enumerate([(first, second), (second, first)]):
            root, applied = edited_copy(make_report(project, *fixes), tmp_path / str(number))
            assert applied == fixes
            assert (root / "shop/views.py").read_text() == VIEW.replace(".all()", EAGER + more)

    def test_lines_that_two_blocks_indent_are_indented_for_the_first(self, project, tmp_path):
        digest = hashlib.sha256(VIEW.encode()).hexdigest()
        at = VIEW.index("return")
        fixes = [
            make_fix(
                Edit(path="shop/views.py", start=at, end=at, text="    ", source_sha256=digest),
                make_edit("blog/views.py", VIEW, old=old, new="new"),
            )
            for old in ("book_list", "list(B")
        ]
        _, applied = edited_copy(make_report(project, *fixes), tmp_path / "copy")
        assert applied == (fixes[0],)

    def test_a_fix_whose_own_edits_overlap_is_left_out(self, project, tmp_path):
        twice = make_fix(eager_edit(), eager_edit())
        root, applied = edited_copy(make_report(project, twice), tmp_path / "copy")
        assert applied == ()
        assert (root / "shop/views.py").read_text() == VIEW

    @pytest.mark.parametrize("change", ["another line\n", None], ids=["edited", "deleted"])
    def test_a_file_that_changed_since_is_refused_by_name(self, project, tmp_path, change):
        file = project / "shop/views.py"
        file.unlink() if change is None else file.write_text(VIEW + change)
        with pytest.raises(ReportError, match=r"shop/views\.py changed since .* Profile again"):
            edited_copy(make_report(project, make_fix(eager_edit())), tmp_path / "copy")

    def test_a_changed_file_without_edits_does_not_matter(self, project, tmp_path):
        (project / "shop/models.py").write_text("class Book:\n    title = None\n")
        _, applied = edited_copy(make_report(project, make_fix(eager_edit())), tmp_path / "copy")
        assert applied

    @pytest.mark.parametrize(
        "text",
        [
            "# Bücher – 本 🐘\nbooks = list(Book.objects.all())\n",
            "# one\r\n# two\r\nbooks = list(Book.objects.all())\r\n",
            "\ufeff# byte order mark\nbooks = list(Book.objects.all())",
            "# old Mac\rbooks = list(Book.objects.all())\r",
            "# \u2028 and \x0c in a comment\nbooks = list(Book.objects.all())\n",
        ],
        ids=["not ASCII", "CRLF", "BOM", "CR", "odd line breaks"],
    )
    def test_offsets_are_characters_and_all_other_bytes_stay(self, project, tmp_path, text):
        (project / "shop/views.py").write_bytes(text.encode())
        fix = make_fix(
            make_edit("shop/views.py", text, old=".all()", new=EAGER),
            make_edit("shop/views.py", text, old="books", new="bücher"),
        )
        root, _ = edited_copy(make_report(project, fix), tmp_path / "copy")
        expected = text.replace(".all()", EAGER).replace("books", "bücher")
        assert (root / "shop/views.py").read_bytes() == expected.encode()

    def test_a_file_that_is_not_utf_8_any_more_has_changed(self, project, tmp_path):
        (project / "shop/views.py").write_bytes(VIEW.encode() + b"# \xfc\n")
        with pytest.raises(ReportError, match="changed since"):
            edited_copy(make_report(project, make_fix(eager_edit())), tmp_path / "copy")


class TestWhatIsCopied:
    def test_one_folder_is_copied_to_its_place(self, project, tmp_path):
        outside = make_fix(eager_edit("blog/views.py"))
        inside = make_fix(eager_edit())
        root, applied = edited_copy(make_report(project, outside, inside), tmp_path / "copy", folder="shop")
        assert applied == (inside,)
        assert files(root) == {"shop/views.py", "shop/models.py"}

    def test_hidden_files_and_caches_are_left_out(self, project, tmp_path):
        for name in (".git/HEAD", ".env", "shop/__pycache__/views.pyc", "node_modules/x/index.js", "old.pyc"):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text("x")
        root, _ = edited_copy(make_report(project), tmp_path / "copy")
        assert files(root) == {"shop/views.py", "shop/models.py", "blog/views.py"}

    def test_an_edit_of_a_file_that_is_not_copied_is_left_alone(self, project, tmp_path):
        (project / ".hidden").mkdir()
        (project / ".hidden/views.py").write_text(VIEW)
        fix = make_fix(eager_edit(".hidden/views.py"))
        assert edited_copy(make_report(project, fix), tmp_path / "copy")[1] == ()
        assert (project / ".hidden/views.py").read_text() == VIEW

    @pytest.mark.parametrize("path", ["{outside}", "../outside.py", "shop/../../outside.py"])
    def test_a_file_outside_of_the_project_is_never_written(self, project, tmp_path, path):
        outside = tmp_path / "outside.py"
        outside.write_text(VIEW)
        fix = make_fix(eager_edit(path.format(outside=outside)))
        assert edited_copy(make_report(project, fix), tmp_path / "copy")[1] == ()
        assert outside.read_text() == VIEW

    def test_a_link_to_a_file_elsewhere_is_never_written_through(self, project, tmp_path):
        (tmp_path / "shared.py").write_text(VIEW)
        (project / "shop/absolute.py").symlink_to(tmp_path / "shared.py")
        (project / "shop/relative.py").symlink_to("../../shared.py")
        fixes = [make_fix(eager_edit(f"shop/{name}.py")) for name in ("absolute", "relative")]
        root, applied = edited_copy(make_report(project, *fixes), tmp_path / "deep/down/copy")
        assert applied == ()
        assert (tmp_path / "shared.py").read_text() == VIEW
        assert (root / "shop/absolute.py").read_text() == VIEW
        assert (root / "shop/relative.py").read_text() == VIEW

    def test_a_link_inside_of_the_project_leads_to_the_edited_copy(self, project, tmp_path):
        (project / "shop/again.py").symlink_to("views.py")
        root, _ = edited_copy(make_report(project, make_fix(eager_edit())), tmp_path / "copy")
        assert EAGER in (root / "shop/again.py").read_text()
        assert (project / "shop/again.py").read_text() == VIEW

    def test_links_that_lead_nowhere_or_in_circles_do_no_harm(self, project, tmp_path):
        (project / "gone").symlink_to("no-such-file")
        (project / "shop/round").symlink_to("..")
        (project / "self").symlink_to("self")
        root, applied = edited_copy(make_report(project, make_fix(eager_edit())), tmp_path / "copy")
        assert applied
        assert (root / "shop/round/blog/views.py").read_text() == VIEW

    def test_pipes_and_sockets_are_left_out(self, project, tmp_path, monkeypatch):
        os.mkfifo(project / "pipe")
        monkeypatch.chdir(project)  # the path of a socket is short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")
            root, _ = edited_copy(make_report(project), tmp_path / "copy")
        assert files(root) == {"shop/views.py", "shop/models.py", "blog/views.py"}

    def test_a_read_only_file_is_edited_in_the_copy(self, project, tmp_path):
        (project / "shop/views.py").chmod(0o444)
        root, _ = edited_copy(make_report(project, make_fix(eager_edit())), tmp_path / "copy")
        assert EAGER in (root / "shop/views.py").read_text()
        assert (project / "shop/views.py").stat().st_mode & 0o777 == 0o444

    def test_a_copy_inside_of_the_project_is_refused(self, project):
        with pytest.raises(ReportError, match="inside of what it copies"):
            edited_copy(make_report(project), project / "copy")

    def test_a_folder_that_is_not_there_is_named(self, project, tmp_path):
        with pytest.raises(ReportError, match=r"no_such_folder.* can't be copied"):
            edited_copy(make_report(project), tmp_path / "copy", folder="no_such_folder")

    def test_a_file_that_can_t_be_read_is_named(self, project, tmp_path, monkeypatch):
        copy = shutil.copyfile

        def copyfile(source, target, **more):
            if Path(source).name == "models.py":  # root may read everything
                raise PermissionError(13, "Permission denied", source)
            return copy(source, target, **more)

        monkeypatch.setattr("shutil.copyfile", copyfile)
        with pytest.raises(ReportError, match=r"shop/models\.py' can't be copied"):
            edited_copy(make_report(project), tmp_path / "copy")


class TestApplyEdits:
    def test_nothing_is_written_unless_every_edit_fits(self, project):
        file = project / "shop/views.py"
        stale = make_edit("shop/views.py", VIEW + "# then", old="list", new="tuple")
        with pytest.raises(ReportError):
            apply_edits(file, [eager_edit(), stale])
        assert file.read_text() == VIEW

    def test_the_order_of_the_edits_does_not_matter(self, project):
        file = project / "shop/views.py"
        edits = [eager_edit(), make_edit("shop/views.py", VIEW, old="book_list", new="books")]
        apply_edits(file, edits)
        one = file.read_text()
        file.write_text(VIEW)
        apply_edits(file, reversed(edits))
        assert file.read_text() == one

    def test_the_mode_of_the_file_stays(self, project):
        file = project / "shop/views.py"
        file.chmod(0o755)
        apply_edits(file, [eager_edit()])
        assert file.stat().st_mode & 0o777 == 0o755


def outcome(queries: int = 49, digest: str = "a", ms: float = 90.0) -> Outcome:
    return Outcome(queries=queries, database_ms=ms, digest=digest)


class TestWithOutcomes:
    fix = make_fix(eager_edit())

    def judge(self, before: Outcome | None, after: Outcome | None, applied: tuple[Fix, ...] | None = None):
        label = "GET books/"
        report = with_outcomes(
            make_report("/nowhere", self.fix),
            {} if before is None else {label: before},
            {} if after is None else {label: after},
            (self.fix,) if applied is None else applied,
        )
        return report.findings[0].fixes[0].evidence

    def test_fewer_queries_and_the_same_output_are_the_strongest_evidence(self):
        evidence = self.judge(outcome(), outcome(queries=1, ms=12.5))
        assert evidence == Evidence(
            level=Level.RERUN,
            before=Measure(queries=49, ms=90.0),
            after=Measure(queries=1, ms=12.5),
            note="same output",
        )

    def test_another_output_is_no_evidence_but_told(self):
        evidence = self.judge(outcome(), outcome(queries=1, digest="b"))
        assert evidence.level is Level.NONE
        assert (evidence.before, evidence.after) == (None, None)
        assert "the output differs" in evidence.note

    @pytest.mark.parametrize("queries", [49, 50])
    def test_no_gain_is_no_evidence_but_told(self, queries):
        evidence = self.judge(outcome(), outcome(queries=queries, ms=1.0))
        assert evidence.level is Level.NONE
        assert f"49 → {queries} queries, no gain" in evidence.note

    def test_one_query_fewer_is_a_gain(self):
        assert self.judge(outcome(), outcome(queries=48)).level is Level.RERUN

    @pytest.mark.parametrize(("before", "after"), [(None, outcome(1)), (outcome(), None), (None, None)])
    def test_a_unit_that_ran_only_once_shows_nothing(self, before, after):
        assert self.judge(before, after) == SAME

    def test_a_fix_that_was_not_applied_shows_nothing(self):
        assert self.judge(outcome(), outcome(queries=1), applied=()) == SAME

    def test_only_the_worst_unit_of_the_finding_counts(self):
        report = make_report("/nowhere", self.fix)
        report = Report(
            generated_at="",
            run=report.run,
            traces=(make_trace(label="GET books/"), make_trace(label="GET other/", id="t2")),
            findings=(make_finding(self.fix, trace="t2"),),
        )
        before = {"GET books/": outcome(9), "GET other/": outcome(7)}
        after = {"GET books/": outcome(1), "GET other/": outcome(2)}
        (finding,) = with_outcomes(report, before, after, [self.fix]).findings
        assert finding.fixes[0].evidence.before == Measure(queries=7, ms=90.0)

    def test_a_finding_of_an_unknown_unit_is_left_as_it_was(self):
        report = make_report("/nowhere", self.fix)
        report = Report(generated_at="", run=report.run, traces=(), findings=report.findings)
        assert with_outcomes(report, {"": outcome()}, {}, [self.fix]) == report

    def test_all_else_in_the_report_stays(self):
        report = make_report("/nowhere", self.fix, make_fix(eager_edit("blog/views.py")))
        judged = with_outcomes(report, {"GET books/": outcome()}, {"GET books/": outcome(1)}, [self.fix])
        assert judged.findings[1] == report.findings[1]
        assert judged.run == report.run
        assert judged.traces == report.traces
        assert judged.findings[0].fixes[0].edits == self.fix.edits


def test_a_copy_runs_with_its_edits(project, tmp_path):
    """As the demo uses it: the same program, from the copy."""
    program = "import sys\nfrom pathlib import Path\n\nfor number in [1, 2, 3]:\n    print(number)\n"
    (project / "main.py").write_text(program)
    fix = make_fix(make_edit("main.py", program, old="[1, 2, 3]", new="[3]"))
    root, _ = edited_copy(make_report(project, fix), tmp_path / "copy")
    scope: dict[str, object] = {"print": (printed := []).append}
    exec(compile((root / "main.py").read_text(), "main.py", "exec"), scope)
    assert printed == [3]
