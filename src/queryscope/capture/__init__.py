"""Room: everything that is read from a running Django."""
