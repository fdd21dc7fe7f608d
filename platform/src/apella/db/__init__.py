"""The database: base of the tables, engines by role, the unit of work, migrations, field encryption."""
