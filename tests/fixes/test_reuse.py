"""The remedy for a repeated read is told, not edited."""

from __future__ import annotations

from queryscope.fixes.reuse import reuse_fix
from queryscope.model import Trigger


def test_the_line_that_asks_again_is_named():
    fix = reuse_fix("Category", Trigger(path="shop/views.py", line=9, function="menu"))
    assert fix.kinds == ("reuse",)
    assert fix.code == (
        "Keep the Category result in a variable and pass it on instead of asking again at shop/views.py:9."
    )
    assert fix.diff == ""
    assert fix.edits == ()
    assert fix.caveat.startswith("No diff:")


def test_without_line_or_model_it_is_said_plainly():
    assert reuse_fix("", None).code == "Keep the query result in a variable and pass it on."
