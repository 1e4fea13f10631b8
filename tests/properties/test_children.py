"""Children of one parent, each with a table of its own: the edits load the rows that Django joins wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction

from tests.properties.graphs import Entity, Graph, Link
from tests.properties.tables import installed, make_tables
from tests.rules.project import Project

pytestmark = pytest.mark.django_db
PARTNER = Link("partner", "OneToOneField", "Author", "partner_depot")
FAMILY = Graph(
    (
        Entity("Author"),
        Entity("Book", links=(Link("place", "OneToOneField", "Author"),)),
        Entity("City", parent="Author"),
        Entity("Depot", parent="Author", links=(PARTNER,)),
    )
)
READS = {
    "the child of the row itself": ("Author", "depot", ".select_related("),
    "a model beside": ("Author", "book", ".select_related("),
    "a child of another row": ("Author", "partner_depot", ".prefetch_related("),
    "another child of the same row": ("City", "depot", ".prefetch_related("),
    "a child of another row, of a child": ("City", "partner_depot", ".prefetch_related("),
}


@pytest.mark.parametrize("name", READS)
def test_a_one_to_one_is_joined_where_django_joins_it_rightly(name: str, tmp_path: Path) -> None:
    model, accessor, call = READS[name]
    text = f"""
        from family.models import {model}


        def f():
            rows = {model}.objects.order_by("pk")
            return [(row.name, getattr(getattr(row, "{accessor}", None), "name", "nobody")) for row in rows]
        """
    with transaction.atomic(), installed(FAMILY, "family", tmp_path) as module:
        make_tables("family")
        authors = [module.Author.objects.create(name=f"author {at}") for at in range(3)]
        cities = [module.City.objects.create(name=f"city {at}") for at in range(3)]
        for at, row in enumerate([*authors, *cities]):
            owner = row if at < 3 else row.author_ptr
            module.Book.objects.create(name=f"book {at}", place=owner)
            module.Depot.objects.create(name=f"depot {at}", partner=owner)
        project = Project(tmp_path, text, path="family/views.py")
        before = project.run()
        assert f'{call}"{accessor}")' in before.fix("n-plus-one").code
        assert project.cured(before).queries == (1 if "select" in call else 2)
        transaction.set_rollback(True)
