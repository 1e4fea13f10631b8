import subprocess
import sys

import pytest

from queryscope.errors import ReportError
from queryscope.formats import FORMATS, render
from tests.formats.reports import hostile_report, make_report


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("findings", [0, 1, 8, 500])
def test_every_format_renders_any_number_of_findings(name, findings):
    assert render(make_report(findings), name).endswith("\n")


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_can_be_written_as_utf8_whatever_the_names(name):
    assert render(hostile_report(), name).encode("utf-8")


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_format_gives_the_same_text_for_the_same_report(name):
    assert render(make_report(), name) == render(make_report(), name)


def test_an_unknown_format_is_refused_with_the_nearest_name():
    with pytest.raises(ReportError, match=r"Unknown format 'htm'. Did you mean 'html'\?"):
        render(make_report(), "htm")


def test_an_unknown_format_far_from_all_names_lists_them():
    with pytest.raises(ReportError, match="Valid names: agent, html, json"):
        render(make_report(), "zzz")


def test_importing_the_package_loads_no_template_engine_and_no_django():
    code = (
        "import sys, queryscope.formats\n"
        "loaded = {'jinja2', 'django', 'sqlparse', 'sqlglot'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_formats_are_a_mapping_of_names_to_functions():
    assert len(FORMATS) == len(list(FORMATS))
    assert all(callable(FORMATS[name]) for name in FORMATS)
    assert "nothing" not in FORMATS
