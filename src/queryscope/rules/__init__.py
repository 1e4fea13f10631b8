"""Judgement: pure functions over frozen data; one rule, one file."""
