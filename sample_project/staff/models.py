"""Multi-table inheritance: a manager is an employee is a person."""

from django.db import models


class Department(models.Model):
    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Person(models.Model):
    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)

    class Meta:
        verbose_name_plural = "people"

    def __str__(self):
        return self.name


class Employee(Person):
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="employees")
    title = models.CharField(max_length=80)
    started = models.DateField()


class Manager(Employee):
    office = models.CharField(max_length=20)
    budget = models.DecimalField(max_digits=12, decimal_places=2)
