from django.db import models


class Party(models.Model):
    """Whoever takes part; persons and firms add what they have."""

    name = models.CharField(max_length=120)
    tax_number = models.CharField(max_length=16, null=True)
    country = models.CharField(max_length=2)
    files = models.ManyToManyField("courts.File", through="courts.Involvement", related_name="parties")


class Person(Party):
    birth_date = models.DateField()
    profession = models.CharField(max_length=40)


class Firm(Party):
    register_number = models.CharField(max_length=12, unique=True)


class Involvement(models.Model):
    class Role(models.TextChoices):
        CLAIMANT = "CL", "Claimant"
        DEFENDANT = "DE", "Defendant"
        WITNESS = "WI", "Witness"
        COUNSEL = "CO", "Counsel"
        EXPERT = "EX", "Expert"

    file = models.ForeignKey("courts.File", models.CASCADE, related_name="involvements", db_index=False)
    party = models.ForeignKey(Party, models.CASCADE, related_name="involvements", db_index=False)
    role = models.CharField(max_length=2, choices=Role)
    since = models.DateField()

    class Meta:
        unique_together = [("file", "party", "role")]
