import pytest

from queryscope.formats.numbers import count, milliseconds, percent, plural, queries, size


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1\u202f000"),
        (104_212, "104\u202f212"),
        (-80, "−80"),
        (-0.2, "0"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_thousands_are_parted_by_thin_spaces(value, text):
    assert count(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0 ms"),
        (0.42, "0.42 ms"),
        (0.999, "1.0 ms"),
        (9.14, "9.1 ms"),
        (99.4, "99.4 ms"),
        (99.6, "100 ms"),
        (1442, "1\u202f442 ms"),
        (9_999.4, "9\u202f999 ms"),
        (41_800, "41.8 s"),
        (3_600_000, "3\u202f600 s"),
        (-104, "−104 ms"),
        (float("nan"), "–"),
    ],
)
def test_times_have_the_digits_that_matter(value, text):
    assert milliseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (1023, "1\u202f023 B"),
        (8192, "8 kB"),
        (7_340_032, "7.0 MB"),
        (250 * 1024**2, "250 MB"),
        (3 * 1024**3, "3.0 GB"),
        (5_000 * 1024**4, "5\u202f000 TB"),
    ],
)
def test_sizes_choose_their_unit(value, text):
    assert size(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0"), (0.614, "61"), (1, "100"), (0.001, "<\u202f1"), (0.999, ">\u202f99")],
)
def test_percentages_never_round_to_nothing_or_everything(share, text):
    assert percent(share) == f"{text}\u202f%"


def test_words_follow_their_number():
    assert (queries(1), queries(2)) == ("1 query", "2 queries")
    assert (plural(1, "idea"), plural(0, "idea")) == ("1 idea", "0 ideas")
