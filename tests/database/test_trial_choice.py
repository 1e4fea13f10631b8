"""Tests of database/trial_choice.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queryscope.database.trial_build import Comparison
from queryscope.database.trial_choice import (
    Outcome,
    choose,
    harm,
    is_accepted,
    is_large_part,
    middle,
    no_gain,
    smallest,
)
from queryscope.model import IndexAdvice, IndexKey, Measure


def make_outcome(
    name="a", *, before=(100.0, 5000), after=(1.0, 50), size=1000, relation="t", predicate="", is_used=True
) -> Outcome:
    advice = IndexAdvice(
        relation=relation,
        model="shop.T",
        method="btree",
        keys=(IndexKey(column=name, django=name),),
        name=name,
        predicate=predicate,
    )
    return Outcome(
        parts=(advice,),
        before=Measure(ms=before[0], blocks=before[1]),
        after=Measure(ms=after[0], blocks=after[1]),
        size_bytes=size,
        is_used=is_used,
    )


@pytest.mark.parametrize(
    ("before", "after", "accepted"),
    [
        ((4.0, 100), (2.0, 100), True),
        ((4.0, 100), (2.1, 100), False),
        ((2.0, 100), (1.0, 100), True),
        ((1.8, 100), (0.9, 100), False),
        ((4.0, 5000), (3.9, 1000), True),
        ((4.0, 4999), (3.9, 1000), False),
        ((4.0, 5000), (4.1, 1000), False),
        ((1.1, 1000), (0.4, 0), True),
        ((1.1, 999), (0.4, 0), False),
        ((19.9, 5000), (19.9, 1000), True),
        ((20.0, 5000), (19.9, 1000), False),
        ((60.0, 5000), (40.0, 1000), True),
        ((60.0, 5000), (40.1, 1000), False),
    ],
)
def test_twice_as_fast_and_a_millisecond_or_a_fifth_of_the_buffers(before, after, accepted):
    assert is_accepted(make_outcome(before=before, after=after)) is accepted


@pytest.mark.parametrize(
    ("fastest_before", "fastest", "accepted"),
    [(0.8, 0.7, False), (3.0, 1.6, False), (0.6, 0.2, False), (0.9, 0.3, True), (3.0, 1.5, True)],
)
def test_a_median_that_a_busy_machine_made_is_no_gain(fastest_before, fastest, accepted):
    tried = make_outcome(before=(7.9, 124), after=(2.7, 90))
    assert is_accepted(replace(tried, fastest_before_ms=fastest_before, fastest_ms=fastest)) is accepted


def test_an_index_that_the_planner_ignores_is_never_accepted():
    assert not is_accepted(make_outcome(is_used=False))


def chosen(*outcomes):
    return [outcome.advice.name for outcome in choose(outcomes)]


@pytest.mark.parametrize(("size", "kept"), [(834, "plain"), (833, "narrow")])
def test_of_partial_ones_the_one_with_fewer_conditions_unless_another_takes_less(size, kept):
    plain = make_outcome("plain", predicate='"a" IS NULL', size=1000)
    narrow = make_outcome("narrow", predicate='"a" IS NULL AND "b" IS NULL', size=size)
    assert chosen(narrow, plain) == [kept]


def test_the_smallest_within_a_fifth_of_the_best_is_kept():
    fast = make_outcome("fast", after=(1.0, 9), size=9000)
    small = make_outcome("small", after=(1.2, 9), size=1000)
    slow = make_outcome("slow", after=(1.4, 90), size=10)
    assert chosen(fast, small, slow) == ["small"]


def test_a_set_takes_the_place_of_an_index_on_a_table_of_another_schema_too():
    alone, both = make_outcome("alone", after=(20.0, 900)), make_outcome("both", after=(0.5, 9))
    alone, both = (
        replace(one, parts=tuple(replace(part, schema="elsewhere") for part in parts))
        for one, parts in ((alone, alone.parts), (both, (*alone.parts, *both.parts)))
    )
    assert choose([alone, both]) == (both,)


def test_differences_of_microseconds_are_noise():
    assert chosen(
        make_outcome("fast", after=(0.02, 9), size=9000), make_outcome("small", after=(0.06, 9))
    ) == ["small"]


@pytest.mark.parametrize(
    ("best_blocks", "blocks", "kept"),
    [(9, 73, "small"), (7, 71, "large"), (7, 70, "small"), (6, 69, "small"), (8, 80, "large")],
)
def test_many_more_pages_are_no_noise_though_memory_gives_them_as_fast(best_blocks, blocks, kept):
    large = make_outcome("large", after=(0.006, best_blocks), size=3000)
    assert chosen(large, make_outcome("small", after=(0.029, blocks), size=1000)) == [kept]


@pytest.mark.parametrize(("size", "kept"), [(4000, "large"), (4001, "small")])
def test_but_fewer_pages_are_not_worth_any_space(size, kept):
    large = make_outcome("large", after=(0.006, 9), size=size)
    assert chosen(large, make_outcome("small", after=(0.029, 110), size=1000)) == [kept]


def test_pages_are_no_matter_where_times_are_the_same():
    """A BRIN index reads whole ranges of pages, and is a thousandth of the size."""
    btree = make_outcome("btree", after=(2.0, 40), size=20_000)
    assert chosen(btree, make_outcome("brin", after=(2.4, 600), size=30)) == ["brin"]


def test_the_fastest_run_decides_not_one_that_was_disturbed():
    disturbed = replace(make_outcome("fast", after=(0.5, 9), size=9000), fastest_ms=0.02)
    small = replace(make_outcome("small", after=(0.2, 90)), fastest_ms=0.18)
    assert chosen(disturbed, small) == ["fast"]


def test_equal_buffers_are_as_good_as_equal_times():
    fast = make_outcome("fast", after=(0.1, 400), size=9000)
    assert chosen(fast, make_outcome("small", after=(0.3, 402))) == ["small"]
    assert chosen(fast, make_outcome("small", after=(0.31, 402))) == ["fast"]
    assert chosen(fast, make_outcome("small", after=(0.3, 500))) == ["fast"]


@pytest.mark.parametrize(
    ("fast_ms", "small_ms", "kept"),
    [(0.4, 1.2, "small"), (0.6, 1.7, "fast"), (10.0, 15.0, "small"), (10.0, 15.1, "fast")],
)
def test_equal_buffers_excuse_less_where_a_millisecond_is_lost(fast_ms, small_ms, kept):
    fast = make_outcome("fast", after=(fast_ms, 400), size=9000)
    assert chosen(fast, make_outcome("small", after=(small_ms, 400))) == [kept]


@pytest.mark.parametrize(("partial", "kept"), [(5250, "partial"), (5251, "full")])
def test_of_sets_the_sizes_of_what_they_differ_in_are_compared(partial, kept):
    common = make_outcome("common", relation="u").parts
    sets = [
        replace(each, parts=(*common, *each.parts))
        for each in (make_outcome("full", size=6000), make_outcome("partial", size=partial, predicate="x"))
    ]
    assert smallest(sets, beside=5000).parts[-1].name == kept


def test_a_partial_index_must_save_three_quarters_of_the_space():
    full = make_outcome("full", size=1000)
    assert chosen(full, make_outcome("partial", size=251, predicate="x")) == ["full"]
    assert chosen(full, make_outcome("partial", size=250, predicate="x")) == ["partial"]
    assert chosen(make_outcome("partial", size=9999, predicate="x")) == ["partial"]


@pytest.mark.parametrize(
    ("slow_ms", "slow_size", "kept"),
    [(0.31, 1000, "fast"), (0.30, 1000, "slow"), (0.31, 953, "fast"), (0.31, 952, "slow")],
)
def test_of_those_as_large_as_each_other_none_takes_half_as_long_again(slow_ms, slow_size, kept):
    """Blocks are the same: the rows of one are in order already."""
    fast = make_outcome("fast", after=(0.2, 25), size=1000)
    fast = replace(fast, parts=(replace(fast.advice, keys=(*fast.advice.keys, IndexKey(column="at"))),))
    assert chosen(fast, make_outcome("slow", after=(slow_ms, 24), size=slow_size)) == [kept]


def test_every_table_gets_its_own():
    assert chosen(make_outcome("a"), make_outcome("b", relation="u"), make_outcome("c", is_used=False)) == [
        "a",
        "b",
    ]


def test_equal_sizes_take_the_shorter_index():
    long = make_outcome("long")
    long = Outcome(
        parts=(
            IndexAdvice(
                relation="t", model="shop.T", method="btree", keys=(IndexKey(), IndexKey()), name="long"
            ),
        ),
        before=long.before,
        after=long.after,
        size_bytes=1000,
        is_used=True,
    )
    assert chosen(long, make_outcome("short")) == ["short"]


def test_the_best_that_failed_is_told_with_its_numbers():
    refusals = no_gain(
        [make_outcome("a", after=(90.0, 4000)), make_outcome("b", after=(80.0, 4000))], fingerprint="f"
    )
    assert [(one.kind, one.relation, one.fingerprint) for one in refusals] == [("no-gain", "t", "f")]
    assert "(b) was built and rolled back: 100.0 → 80.0 ms, 5,000 → 4,000 blocks" in refusals[0].reason


def test_an_ignored_index_is_told_as_such():
    (refusal,) = no_gain([make_outcome(is_used=False)], fingerprint="f")
    assert refusal.kind == "not-used"
    assert "the planner didn't use it" in refusal.reason


def test_a_table_with_an_accepted_index_is_not_told():
    assert no_gain([make_outcome("a"), make_outcome("b", is_used=False)], fingerprint="f") == ()


def test_the_middle_ignores_one_slow_run():
    runs = [Measure(ms=1.0, blocks=10), Measure(ms=50.0, blocks=10), Measure(ms=1.2, blocks=12)]
    assert middle(runs) == Measure(queries=1, ms=1.2, blocks=10)


def make_set(*names, **more) -> Outcome:
    parts = tuple(make_outcome(name).parts[0] for name in names)
    return replace(make_outcome(**more), parts=parts)


def slower(before_ms, after_ms, label="with a rare value of status", **more):
    return Comparison(label=label, before_ms=before_ms, after_ms=after_ms, **more)


@pytest.mark.parametrize(
    ("before_ms", "after_ms", "is_harm"),
    [(10.0, 15.1, True), (10.0, 15.0, False), (1.0, 2.1, True), (1.0, 2.0, False), (10.0, 1.0, False)],
)
def test_slower_by_half_and_a_millisecond_with_other_parameters_is_harm(before_ms, after_ms, is_harm):
    outcome = replace(make_outcome(), others=(slower(before_ms, after_ms),))
    assert (harm(outcome) is not None) == is_harm
    assert is_accepted(outcome) != is_harm


def test_one_that_harms_nobody_is_preferred_though_it_is_slower_and_larger():
    harmful = replace(make_outcome("fast", size=10), others=(slower(1.0, 100.0),))
    assert chosen(harmful, make_outcome("slow", after=(20.0, 900), size=9000)) == ["slow"]
    assert chosen(harmful) == []


def test_the_worst_harm_is_told_with_its_numbers():
    outcome = replace(make_outcome(), others=(slower(1.0, 3.0, "x"), slower(131.0, 269.0, is_cut_off=True)))
    (refusal,) = no_gain([outcome], fingerprint="f")
    assert refusal.kind == "slower-elsewhere"
    assert refusal.reason.endswith(
        "a rare value of status the same query takes 131.0 ms without it and more than 269.0 ms with it."
    )


def test_a_set_is_kept_where_no_index_does_as_well_alone():
    both = make_set("a", "b", after=(1.0, 10))
    assert chosen(both) == ["a"]
    assert choose([make_outcome("c", after=(9.0, 90)), both]) == (both,)
    assert chosen(make_outcome("c", after=(1.1, 10)), both) == ["c"]
    assert choose([make_outcome("c", relation="u", after=(9.0, 90)), both])[1] == both


def test_of_a_set_that_failed_each_table_is_told():
    elsewhere = make_outcome("b", relation="u").parts[0]
    failed = replace(make_set("a", is_used=False), parts=(make_outcome("a").parts[0], elsewhere))
    refusals = no_gain([failed], fingerprint="f")
    assert [(one.relation, one.kind) for one in refusals] == [("t", "not-used"), ("u", "not-used")]
    assert "Indexes on t (a) and u (b) were built and rolled back: the planner didn't use them all." in (
        refusals[0].reason
    )


def common(before_ms, after_ms, **more):
    return slower(before_ms, after_ms, "with the most common value of status", is_common=True, **more)


@pytest.mark.parametrize(
    ("other", "is_harm"),
    [
        (common(30.0, 79.0), False),
        (common(30.0, 81.0), True),
        (common(30.0, 79.0, is_cut_off=True), True),
        (slower(30.0, 79.0), True),
    ],
)
def test_what_the_most_common_value_loses_is_weighed_against_what_is_won(other, is_harm):
    outcome = replace(make_outcome(before=(101.0, 9000), after=(1.0, 10)), others=(other,))
    assert (harm(outcome) is not None) == is_harm


def test_one_that_makes_nothing_slower_goes_before_one_that_loses_a_little():
    losing = replace(make_outcome("losing", after=(1.0, 10), size=10), others=(common(10.0, 16.0),))
    calm = make_outcome("calm", after=(20.0, 900), size=9000)
    assert chosen(losing, calm) == ["calm"]
    assert chosen(losing) == ["losing"]


def test_some_rows_that_are_most_of_the_table_spare_no_other_index():
    assert is_large_part(make_outcome("some", size=26, predicate="x"), of_bytes=100)
    assert not is_large_part(make_outcome("some", size=25, predicate="x"), of_bytes=100)
    assert not is_large_part(make_outcome("all", size=90), of_bytes=100)
