"""When and where a case is heard, and who came."""
