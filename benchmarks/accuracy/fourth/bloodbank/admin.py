"""The admin of the blood bank; the rest of it is among the situations."""

from django.contrib import admin

from .models import Badge, Tag

admin.site.register([Badge, Tag])
