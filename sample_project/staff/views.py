"""Who works here."""

from django.shortcuts import render

from staff.models import Department, Employee


def directory(request):
    employees = Employee.objects.select_related("department", "manager").order_by("name", "pk")
    chosen = request.GET.get("department")
    if chosen:
        employees = employees.filter(department__name=chosen)
    context = {"departments": Department.objects.all(), "employees": employees[:50], "chosen": chosen}
    return render(request, "staff/directory.html", context)
