"""Roster, eligibility, assignment, conclusion."""
