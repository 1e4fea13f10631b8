"""Numbers as people read them."""

from __future__ import annotations

import pytest

from queryscope.plans.weight import is_noise, severity_of
from queryscope.plans.words import count, kilobytes, ms, percent


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (999, "999"), (178_000, "178 000"), (1234567.8, "1 234 568")]
)
def test_thousands_are_set_apart(number: float, text: str):
    assert count(number) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0.794, "79 %"), (1.0, "100 %"), (0.9996, "99.9 %"), (0.05, "5 %")]
)
def test_a_share_is_never_rounded_up_to_all(share: float, text: str):
    assert percent(share) == text


@pytest.mark.parametrize(("value", "text"), [(0.27, "0.27 ms"), (7.75, "7.8 ms"), (131.4, "131 ms")])
def test_times_have_the_digits_that_matter(value: float, text: str):
    assert ms(value) == text


@pytest.mark.parametrize(("value", "text"), [(840, "840 kB"), (41_984, "41 MB")])
def test_sizes_have_a_unit(value: float, text: str):
    assert kilobytes(value) == text


@pytest.mark.parametrize(("spent", "share", "expected"), [(0.9, 1, True), (50, 0.04, True), (1, 0.05, False)])
def test_under_a_millisecond_or_a_twentieth_is_noise(spent: float, share: float, expected: bool):
    assert is_noise(spent, share) is expected


@pytest.mark.parametrize(
    ("share", "severity"), [(0.9, "error"), (0.89, "warning"), (0.1, "warning"), (0.09, "info")]
)
def test_the_share_of_the_query_decides_the_severity(share: float, severity: str):
    assert severity_of(share) == severity
