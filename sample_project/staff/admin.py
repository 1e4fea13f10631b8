"""People in the admin."""

from django.contrib import admin

from staff.models import Department, Employee, Manager, Person

admin.site.register(Department)
admin.site.register(Person)


@admin.register(Employee, Manager)
class EmployeeAdmin(admin.ModelAdmin):
    list_display = ["name", "department", "title"]
    list_select_related = ["department"]
