"""The seam between the core and a region: values from tables, behaviour from one plugin, both behind `RegionRules`."""
