"""The admin of the blood bank."""

from django.contrib import admin

from .models import Drive, Fridge, Hospital, Shift, Unit


class ShiftInline(admin.TabularInline):
    model = Shift
    extra = 0
    raw_id_fields = ("staff",)


admin.site.register(Shift)
admin.site.register([Drive])

__all__ = ["Fridge", "Hospital", "ShiftInline", "Unit"]
