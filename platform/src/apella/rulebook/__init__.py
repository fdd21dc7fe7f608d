"""A region's law made readable: its rules, its terms with their counts, its working calendar and changes of it."""
