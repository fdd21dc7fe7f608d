"""The forms of the verbs on a case."""
