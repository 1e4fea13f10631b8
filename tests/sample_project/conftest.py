"""The marketplace, seeded once for all tests of this folder, and what they measure with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.test import Client

from seeding.progress import Progress
from seeding.scales import SMALL, Scale
from seeding.seed import USER, clear, seed

TINY = replace(
    SMALL,
    name="tiny",
    companies=5,
    brands=6,
    products=40,
    customers=30,
    orders=60,
    reviews=40,
    votes=60,
    comments=40,
    bookings=60,
    people=40,
    shipments=100,
    messages=100,
)
# What differs from one answer to the next without meaning anything.
TOKENS = re.compile(rb'(name="csrfmiddlewaretoken" value="|csrfToken": ")[^"]+')
SPACE = re.compile(rb"\s+")
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) "


def fill(scale: Scale) -> None:
    seed(scale, Progress(None))


@pytest.fixture(scope="package")
def market(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The small sample data, committed; taken away after the last test of this folder."""
    with django_db_blocker.unblock():
        fill(SMALL)
    yield
    with django_db_blocker.unblock():
        clear()
        connections["reports"].close()  # its session would keep the test database from being dropped


@dataclass(frozen=True, kw_only=True)
class Statement:
    sql: str
    params: Any
    rows: int


@dataclass(frozen=True, kw_only=True)
class Visit:
    status: int
    body: bytes
    statements: tuple[Statement, ...]

    @property
    def queries(self) -> int:
        return len(self.statements)

    @property
    def rows(self) -> int:
        """Rows that the database sent."""
        return sum(max(0, statement.rows) for statement in self.statements)

    def buffers(self) -> int:
        """Blocks that the statements touch when they run again."""
        return sum(root["Shared Hit Blocks"] + root["Shared Read Blocks"] for root in self._plans())

    def work(self) -> float:
        """Rows that the nodes of their plans hand on or throw away."""
        return sum(map(_rows_handled, self._plans()))

    def _plans(self) -> Iterator[dict[str, Any]]:
        with connection.cursor() as cursor:
            for statement in self.statements:
                cursor.execute(EXPLAIN + statement.sql, statement.params)
                plan = cursor.fetchone()[0]
                yield (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def _rows_handled(node: dict[str, Any]) -> float:
    own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return own + sum(map(_rows_handled, node.get("Plans", ())))


Visitor = Callable[[str], Visit]


@pytest.fixture
def visit(market: None, db: None) -> Visitor:
    """Asks for a page as the member of staff that the seed makes."""
    client = Client()
    client.force_login(get_user_model().objects.get(username=USER))

    def visit(url: str) -> Visit:
        statements: list[Statement] = []

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            statements.append(Statement(sql=sql, params=params, rows=context["cursor"].rowcount))
            return result

        with ExitStack() as stack:
            for alias in connections:
                stack.enter_context(connections[alias].execute_wrapper(note))
            response = client.get(url)
            body = b"".join(response.streaming_content) if response.streaming else response.content
        body = SPACE.sub(b" ", TOKENS.sub(b"", body))
        return Visit(status=response.status_code, body=body, statements=tuple(statements))

    return visit
