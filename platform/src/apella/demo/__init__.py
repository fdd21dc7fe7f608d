"""Demo seasons: a made-up region's year on the real timetable, with nobody real in it."""
