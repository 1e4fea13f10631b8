"""The table of problems: complete, well formed, and true to the files that it names."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import resolve, reverse

from problems.table import PROBLEMS, Problem
from problems.urls import urlpatterns

ROOT = Path(__file__).resolve().parents[2]
SITE = re.compile(r"# site: ([a-z0-9-]+)$", re.MULTILINE)
EAGER = {"select_related", "prefetch_related"}


def of_each(*problems: Problem) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("problem", problems, ids=lambda problem: problem.slug)


def of_rule(rule: str) -> tuple[Problem, ...]:
    return tuple(problem for problem in PROBLEMS if problem.rule == rule)


def site_line(problem: Problem) -> int:
    lines = (ROOT / problem.path).read_text().splitlines()
    [line] = [at for at, text in enumerate(lines, 1) if text.endswith(problem.site_comment)]
    return line


def statement_at(problem: Problem) -> str:
    """The whole statement of the site, or the head of the class that stands for it."""
    source = (ROOT / problem.path).read_text()
    line = site_line(problem)
    nodes = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    innermost = max(nodes, key=lambda node: node.lineno)
    return ast.get_source_segment(source, innermost) or ""


def lookups_of(code: str) -> set[str]:
    return set(re.findall(r'"([a-z_]+)"', code))


def test_there_are_enough_problems_of_every_family():
    judged = [problem for problem in PROBLEMS if not problem.known_miss]
    rules = Counter(problem.rule for problem in judged)
    assert len(judged) >= 69
    assert rules["n-plus-one"] >= 25
    assert rules["duplicate-query"] >= 2
    assert rules["slow-query"] >= 1
    assert rules["missing-index"] >= 5
    assert len(of_rule("missing-index")) >= 6
    assert {problem.rule for problem in PROBLEMS if problem.known_miss} == {"missing-index"}


def test_slugs_and_titles_are_unique():
    assert len({problem.slug for problem in PROBLEMS}) == len(PROBLEMS)
    assert len({problem.title for problem in PROBLEMS}) == len(PROBLEMS)


def test_every_site_comment_of_the_project_belongs_to_one_row():
    files = (ROOT / "sample_project").rglob("*.py")
    found = [slug for file in files for slug in SITE.findall(file.read_text())]
    assert sorted(found) == sorted(problem.slug for problem in PROBLEMS)


@of_each(*PROBLEMS)
def test_the_site_stands_once_in_the_named_file(problem):
    assert site_line(problem) > 0


@of_each(*PROBLEMS)
def test_the_site_names_the_model_or_reads_a_relation_to_it(problem):
    model = apps.get_model(problem.model).__name__
    statement = statement_at(problem)
    related = {
        "object-or-404": "customer.orders",
        "membership-in-loop": "collection.products",
        "write-in-loop": "review.save",
    }
    assert any(
        text in statement
        for text in (
            f"{model}.objects",
            f"model = {model}",
            f"{model}Admin",
            related.get(problem.slug, model),
        )
    )


@of_each(*PROBLEMS)
def test_a_twin_is_another_callable_than_its_problem(problem):
    assert problem.view is not problem.cured


@of_each(*PROBLEMS)
def test_the_urls_lead_to_the_two_views(problem):
    assert resolve(reverse(f"problems:{problem.slug}")).func is problem.view
    assert resolve(reverse(f"problems:{problem.slug}-cured")).func is problem.cured


def test_the_urlconf_holds_the_index_and_two_pages_a_row():
    assert len(urlpatterns) == 1 + 2 * len(PROBLEMS)


@of_each(*of_rule("n-plus-one"))
def test_an_n_plus_one_names_its_relations_and_the_code_that_loads_them(problem):
    assert problem.relations
    assert list(problem.relations) == sorted(problem.relations)
    assert set(problem.kinds) <= EAGER
    assert all(f"{kind}" in problem.fix for kind in problem.kinds)
    pieces = {part for relation in problem.relations for part in (relation, *relation.split("__"))}
    assert lookups_of(problem.fix) <= pieces


@of_each(*of_rule("n-plus-one"))
def test_the_lookup_paths_exist_on_the_model(problem):
    for relation in problem.relations:
        model = apps.get_model(problem.model)
        for part in relation.split("__"):
            field = next(
                field
                for field in model._meta.get_fields(include_hidden=True)
                if part in (field.name, getattr(field, "get_accessor_name", str)())
            )
            model = field.related_model or model


@of_each(*of_rule("missing-index"))
def test_an_index_problem_says_which_index_its_twin_has(problem):
    assert problem.kinds == ("index",)
    assert problem.gain == "buffers"
    assert re.fullmatch(r"I\d\d", problem.row)
    assert re.match(r"(models\.Index|GinIndex|GistIndex)\(", problem.fix)


def test_the_problems_tables_have_no_index_and_their_copies_have_all():
    for name in ("Shipment", "Message"):
        bare, indexed = apps.get_model("problems", name), apps.get_model("problems", f"Indexed{name}")
        assert not bare._meta.indexes
        assert indexed._meta.indexes
        assert [field.column for field in bare._meta.fields] == [
            field.column for field in indexed._meta.fields
        ]


def test_a_known_miss_gives_its_reason():
    for problem in PROBLEMS:
        assert not problem.known_miss or len(problem.known_miss.split()) >= 4


def test_only_admin_pages_ask_for_a_login():
    assert [problem.slug for problem in PROBLEMS if problem.login] == [
        "admin-changelist",
        "admin-get-queryset",
    ]
