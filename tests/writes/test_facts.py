"""What capture tells of writes: who asked, inside of which transaction, and what hangs on a model."""

from __future__ import annotations

import pytest
from django.db.models.signals import m2m_changed, post_save

from catalog.models import Product
from queryscope.capture.introspect import read_models
from queryscope.capture.project import Project
from tests.capture.shop import add_products
from tests.writes.running import run


def model_of(label: str):
    found = read_models(Project("/")).get(label)
    assert found is not None
    return found


def test_a_model_tells_who_listens_and_which_methods_are_its_own(monkeypatch):
    def quiet(**kwargs):
        pass

    before = model_of("catalog.Product")
    assert (before.receivers, before.overrides, before.parents) == ((), (), ())
    post_save.connect(quiet, sender=Product)
    m2m_changed.connect(quiet, sender=Product.tags.through)
    try:
        assert model_of("catalog.Product").receivers == ("post_save",)
        assert model_of("catalog.Product_tags").receivers == ("m2m_changed",)
        assert model_of("catalog.Tag").receivers == ()
    finally:
        post_save.disconnect(quiet, sender=Product)
        m2m_changed.disconnect(quiet, sender=Product.tags.through)

    def delete(self, *args, **kwargs):
        return None

    monkeypatch.setattr(Product, "delete", delete)
    assert model_of("catalog.Product").overrides == ("delete",)


def test_fields_that_a_save_fills_are_known():
    from django.db import models

    from queryscope.capture.introspect import _has_pre_save

    assert _has_pre_save(models.DateTimeField(auto_now=True))
    assert _has_pre_save(models.FileField())
    for field in (models.DateTimeField(auto_now_add=True), models.DateField(), models.CharField()):
        assert not _has_pre_save(field)


CODE = """
def job():
    from django.forms import modelform_factory
    made = modelform_factory(Tag, fields=["name", "slug"])
    made({"name": "a", "slug": "a"}).save()
    Tag.objects.create(name="b", slug="b")
    with transaction.atomic():
        Tag.objects.create(name="c", slug="c")
"""


@pytest.mark.django_db(transaction=True)
def test_a_group_tells_who_asked_and_whether_a_transaction_is_open(tmp_path):
    add_products(1)
    groups = [group for group in run(tmp_path, CODE).trace.groups if group.kind == "insert"]
    assert [(group.asked_through, group.is_in_transaction) for group in groups] == [
        ("django.forms", False),
        ("", False),
        ("", True),
    ]
