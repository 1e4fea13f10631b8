"""A group of clinics: patients, visits, prescriptions, laboratory."""
