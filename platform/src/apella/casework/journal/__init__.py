"""The journal of cases."""
