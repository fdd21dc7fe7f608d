"""Cases: filing, journal, lifecycle, withdrawal."""
