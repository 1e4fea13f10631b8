"""Whose queryset it is that a library evaluates for a class."""

from __future__ import annotations

from typing import Any

import pytest

from queryscope.fixes.sources import Sources
from queryscope.model import ClassSite, Model, Models, Observation
from queryscope.rules.holding import says_queryset
from queryscope.rules.remedy import Context
from tests.builders import make_query_group, make_site, make_trace

HOLDER = ClassSite(path="shop/api.py", line=1, name="A", kind="view")
FOREIGN = Models(models=(Model(label="auth.User", table="auth_user"),))
OWN = Models(models=(Model(label="auth.User", table="auth_user", path="shop/models.py"),))
SAID = "class A(ListAPIView):\n    queryset = User.objects.all()\n"
UNSAID = "class A(LibraryView):\n    pass\n"


def told(text: str, models: Models = FOREIGN, *, is_asked: bool = True, **site: Any) -> bool:
    where = make_site("auth.User", **({"frame": None, "holder": HOLDER} | site))
    trace = make_trace(make_query_group(0, site=where, is_asked_by_library=is_asked))
    observation = Observation(rule="x", trace=trace.id, model="auth.User", site=where, groups=(0,))
    return says_queryset(observation, Context(models, Sources(lambda _: text), {trace.id: trace}))


@pytest.mark.parametrize(("text", "is_said"), [(SAID, True), (UNSAID, False)])
def test_of_a_librarys_model_the_text_of_the_class_tells(text, is_said):
    assert told(text) is is_said


def test_whatever_else_is_the_applications_already():
    assert told(UNSAID, OWN)
    assert told(UNSAID, is_asked=False)
    assert told(UNSAID, holder=None)
