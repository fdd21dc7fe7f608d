"""Packets to the data centre, recalculated results, approval by the exam commission."""
