"""Points without PostGIS."""

from django.db.models import Field, FloatField, Func, Value


class PointField(Field):
    """A point, as text `(x,y)`."""

    def db_type(self, connection):
        return "point"


class Point(Func):
    function = "POINT"
    output_field = PointField()

    def __init__(self, x, y, **extra):
        super().__init__(Value(x), Value(y), **extra)


class Away(Func):
    """How far one point is from another."""

    template = "(%(expressions)s)"
    arg_joiner = " <-> "
    output_field = FloatField()
