"""From what was observed to the loads of a trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from catalog.models import Brand, Product
from queryscope.capture.finish_loads import read_facts
from queryscope.capture.loaded import WATCHED, Loaded
from queryscope.capture.reads import Reads
from queryscope.capture.recorder import Recorder
from queryscope.capture.state import FAULTS
from queryscope.model import Load
from tests.capture.recording import make_recorder


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    WATCHED.clear()
    FAULTS.clear()


def make_observed(*loads: tuple[int, str, Loaded]) -> Recorder:
    recorder = make_recorder(reads=True)
    recorder.reads = Reads(recorder.token)
    for group, path, loaded in loads:
        recorder.reads.loads[group, path] = loaded
    return recorder


def make_loaded(*read: str, columns: tuple[str, ...] = ("id", "name", "slug"), count: int = 1) -> Loaded:
    loaded = Loaded(Brand, columns, ())
    for name in read:
        loaded.read(name)
    for _ in range(count):
        next(loaded.instances)
    return loaded


def loads_of(recorder: Recorder, place: dict[int, int]) -> tuple[Load, ...]:
    found: tuple[Load, ...] = read_facts(recorder, place)["loads"]
    return found


def test_without_reads_nothing_is_told() -> None:
    assert read_facts(make_recorder(), {}) == {}


def test_after_a_fault_nothing_is_told() -> None:
    recorder = make_observed((0, "", make_loaded()))
    FAULTS.note("a test")
    assert read_facts(recorder, {0: 0}) == {}


def test_a_run_without_instances_was_observed_all_the_same() -> None:
    assert read_facts(make_observed(), {}) == {"loads": (), "saw_reads": True}


def test_loads_go_where_their_group_went_and_stand_in_order() -> None:
    recorder = make_observed(
        (5, "", make_loaded()), (2, "company", make_loaded()), (2, "", Loaded(Product, ("id",), ()))
    )
    loads = loads_of(recorder, {2: 0, 5: 1})
    assert [(load.group, load.path, load.model) for load in loads] == [
        (0, "", "catalog.Product"),
        (0, "company", "catalog.Brand"),
        (1, "", "catalog.Brand"),
    ]


def test_merged_groups_have_one_load_which_was_read_if_one_of_them_was() -> None:
    first, second = make_loaded("name", count=2), make_loaded("slug", columns=("id", "slug"), count=3)
    first.joined["company"] = "company"
    first.needed |= {"id", "slug"}
    second.add_prefetched("products")
    second.read("products")
    [load] = loads_of(make_observed((0, "", first), (4, "", second)), {0: 0, 4: 0})
    assert (load.instances, load.columns, load.columns_read) == (5, ("id", "name", "slug"), ("name", "slug"))
    assert load.columns_needed == ("id",)
    assert (load.select_related, load.prefetch_related) == (("company",), ("products",))
    assert load.relations_read == ("products",)


def test_what_escaped_makes_all_of_a_merged_load_read() -> None:
    first, second = make_loaded(), make_loaded()
    first.joined["company"] = "company"
    second.escape()
    for order in ((first, second), (second, first)):
        [load] = loads_of(make_observed((0, "", order[0]), (1, "", order[1])), {0: 0, 1: 0})
        assert load.is_escaped
        assert load.columns_read == load.columns
        assert load.relations_read == ("company",)


def test_a_joined_relation_is_told_by_its_query_name_and_read_by_its_accessor() -> None:
    loaded = make_loaded("products")
    loaded.joined |= {"products": "product", "company": "company"}
    [load] = loads_of(make_observed((0, "", loaded)), {0: 0})
    assert (load.select_related, load.relations_read) == (("product", "company"), ("product",))
