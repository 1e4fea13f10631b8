"""One fact, one finding: the first rule that tells something of a query is the only one."""

from __future__ import annotations

from typing import Any

from queryscope.analysis.claims import Claims
from queryscope.model import Observation


def seen(rule: str, *groups: int, **more: Any) -> Observation:
    return Observation(**{"rule": rule, "trace": "t1", "model": "shop.Book", "groups": groups} | more)


def test_the_first_rule_has_it():
    claims = Claims()
    assert claims.claim(seen("n-plus-one", 1))
    assert not claims.claim(seen("duplicate-query", 1))


def test_a_rule_may_speak_of_a_group_twice():
    claims = Claims()
    assert claims.claim(seen("n-plus-one", 1))
    assert claims.claim(seen("n-plus-one", 1))


def test_what_is_new_in_part_is_told():
    claims = Claims()
    assert claims.claim(seen("n-plus-one", 1))
    assert claims.claim(seen("duplicate-query", 1, 2))
    assert not claims.claim(seen("query-in-loop", 2))


def test_another_fact_of_a_group_is_another_finding():
    claims = Claims()
    assert claims.claim(seen("n-plus-one", 1))
    assert claims.claim(seen("slow-query", 1, fact="time"))


def test_another_trace_has_groups_of_its_own():
    claims = Claims()
    assert claims.claim(seen("n-plus-one", 1))
    assert claims.claim(seen("duplicate-query", 1, trace="t2"))


def test_what_names_no_group_is_told():
    claims = Claims()
    assert claims.claim(seen("long-transaction"))
    assert claims.claim(seen("transaction-per-row"))
