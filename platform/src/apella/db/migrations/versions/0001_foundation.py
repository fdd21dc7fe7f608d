"""The foundation: every table with its row level security, the audit chain, the grants of the four roles."""

from __future__ import annotations

from importlib import resources

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything; the SQL stands beside this file so that later models cannot change it."""
    sql = resources.files("apella.db.migrations").joinpath("versions/0001_foundation.sql").read_text("utf-8")
    # The driver itself, without parameters: the text holds per cent signs that are no placeholders.
    op.get_bind().connection.cursor().execute(sql)
