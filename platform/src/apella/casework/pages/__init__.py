"""The console's pages: start, journal, case, acts on a case, the desk where papers are taken in."""
