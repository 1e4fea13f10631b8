"""Each problem as it arises in life, beside its cured twin."""
