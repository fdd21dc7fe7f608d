"""Writes the first migration's SQL from the models. Used while the foundation was laid; later changes are migrations."""

from __future__ import annotations

import sys

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from apella.tables import METADATA

GLOBAL = ("tenant", "account", "account_tenant", "session")
APPEND_ONLY = (
    "appeal_transition", "approval", "audit_event", "conclusion", "conclusion_line", "decision", "decision_line", "mark", "result", "vote",
)  # fmt: skip
DELETABLE = ("membership", "outbox_message", "request_key", "session", "sms_code", "task", "used_login_code")
POLICY = "(tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int))"

AUDIT = """
CREATE FUNCTION audit_part(value text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT CASE WHEN value IS NULL THEN '-' ELSE octet_length(value)::text || ':' || value END $$;

CREATE FUNCTION audit_instant(value timestamptz) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT (extract(epoch FROM value) * 1000000)::bigint::text $$;

-- The bytes that the chain covers: every column in a fixed order, each with its length, so that no two rows agree.
CREATE FUNCTION audit_canonical(event audit_event) RETURNS bytea LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, public
    AS $$ SELECT convert_to(
        audit_part(event.tenant_id::text) || audit_part(event.seq::text) || audit_part(event.id::text)
        || audit_part(audit_instant(event.at)) || audit_part(audit_instant(event.case_at))
        || audit_part(event.season_id::text) || audit_part(event.actor_id::text) || audit_part(event.actor_login)
        || audit_part(event.role) || audit_part(event.tag) || audit_part(event.subject_type)
        || audit_part(event.subject_id::text) || audit_part(event.case_id::text) || audit_part(event.changes)
        || audit_part(event.reason), 'UTF8') $$;

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public
    AS $$
DECLARE
    head audit_head%ROWTYPE;
BEGIN
    INSERT INTO audit_head (tenant_id, id, seq, hash)
        VALUES (NEW.tenant_id, '00000000-0000-0000-0000-000000000000', 0, '\\x')
        ON CONFLICT (tenant_id, id) DO NOTHING;
    SELECT * INTO STRICT head FROM audit_head WHERE tenant_id = NEW.tenant_id FOR UPDATE;
    NEW.seq := head.seq + 1;
    NEW.at := clock_timestamp();
    NEW.prev_hash := head.hash;
    NEW.hash := sha256(head.hash || audit_canonical(NEW));
    UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash WHERE tenant_id = NEW.tenant_id;
    RETURN NEW;
END $$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'audit events are never changed' USING ERRCODE = 'insufficient_privilege'; END $$;

CREATE TRIGGER audit_chain BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_chain();
CREATE TRIGGER audit_refuse_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_refuse_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
REVOKE ALL ON FUNCTION audit_chain() FROM PUBLIC;
"""


def statements() -> list[str]:
    """Every statement in the order in which it must run."""
    dialect = postgresql.dialect()
    out: list[str] = []
    for table in METADATA.sorted_tables:
        out.append(str(CreateTable(table).compile(dialect=dialect)).strip())
        out.extend(
            str(CreateIndex(index).compile(dialect=dialect)).strip()
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        )
    for table in METADATA.sorted_tables:
        name = table.name if table.name != "session" else '"session"'
        if table.name not in GLOBAL:
            out += [
                f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY tenant ON {name} USING {POLICY} WITH CHECK {POLICY}",
            ]
        if table.name in ("tenant", "audit_head"):
            rights = "SELECT"
        elif table.name in APPEND_ONLY:
            rights = "SELECT, INSERT"
        elif table.name in DELETABLE:
            rights = "SELECT, INSERT, UPDATE, DELETE"
        else:
            rights = "SELECT, INSERT, UPDATE"
        out.append(f"GRANT {rights} ON {name} TO app_rw")
        out.append(f"GRANT SELECT ON {name} TO app_ops")
    out += [
        "CREATE POLICY relay ON task TO app_relay USING (true) WITH CHECK (true)",
        "GRANT SELECT (tenant_id, id, job, state, sends, next_at), UPDATE (state, sends, next_at) ON task TO app_relay",
        "ALTER TABLE task SET (autovacuum_vacuum_scale_factor = 0.02)",
        "GRANT SELECT ON alembic_version TO app_rw, app_ops",
    ]
    return out


def main() -> None:
    """Print the SQL."""
    sys.stdout.write(";\n\n".join(statements()) + ";\n" + AUDIT)


if __name__ == "__main__":
    main()
