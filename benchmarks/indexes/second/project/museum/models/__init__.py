from museum.models.collection import Artefact, ConditionReport, Movement, Museum
from museum.models.lending import Institution, Loan

__all__ = ["Artefact", "ConditionReport", "Institution", "Loan", "Movement", "Museum"]
