-- The plan of a season, as `apella.testing.bulk` loads it; the columns stand in the order of the loaded values.
CREATE TEMPORARY TABLE planned_season (
    tenant_id int, slug text, season_id uuid, commission_id uuid, rule_version text, channel text,
    case_now timestamptz, closes_after interval, school_id uuid, point_id uuid, secretary_id uuid, operator_id uuid,
    expert_id uuid, voters uuid[]
) ON COMMIT DROP;
CREATE TEMPORARY TABLE planned_exam (
    id uuid PRIMARY KEY, subject_code text, exam_date date, announced_on date, primary_score int
) ON COMMIT DROP;
CREATE TEMPORARY TABLE planned_position (
    exam_id uuid, task_type text, position int, task text, criterion text, max_mark int
) ON COMMIT DROP;
CREATE TEMPORARY TABLE planned_step (
    n int, rank int, after interval, tag text, role text, by_system bool, actor_id uuid, actor_login text, action text,
    from_state text, to_state text, changes text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE planned_person (
    id uuid PRIMARY KEY, account_id uuid, token text, login text, surname text, given_name text, patronymic text,
    sort_key text, document_cipher bytea, document_index bytea, phone_cipher bytea, phone_index bytea,
    email_cipher bytea, email_index bytea
) ON COMMIT DROP;
CREATE TEMPORARY TABLE planned_work (
    n int, id uuid PRIMARY KEY, result_id uuid, person_id uuid, exam_id uuid
) ON COMMIT DROP;
CREATE TEMPORARY TABLE planned_case (
    id uuid PRIMARY KEY, grp int, person_id uuid, work_id uuid, exam_id uuid, kind text, state text, rank int,
    outcome text, filed_at timestamptz, receipt_number text, journal_seq int, journal_number text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE planned_clock (
    grp int, term text, title text, owed_by text, action text, clauses text[], hardness text, starts_after interval,
    due_at timestamptz, federal_due_at timestamptz, calendar_version text, explanation jsonb, met_after interval,
    cancelled bool
) ON COMMIT DROP;
