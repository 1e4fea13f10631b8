"""The admin of the operator; the rest of it is among the situations."""

from django.contrib import admin

from .models import Band, Part

admin.site.register([Band, Part])
