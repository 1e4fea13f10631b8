from functools import cache

from .models import Scale


@cache
def minimum(code):
    return Scale.objects.get(code=code).minimum
