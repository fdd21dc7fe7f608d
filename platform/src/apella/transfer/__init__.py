"""One tenant out of a database and into another: everything that is theirs, nothing that is another's."""
