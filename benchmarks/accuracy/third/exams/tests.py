"""The university's own tests: their loops are theirs."""

from .models import Sitting


def test_everybody_has_an_examiner():
    for sitting in Sitting.objects.filter(state="planned")[:20]:
        assert sitting.examiner.title
