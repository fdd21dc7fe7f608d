-- Appends the rows of the temporary table planned_event (one tenant, its rows counted by `seq` from 1 on) to that
-- tenant's chain, as the trigger would have done one by one. Only a superuser can: the trigger is passed by.
CREATE UNIQUE INDEX ON planned_event (seq);
ANALYZE planned_event;
SET session_replication_role = replica;

INSERT INTO audit_head (tenant_id, id, seq, hash)
SELECT tenant_id, '00000000-0000-0000-0000-000000000000', 0, '' FROM planned_event LIMIT 1
ON CONFLICT (tenant_id, id) DO NOTHING;

UPDATE planned_event event SET seq = -(head.seq + event.seq) FROM audit_head head WHERE head.tenant_id = event.tenant_id;
UPDATE planned_event SET seq = -seq;

CREATE TEMPORARY TABLE planned_part AS
SELECT seq, audit_canonical(ROW(event.*)::audit_event) AS canonical FROM planned_event event;
CREATE UNIQUE INDEX ON planned_part (seq);
ANALYZE planned_part;

CREATE TEMPORARY TABLE planned_link AS
WITH RECURSIVE link (seq, prev_hash, hash) AS (
    SELECT part.seq, head.hash, sha256(head.hash || part.canonical)
    FROM audit_head head JOIN planned_part part ON part.seq = head.seq + 1
    WHERE head.tenant_id = (SELECT tenant_id FROM planned_event LIMIT 1)
    UNION ALL
    SELECT part.seq, link.hash, sha256(link.hash || part.canonical)
    FROM link JOIN planned_part part ON part.seq = link.seq + 1
)
SELECT * FROM link;

INSERT INTO audit_event (
    tenant_id, id, seq, at, case_at, season_id, actor_id, actor_login, role, tag, subject_type, subject_id, case_id,
    changes, reason, prev_hash, hash
)
SELECT
    event.tenant_id, event.id, event.seq, event.at, event.case_at, event.season_id, event.actor_id, event.actor_login,
    event.role, event.tag, event.subject_type, event.subject_id, event.case_id, event.changes, event.reason,
    link.prev_hash, link.hash
FROM planned_event event JOIN planned_link link USING (seq)
ORDER BY event.seq;

UPDATE audit_head head SET seq = link.seq, hash = link.hash
FROM (SELECT * FROM planned_link ORDER BY seq DESC LIMIT 1) link
WHERE head.tenant_id = (SELECT tenant_id FROM planned_event LIMIT 1);

SET session_replication_role = origin;
DROP TABLE planned_event, planned_part, planned_link;
