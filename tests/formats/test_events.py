import json
from base64 import b64decode
from gzip import decompress

from hypothesis import given
from hypothesis import strategies as st

from queryscope.formats.events import columns, encoded
from queryscope.model import Query
from tests.builders import make_query_group, make_trace
from tests.formats.reports import make_report, make_shapes


def report_of(*starts_and_durations, **more):
    queries = tuple(
        Query(group=0, started_ms=start, duration_ms=duration, **more)
        for number, (start, duration) in enumerate(starts_and_durations)
    )
    trace = make_trace(make_query_group(0, fingerprint="author"), queries=queries)
    return make_report(0, traces=(trace,), shapes=make_shapes(4))


def test_starts_are_gaps_in_hundredths_of_a_millisecond():
    found, left_out = columns(report_of((1.0, 0.5), (2.25, 0.01)))
    assert found == {"n": [2], "start": [100, 125], "duration": [50, 1], "shape": [1, 1], "thread": []}
    assert left_out == 0


def test_threads_are_kept_where_there_is_more_than_one():
    assert columns(report_of((1.0, 0.5), thread=3))[0]["thread"] == [3]


def test_an_unknown_shape_is_minus_one():
    trace = make_trace(make_query_group(0, fingerprint="gone"))
    assert columns(make_report(0, traces=(trace,)))[0]["shape"] == [-1]


def test_beyond_the_limit_each_unit_keeps_its_first_and_the_rest_is_counted():
    traces = tuple(make_trace(make_query_group(0, count=10), id=f"t{n}") for n in range(4))
    found, left_out = columns(make_report(0, traces=traces), most=20)
    assert found["n"] == [5, 5, 5, 5]
    assert left_out == 20


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e5)), max_size=30))
def test_rounding_never_adds_up(events):
    found, _ = columns(report_of(*events))
    clock = 0
    for gap, (start, _) in zip(found["start"], events, strict=True):
        clock += gap
        assert abs(clock / 100 - start) <= 0.0051


def test_the_text_holds_nothing_that_could_end_a_script():
    text = encoded({"a": "</script><!--"})
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    assert json.loads(decompress(b64decode(text))) == {"a": "</script><!--"}


def test_equal_data_give_equal_text():
    assert encoded({"a": [1, 2]}) == encoded({"a": [1, 2]})
