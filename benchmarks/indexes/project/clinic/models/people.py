from django.db import models


class Practice(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=40)


class Patient(models.Model):
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="patients")
    record_number = models.CharField(max_length=20)
    surname = models.CharField(max_length=60, db_collation="C.utf8")
    given_name = models.CharField(max_length=60)
    email = models.CharField(max_length=120)
    phone = models.CharField(max_length=20)
    birth_date = models.DateField()
    language = models.CharField(max_length=5)
    external_id = models.UUIDField()
    referrer = models.ForeignKey("self", models.SET_NULL, null=True, related_name="referred", db_index=False)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "record_number"], name="clinic_record_number"),
        ]
