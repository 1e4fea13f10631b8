from django.db import models

from clinic.models.people import Patient


class LabResult(models.Model):
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="results", db_index=False)
    code = models.CharField(max_length=10)
    value = models.FloatField()
    taken_on = models.DateField()
    abnormal = models.BooleanField(default=False)
    sample = models.CharField(max_length=16)

    class Meta:
        indexes = [models.Index(fields=["patient", "taken_on"], name="clinic_result_of_patient")]
