"""What tests of the core and of the region plugins share."""
