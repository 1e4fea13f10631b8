"""Each problem beside its cured twin."""
