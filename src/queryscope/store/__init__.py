"""Room: keep captures between processes."""
