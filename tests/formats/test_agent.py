from queryscope.formats.agent import COLUMNS, HEADER, render
from queryscope.model import Evidence, Level
from tests.formats.findings import make_finding, make_fix, make_removal, make_run
from tests.formats.reports import hostile_report, make_report


def rows(report):
    return [line.split("\t") for line in render(report).splitlines() if not line.startswith("#")]


def test_the_first_lines_say_version_verdict_and_columns():
    lines = render(make_report(8)).splitlines()
    assert lines[:3] == [HEADER, "#verdict\tfail\t8", "#" + "\t".join(COLUMNS)]


def test_each_finding_is_one_line_with_every_column():
    found = rows(make_report(8))
    assert len(found) == 8
    assert {len(row) for row in found} == {len(COLUMNS)}


def test_a_line_carries_place_numbers_evidence_and_code():
    row = dict(zip(COLUMNS, rows(make_report(1))[0], strict=True))
    assert row["id"] == "QS-00000000"
    assert row["place"] == "shop/views.py:4"
    assert (row["avoidable"], row["queries"], row["evidence"]) == ("80", "80", "re-run")
    assert row["code"] == 'Book.objects.select_related("author", "publisher")'


def test_what_is_unknown_is_a_hyphen():
    row = dict(zip(COLUMNS, rows(make_report(0, findings=(make_finding(fixes=()),)))[0], strict=True))
    assert (row["status"], row["code"], row["evidence"]) == ("-", "-", "none")


def test_a_fix_without_code_shows_its_title():
    fix = make_fix(code="", title="Evaluate once", evidence=Evidence(level=Level.USABLE))
    row = dict(zip(COLUMNS, rows(make_report(0, findings=(make_finding(fixes=(fix,)),)))[0], strict=True))
    assert (row["code"], row["evidence"]) == ("Evaluate once", "usable")


def test_hostile_names_neither_add_lines_nor_columns():
    assert [len(row) for row in rows(hostile_report())] == [len(COLUMNS)]


def test_an_id_never_looks_like_a_comment_so_a_message_with_tabs_stays_one_cell():
    found = rows(make_report(0, findings=(make_finding(message="a\tb\nc"),)))
    assert found[0][-1] == "a b c"


def test_what_is_missing_is_told():
    text = render(make_report(0, run=make_run(missing=("no PostgreSQL",))))
    assert "#missing\tno PostgreSQL\n" in text


def test_indexes_that_can_go_are_comments_with_their_statement():
    lines = render(make_report(0, removals=(make_removal(),))).splitlines()
    [found] = [line.split("\t") for line in lines if line.startswith("#removal")]
    assert found[1] == "likely"
    assert found[2].startswith("shop_review_book_id_1a2b3c4d of shop_review (likely): ")
    assert found[3] == 'DROP INDEX CONCURRENTLY "shop_review_book_id_1a2b3c4d"'
