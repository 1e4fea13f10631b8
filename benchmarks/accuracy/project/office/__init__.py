"""The settings of the offices that the situations happen in."""
