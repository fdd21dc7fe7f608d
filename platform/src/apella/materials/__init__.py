"""Appeal kits: what a case is heard with."""
