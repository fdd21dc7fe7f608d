"""Working days: the federal production calendar, regional days off, five- and six-day weeks.

Pure: no clock, no database.
"""
