"""A rule set line by line: each module tells one section in Russian."""
