"""Types and lookups that Django doesn't bring."""

from django.db.models import CharField, Field, Lookup


class CaseInsensitive(CharField):
    """A text that is compared without its case (extension citext)."""

    def db_type(self, connection):
        return "citext"


class PathField(Field):
    """Labels with dots between, from the root on (extension ltree)."""

    def db_type(self, connection):
        return "ltree"


@PathField.register_lookup
class Below(Lookup):
    lookup_name = "below"

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} <@ {right}::ltree", [*left_params, *right_params]
