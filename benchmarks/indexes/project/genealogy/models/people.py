from django.db import models

from genealogy.models.trees import Tree


class Person(models.Model):
    tree = models.ForeignKey(Tree, models.CASCADE, related_name="people", db_index=False)
    number = models.IntegerField()
    gedcom_id = models.CharField(max_length=16)
    father = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", db_index=False)
    mother = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+", db_index=False)
    surname = models.CharField(max_length=40, db_collation="C.utf8")
    given_name = models.CharField(max_length=40)
    born_on = models.DateField(null=True)
    died_on = models.DateField(null=True)
    birthplace = models.CharField(max_length=80)
    living = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tree", "number"], name="genealogy_person_number")]
