"""Value objects of a region's rules, grouped by what they rule. All are frozen; each group carries its clause ids."""
