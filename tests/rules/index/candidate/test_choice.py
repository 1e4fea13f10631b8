"""Tests of rules/index/candidate/choice.py."""

from __future__ import annotations

from queryscope.model import IndexAdvice, IndexKey
from queryscope.rules.index.candidate.choice import (
    MAX_CANDIDATES,
    MAX_OF_TABLE,
    add_candidate,
    choose_candidates,
)


def make(name, relation="t", **more):
    key = IndexKey(column=name, django=name)
    values = {"model": "a.T", "method": "btree", "keys": (key,), "name": f"{relation}_{name}"}
    return IndexAdvice(relation=relation, **(values | more))


def named(advices):
    return [advice.name for advice in advices]


def test_few_candidates_are_all_built_in_their_order():
    candidates = [make("a"), make("b", "u"), make("c")]
    assert choose_candidates(candidates) == tuple(candidates)


def test_a_table_with_many_candidates_leaves_room_for_the_others():
    many = [make(f"c{number}") for number in range(20)]
    chosen = choose_candidates([*many, make("x", "u"), make("y", "u"), make("z", "v")])
    assert len(chosen) == MAX_CANDIDATES
    assert {"u_x", "u_y", "v_z"} <= set(named(chosen))
    assert named(chosen)[:5] == ["t_c0", "t_c1", "t_c2", "t_c3", "t_c4"]


def test_one_table_has_a_limit_of_its_own():
    assert len(choose_candidates([make(f"c{number}") for number in range(20)])) == MAX_OF_TABLE


def test_of_many_tables_the_first_candidates_come_first():
    tables = [make(name, f"t{number}") for number in range(MAX_CANDIDATES + 3) for name in "ab"]
    assert named(choose_candidates(tables)) == [f"t{number}_a" for number in range(MAX_CANDIDATES)]


def test_a_set_is_chosen_whole_or_not_at_all():
    singles = [make(f"c{number}", f"t{number}") for number in range(MAX_CANDIDATES - 1)]
    first = make("x", "u", together=("v_y",))
    second = make("y", "v", together=("u_x",))
    chosen = choose_candidates([*singles, first, second])
    assert named(chosen) == named(singles)
    chosen = choose_candidates([first, second, *singles])
    assert named(chosen)[:2] == ["u_x", "v_y"]
    assert len(chosen) == MAX_CANDIDATES


def test_sets_with_an_index_in_common_are_one_and_each_names_all_others():
    first, second, third = choose_candidates(
        [make("a", together=("t_b", "t_c")), make("b", together=("t_a",)), make("c", together=("t_a",))]
    )
    assert (first.together, second.together, third.together) == (
        ("t_b", "t_c"),
        ("t_a", "t_c"),
        ("t_a", "t_b"),
    )


def test_a_member_that_is_gone_is_named_no_more():
    assert choose_candidates([make("a", together=("gone",))])[0].together == ()


def test_equal_indexes_are_one_and_belong_to_all_their_sets():
    found = {}
    for advice in (make("a", reason="first"), make("a", together=("t_b",)), make("a", together=("t_c",))):
        add_candidate(found, advice)
    (advice,) = found.values()
    assert (advice.reason, advice.together) == ("first", ("t_b", "t_c"))


def test_included_columns_make_another_index():
    found = {}
    add_candidate(found, make("a"))
    add_candidate(found, make("a", include=("b",)))
    assert len(found) == 2
