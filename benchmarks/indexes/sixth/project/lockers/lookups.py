"""What Django doesn't say of addresses and texts."""

from django.db.models import CharField, Func, GenericIPAddressField, Lookup


@GenericIPAddressField.register_lookup
class InNet(Lookup):
    lookup_name = "in_net"
    prepare_rhs = False

    def get_db_prep_lookup(self, value, connection):
        return "%s::inet", [value]

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} <<= {right}", [*left_params, *right_params]


class Tail(Func):
    """The last four of a number, as callers say them."""

    function = "RIGHT"
    template = "%(function)s(%(expressions)s, 4)"
    output_field = CharField()
