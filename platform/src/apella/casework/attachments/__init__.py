"""Papers that people attach to a case."""
