-- Expands the plan of a season (temporary tables planned_*) into rows. Run by a superuser in one transaction.
ANALYZE planned_person;
ANALYZE planned_work;
ANALYZE planned_case;

INSERT INTO exam (tenant_id, id, season_id, subject_code, exam_date, wave, announced_on)
SELECT season.tenant_id, exam.id, season.season_id, exam.subject_code, exam.exam_date, 2, exam.announced_on
FROM planned_exam exam, planned_season season
ON CONFLICT DO NOTHING;

INSERT INTO person (
    tenant_id, id, season_id, kind, category, login, surname, given_name, patronymic, sort_key, organisation_id,
    document_cipher, document_index, phone_cipher, phone_index, email_cipher, email_index
)
SELECT
    season.tenant_id, person.id, season.season_id, 'participant', 'student', person.login, person.surname,
    person.given_name, person.patronymic, person.sort_key, season.school_id, person.document_cipher,
    person.document_index, person.phone_cipher, person.phone_index, person.email_cipher, person.email_index
FROM planned_person person, planned_season season;

INSERT INTO account (id, iss, sub)
SELECT person.account_id, 'urn:apella:participant', season.slug || '/' || person.id FROM planned_person person, planned_season season;

INSERT INTO account_tenant (account_id, slug) SELECT person.account_id, season.slug FROM planned_person person, planned_season season;

INSERT INTO membership (tenant_id, id, season_id, person_id, account_id, role)
SELECT season.tenant_id, uuidv7(), season.season_id, person.id, person.account_id, 'participant'
FROM planned_person person, planned_season season;

INSERT INTO session (
    id, token_hash, account_id, tenants, loa, loa_offered, auth_time, created_at, last_seen_at, expires_at
)
SELECT uuidv7(), sha256(convert_to(person.token, 'UTF8')), person.account_id, ARRAY[season.slug], 2, 2, now(), now(),
    now(), now() + interval '12 hours'
FROM planned_person person, planned_season season WHERE person.token IS NOT NULL;

INSERT INTO work (
    tenant_id, id, season_id, code, person_id, exam_id, exam_point_id, room, variant_code, cross_checked
)
SELECT
    season.tenant_id, work.id, season.season_id, 'B' || lpad(work.n::text, 7, '0'), work.person_id, work.exam_id,
    season.point_id, '0001', '1', false
FROM planned_work work, planned_season season;

INSERT INTO result (tenant_id, id, work_id, version, primary_score, test_score, source)
SELECT season.tenant_id, work.result_id, work.id, 1, exam.primary_score, 50, 'import'
FROM planned_work work JOIN planned_exam exam ON exam.id = work.exam_id, planned_season season;

INSERT INTO mark (tenant_id, id, result_id, task_type, position, task, criterion, answer, mark, max_mark)
SELECT
    season.tenant_id, uuidv7(), work.result_id, place.task_type, place.position, place.task, place.criterion,
    CASE place.task_type WHEN 'B' THEN '7' END, place.max_mark / 2, place.max_mark
FROM planned_work work JOIN planned_position place ON place.exam_id = work.exam_id, planned_season season;

INSERT INTO work_check (tenant_id, id, work_id, expert_code, stage)
SELECT season.tenant_id, uuidv7(), work.id, 'E' || exam.subject_code || stage, stage
FROM planned_work work JOIN planned_exam exam ON exam.id = work.exam_id, generate_series(1, 2) AS stage, planned_season season;

-- Cases ---------------------------------------------------------------------------------------------------------------

INSERT INTO appeal (
    tenant_id, id, season_id, commission_id, person_id, exam_id, work_id, rule_version, kind, category, channel, state,
    round, version, receipt_number, journal_seq, journal_number, filed_by, filer_role, filed_at, registered_at,
    filed_late, filed_after_regional_limit, attends_participant, attends_parent, attends_proxy, hearing_mode, forms_confirmed, disputed, statement,
    attendance, outcome, closed_at
)
SELECT
    season.tenant_id, c.id, season.season_id, season.commission_id, c.person_id, c.exam_id, c.work_id, season.rule_version,
    c.kind, 'student', season.channel, c.state, 1, 1 + c.rank, c.receipt_number, c.journal_seq, c.journal_number,
    c.person_id, 'participant', c.filed_at, c.filed_at, false, false, true, false, false, 'on_site', true, ARRAY['C1'],
    'Учебное заявление', CASE WHEN c.rank >= 2 THEN 'present' END, c.outcome,
    CASE WHEN c.state = 'closed' THEN c.filed_at + season.closes_after END
FROM planned_case c, planned_season season;

INSERT INTO appeal_transition (
    tenant_id, id, case_id, seq, action, from_state, to_state, actor_id, actor_login, role, due_at, case_at, at
)
SELECT
    season.tenant_id, uuidv7(), c.id, row_number() OVER (PARTITION BY c.id ORDER BY step.n), step.action, step.from_state,
    step.to_state, CASE WHEN NOT step.by_system THEN coalesce(step.actor_id, c.person_id) END, coalesce(step.actor_login, 'participant'), step.role,
    c.filed_at + interval '4 days', c.filed_at + step.after, now()
FROM planned_case c
JOIN planned_step step ON step.rank <= c.rank AND step.action IS NOT NULL, planned_season season;

INSERT INTO deadline (
    tenant_id, id, season_id, case_id, round, term, title, state, owed_by, action, clauses, hardness, starts_at, due_at,
    federal_due_at, calendar_version, explanation, warned, met_at, met_by, closed_at
)
SELECT
    season.tenant_id, uuidv7(), season.season_id, c.id, 1, clock.term, clock.title,
    CASE
        WHEN clock.met_after IS NOT NULL THEN 'met'
        WHEN clock.cancelled THEN 'cancelled'
        WHEN clock.due_at <= season.case_now AND clock.hardness = 'refuse' THEN 'cancelled'
        WHEN clock.due_at <= season.case_now AND clock.hardness = 'advice' THEN 'passed'
        WHEN clock.due_at <= season.case_now THEN 'breached'
        ELSE 'running'
    END,
    clock.owed_by, clock.action, clock.clauses, clock.hardness, c.filed_at + clock.starts_after, clock.due_at,
    clock.federal_due_at, clock.calendar_version, clock.explanation, 0, c.filed_at + clock.met_after,
    CASE WHEN clock.met_after IS NOT NULL THEN 'bulk' END,
    CASE WHEN clock.met_after IS NOT NULL OR clock.cancelled THEN c.filed_at + clock.starts_after END
FROM planned_case c JOIN planned_clock clock USING (grp), planned_season season;

INSERT INTO kit (
    tenant_id, id, case_id, round, state, requested_at, requested_by, received_at, received_by, route
)
SELECT
    season.tenant_id, uuidv7(), c.id, 1, 'received', c.filed_at + interval '2 hours', season.secretary_id,
    c.filed_at + interval '5 hours', season.operator_id, ARRAY['data_centre_operator', 'secretary']
FROM planned_case c, planned_season season WHERE c.rank >= 1;

CREATE TEMPORARY TABLE expert_work ON COMMIT DROP AS
SELECT c.id AS case_id, uuidv7() AS assignment_id, uuidv7() AS conclusion_id, c.filed_at
FROM planned_case c WHERE c.rank >= 1;

INSERT INTO assignment (
    tenant_id, id, case_id, round, expert_id, state, assigned_at, assigned_by, named_by_subject_chair, concluded_at
)
SELECT
    season.tenant_id, w.assignment_id, w.case_id, 1, season.expert_id, 'concluded', w.filed_at + interval '6 hours',
    season.secretary_id, true, w.filed_at + interval '1 day'
FROM expert_work w, planned_season season;

INSERT INTO conclusion (tenant_id, id, case_id, assignment_id, version, summary, made_at)
SELECT season.tenant_id, w.conclusion_id, w.case_id, w.assignment_id, 1, 'Проверено', w.filed_at + interval '1 day'
FROM expert_work w, planned_season season;

INSERT INTO conclusion_line (tenant_id, id, conclusion_id, task_type, position, was, proposed, argument)
SELECT season.tenant_id, uuidv7(), w.conclusion_id, 'C', 1, 1, 1, 'По критерию верно' FROM expert_work w, planned_season season;

INSERT INTO hearing (
    tenant_id, id, season_id, case_id, round, state, mode, place, starts_at, ends_at, announced_at, opened_at, held_at,
    attendance, identity_checked, materials_confirmed
)
SELECT
    season.tenant_id, uuidv7(), season.season_id, c.id, 1,
    CASE WHEN c.rank = 1 THEN 'planned' WHEN c.rank = 2 THEN 'open' ELSE 'held' END, 'on_site', 'Учебный зал',
    c.filed_at + interval '3 days', c.filed_at + interval '3 days 20 minutes', c.filed_at + interval '8 hours',
    CASE WHEN c.rank >= 2 THEN c.filed_at + interval '3 days' END,
    CASE WHEN c.rank >= 3 THEN c.filed_at + interval '3 days 15 minutes' END,
    CASE WHEN c.rank >= 2 THEN 'present' END, c.rank >= 2, CASE WHEN c.rank >= 2 THEN true END
FROM planned_case c, planned_season season WHERE c.rank >= 1;

INSERT INTO vote (tenant_id, id, case_id, round, person_id, ballot, cast_at)
SELECT
    season.tenant_id, uuidv7(), c.id, 1, voter, CASE c.outcome WHEN 'satisfied_up' THEN 'satisfy' ELSE 'reject' END,
    c.filed_at + interval '3 days 10 minutes'
FROM planned_case c, planned_season season, unnest(season.voters) AS voter WHERE c.rank >= 3;

INSERT INTO decision (
    tenant_id, id, case_id, round, version, outcome, reason, votes_for, votes_against, casting_vote, result_id,
    primary_before, primary_after, decided_at, chaired_by
)
SELECT
    season.tenant_id, uuidv7(), c.id, 1, 1, CASE c.outcome WHEN 'satisfied_up' THEN c.outcome ELSE 'rejected' END,
    'Учебное основание', 0, 3, false, work.result_id, exam.primary_score, exam.primary_score,
    c.filed_at + interval '3 days 15 minutes', season.voters[1]
FROM planned_case c JOIN planned_work work ON work.id = c.work_id JOIN planned_exam exam ON exam.id = c.exam_id, planned_season season
WHERE c.rank >= 3;

CREATE TEMPORARY TABLE paper ON COMMIT DROP AS
SELECT c.id AS case_id, form.code, uuidv7() AS file_id, c.filed_at + form.after AS made_at
FROM planned_case c
JOIN (VALUES ('1-AP', 0, interval '1 minute'), ('2-AP', 3, interval '3 days 1 hour'), ('U-33', 3, interval '4 days'))
    AS form (code, rank, after) ON form.rank <= c.rank;

INSERT INTO stored_file (
    tenant_id, id, season_id, case_id, key, kind, file_name, content_type, size, sha256, state, checked_at
)
SELECT
    season.tenant_id, paper.file_id, season.season_id, paper.case_id, season.slug || '/form/2026/' || paper.file_id, 'form',
    paper.code || '.pdf', 'application/pdf', 40000, sha256(paper.file_id::text::bytea), 'clean', now()
FROM paper, planned_season season;

INSERT INTO document (tenant_id, id, case_id, form, version, title, wanted_at, made_at, file_id, sha256)
SELECT
    season.tenant_id, uuidv7(), paper.case_id, paper.code, 1, 'Форма ' || paper.code, paper.made_at, paper.made_at,
    paper.file_id, sha256(paper.file_id::text::bytea)
FROM paper, planned_season season;

INSERT INTO task (
    tenant_id, id, season_id, job, args, dedup_key, state, sends, attempts, next_at, created_at, done_at
)
SELECT
    season.tenant_id, uuidv7(), season.season_id, 'notices.tell', jsonb_build_object('case', c.id, 'event', 'appeal_filed'),
    'bulk:' || c.id || ':' || number, 'done', 1, 1, now(), now(), now()
FROM planned_case c, generate_series(1, 3) AS number, planned_season season;

INSERT INTO number_counter (tenant_id, id, season_id, series, last)
SELECT season.tenant_id, uuidv7(), season.season_id, series.name, series.last
FROM (
    SELECT 'receipt' AS name, count(*)::int AS last FROM planned_case
    UNION ALL
    SELECT kind, max(journal_seq) FROM planned_case GROUP BY kind
) series, planned_season season WHERE series.last > 0;

INSERT INTO planned_event (
    tenant_id, id, seq, at, case_at, season_id, actor_id, actor_login, role, tag, subject_type, subject_id, case_id,
    changes, prev_hash, hash
)
SELECT
    season.tenant_id, uuidv7(), row_number() OVER (ORDER BY c.filed_at + step.after, c.id, step.n), now(),
    c.filed_at + step.after, season.season_id, CASE WHEN NOT step.by_system THEN coalesce(step.actor_id, c.person_id) END,
    coalesce(step.actor_login, 'participant'), step.role, step.tag, 'appeal', c.id, c.id,
    replace(step.changes, '$person', c.person_id::text), '', ''
FROM planned_case c
JOIN planned_step step ON step.rank <= c.rank, planned_season season;
