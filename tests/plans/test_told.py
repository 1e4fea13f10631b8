"""What every rule and badge says of the plans of the corpus, word for word."""

from __future__ import annotations

import pytest

from tests.plans.golden import TOLD, told

NAMES = sorted({path.stem for path in TOLD.glob("*.txt")} | set(told()))


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_says_what_it_said(name: str):
    """After a change: `python -m tests.plans.golden`, and read the difference."""
    assert told().get(name, "") == (TOLD / f"{name}.txt").read_text(encoding="utf-8")
