"""Routes as people write them."""

from __future__ import annotations

import re

import pytest
from django.urls import re_path
from hypothesis import given
from hypothesis import strategies as st

from queryscope.routes import readable_route


@pytest.mark.parametrize(
    "route",
    ["", "orders/", "orders/<int:pk>/", "api/items/{item_id}", "a.b/c-d/", "files/<path:name>", "50$/off/"],
)
def test_a_route_of_path_stays_as_it_is(route: str) -> None:
    assert readable_route(route) == route


@pytest.mark.parametrize(
    ("route", "readable"),
    [
        (r"^orders/(?P<pk>[^/.]+)/$", "orders/<pk>/"),
        (r"^orders/$", "orders/"),
        (r"api/^orders/(?P<pk>[^/.]+)/$", "api/orders/<pk>/"),
        (r"^orders\.(?P<format>[a-z0-9]+)/?$", "orders.<format>/"),
        (r"^(?P<path>.*)$", "<path>"),
        (r"^articles/([0-9]{4})/(\d+)/\Z", "articles/<var>/<var>/"),
        (r"^blog/(?:page-(?P<page>\d+)/)?$", "blog/page-<page>/"),
        (r"^a/(?P<nested>(\w+)-(?P<inner>\d))/b$", "a/<nested>/b"),
        (r"^(?!admin/)(?P<slug>[()\]]+)x{2}$", "<slug>x{2}"),
        (r"^[^/]+/(?P<odd>[])]+)/\b$", "[^/]+/<odd>/"),
        (r"^\w+/\(\)$", r"\w+/()"),
        (r"^(?i:Shop)/(?#why)x$", "Shop/x"),
        (r"^.*$", ".*"),
        (r"^$", ""),
        (r"^broken\(", "broken("),
    ],
)
def test_a_regular_expression_is_written_as_a_route(route: str, readable: str) -> None:
    re.compile(route)
    assert readable_route(route) == readable


def test_names_of_groups_are_those_that_django_reads() -> None:
    pattern = re_path(
        r"^shops/(?P<shop>[^/.]+)/orders/(?P<pk>\d+)/lines/(?P<line>[\w-]{1,8})/$", print
    ).pattern
    found = pattern.match("shops/a/orders/7/lines/x-1/")
    assert found is not None
    assert re.findall(r"<(\w+)>", readable_route(str(pattern))) == list(found[2])


@given(st.text(alphabet="ab/()[]{}\\^$?*+<>P:=!|#.0", max_size=40))
def test_whatever_a_route_is_it_can_be_written(route: str) -> None:
    assert len(readable_route(route)) <= max(len(route) * 5, 5)
