"""Each problem and its cured twin: the same bytes, for less."""

from __future__ import annotations

import pytest

from problems.table import PROBLEMS, Problem

pytestmark = pytest.mark.django_db(databases=["default", "reports"])

EVIDENT = 10  # queries that the twin of an N+1 saves at least


def of_each(problems: tuple[Problem, ...] | list[Problem]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("problem", problems, ids=lambda problem: problem.slug)


def urls_of(problem):
    return f"/problems/{problem.slug}/", f"/problems/{problem.slug}/cured/"


def of_twin_is_less(page, twin, gain):
    if gain == "queries":
        return twin.queries < page.queries
    if gain == "rows":
        return twin.rows < page.rows
    if gain == "buffers":
        return twin.buffers() * 2 < page.buffers()
    return twin.work() < page.work()


@of_each(PROBLEMS)
def test_a_twin_answers_with_the_same_bytes(visit, problem):
    page, twin = map(visit, urls_of(problem))
    assert (page.status, twin.status) == (200, 200)
    assert page.body == twin.body.replace(b"/cured/", b"/")
    assert len(page.body) > 400
    assert page.rows > 0


@of_each(PROBLEMS)
def test_a_twin_needs_less_every_time(visit, problem):
    first, _ = map(visit, urls_of(problem))  # fills caches such as that of content types
    page, twin = map(visit, urls_of(problem))
    again = visit(urls_of(problem)[0])
    assert of_twin_is_less(page, twin, problem.gain)
    assert twin.queries <= page.queries
    assert page.queries == again.queries
    assert first.body == page.body == again.body
    if problem.rule == "n-plus-one":
        assert page.queries - twin.queries >= EVIDENT


def test_the_index_page_links_to_every_problem_and_twin(visit):
    body = visit("/problems/").body.decode()
    for problem in PROBLEMS:
        assert f'href="{problem.slug}/"' in body
        assert f'href="{problem.slug}/cured/"' in body


@pytest.mark.parametrize("slug", ["admin-changelist", "admin-get-queryset"])
def test_an_admin_page_sends_strangers_to_the_login(client, market, db, slug):
    response = client.get(f"/problems/{slug}/")
    assert response.status_code == 302
    assert "/admin/login/" in response["Location"]
