CREATE TABLE account (
	id UUID NOT NULL, 
	iss TEXT NOT NULL, 
	sub TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (id), 
	CONSTRAINT uq_account_iss_sub UNIQUE (iss, sub)
);

CREATE TABLE audit_event (
	seq BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	case_at TIMESTAMP WITH TIME ZONE, 
	season_id UUID, 
	actor_id UUID, 
	actor_login TEXT NOT NULL, 
	role TEXT, 
	tag TEXT NOT NULL, 
	subject_type TEXT NOT NULL, 
	subject_id UUID NOT NULL, 
	case_id UUID, 
	changes TEXT NOT NULL, 
	reason TEXT, 
	prev_hash BYTEA NOT NULL, 
	hash BYTEA NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_audit_event PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_audit_event_tenant_id_seq UNIQUE (tenant_id, seq)
);

CREATE INDEX ix_audit_event_tenant_id_case_id_seq ON audit_event (tenant_id, case_id, seq);

CREATE INDEX ix_audit_event_tenant_id_subject_id_seq ON audit_event (tenant_id, subject_id, seq);

CREATE TABLE audit_head (
	seq BIGINT NOT NULL, 
	hash BYTEA NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (tenant_id, id)
);

CREATE TABLE audit_checkpoint (
	number INTEGER NOT NULL, 
	first BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	hash BYTEA NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	why TEXT NOT NULL, 
	signed TEXT NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_audit_checkpoint PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_audit_checkpoint_tenant_id_number UNIQUE (tenant_id, number)
);

CREATE TABLE audit_check (
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	seq BIGINT NOT NULL, 
	hash BYTEA NOT NULL, 
	point INTEGER NOT NULL, 
	faults INTEGER NOT NULL, 
	findings JSONB NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_audit_check PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ix_audit_check_tenant_id_started_at ON audit_check (tenant_id, started_at);

CREATE TABLE audit_view (
	viewer_id UUID NOT NULL, 
	what TEXT NOT NULL, 
	subject_id UUID NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_audit_view PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_audit_view_tenant_id_viewer_id_what_subject_id UNIQUE (tenant_id, viewer_id, what, subject_id)
);

CREATE INDEX ix_audit_view_tenant_id_seen_at ON audit_view (tenant_id, seen_at);

CREATE TABLE request_key (
	person_id UUID NOT NULL, 
	key TEXT NOT NULL, 
	body_sha256 BYTEA NOT NULL, 
	status INTEGER NOT NULL, 
	answer JSONB NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_request_key PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_request_key_tenant_id_person_id_key UNIQUE (tenant_id, person_id, key)
);

CREATE INDEX ix_request_key_tenant_id_created_at ON request_key (tenant_id, created_at);

CREATE TABLE rule_set (
	version TEXT NOT NULL, 
	edition DATE, 
	year INTEGER NOT NULL, 
	content JSON NOT NULL, 
	plugin_version TEXT NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_rule_set PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_rule_set_tenant_id_version UNIQUE (tenant_id, version)
);

CREATE TABLE calendar_version (
	number INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	made_on INTEGER NOT NULL, 
	content JSONB NOT NULL, 
	change JSONB NOT NULL, 
	title TEXT NOT NULL, 
	note TEXT, 
	file_name TEXT NOT NULL, 
	proposed_by UUID, 
	proposed_login TEXT NOT NULL, 
	proposed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	decided_by UUID, 
	decided_login TEXT, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	decision_reason TEXT, 
	reopen TEXT[] NOT NULL, 
	held JSONB NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_calendar_version PRIMARY KEY (tenant_id, id), 
	CONSTRAINT ck_calendar_version_state CHECK (state IN ('proposed', 'approved', 'applied', 'rejected', 'superseded')), 
	CONSTRAINT uq_calendar_version_tenant_id_number UNIQUE (tenant_id, number), 
	CONSTRAINT ck_calendar_version_number CHECK (made_on >= 0 AND (made_on < number OR number = 0 AND made_on = 0 AND state = 'applied')), 
	CONSTRAINT ck_calendar_version_decided CHECK (state IN ('proposed', 'superseded') OR decided_at IS NOT NULL)
);

CREATE INDEX ix_calendar_version_applied ON calendar_version (tenant_id, number) WHERE state = 'applied';

CREATE TABLE calendar_progress (
	counted INTEGER NOT NULL, 
	total INTEGER NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_calendar_progress PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_calendar_progress_tenant_id_id FOREIGN KEY(tenant_id, id) REFERENCES calendar_version (tenant_id, id), 
	CONSTRAINT ck_calendar_progress_counted CHECK (counted >= 0 AND total >= 0)
);

CREATE TABLE season (
	code TEXT NOT NULL, 
	year INTEGER NOT NULL, 
	period TEXT NOT NULL, 
	title TEXT NOT NULL, 
	opened_on DATE NOT NULL, 
	rule_version TEXT NOT NULL, 
	demo BOOLEAN NOT NULL, 
	clock_offset INTERVAL NOT NULL, 
	timetable_shift_days INTEGER NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_season PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_season_tenant_id_code UNIQUE (tenant_id, code)
);

CREATE INDEX ix_season_tenant_id_created_at ON season (tenant_id, created_at);

CREATE TABLE tenant (
	id INTEGER NOT NULL, 
	slug TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT pk_tenant PRIMARY KEY (id), 
	CONSTRAINT uq_tenant_slug UNIQUE (slug)
);

CREATE TABLE address_count (
	prefix_index BYTEA NOT NULL, 
	minute TIMESTAMP WITH TIME ZONE NOT NULL, 
	requests INTEGER NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_address_count PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_address_count_tenant_id_prefix_index_minute UNIQUE (tenant_id, prefix_index, minute)
);

CREATE INDEX ix_address_count_tenant_id_minute ON address_count (tenant_id, minute);

CREATE TABLE school_code_try (
	document_index BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_school_code_try PRIMARY KEY (tenant_id, id)
);

CREATE INDEX ix_school_code_try_tenant_id_created_at ON school_code_try (tenant_id, created_at);

CREATE INDEX ix_school_code_try_tenant_id_document_index_created_at ON school_code_try (tenant_id, document_index, created_at);

CREATE TABLE used_login_code (
	code_id TEXT NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_used_login_code PRIMARY KEY (tenant_id, id), 
	CONSTRAINT uq_used_login_code_tenant_id_code_id UNIQUE (tenant_id, code_id)
);

CREATE TABLE account_tenant (
	account_id UUID NOT NULL, 
	slug TEXT NOT NULL, 
	CONSTRAINT pk_account_tenant PRIMARY KEY (account_id, slug), 
	CONSTRAINT fk_account_tenant_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE commission (
	season_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_commission PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_commission_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT uq_commission_tenant_id_season_id_code UNIQUE (tenant_id, season_id, code)
);

CREATE TABLE data_key (
	season_id UUID NOT NULL, 
	case_id UUID, 
	key_version INTEGER NOT NULL, 
	wrapped BYTEA NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_data_key PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_data_key_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id)
);

CREATE UNIQUE INDEX uq_data_key_case ON data_key (tenant_id, case_id, key_version) WHERE case_id IS NOT NULL;

CREATE UNIQUE INDEX uq_data_key_season ON data_key (tenant_id, season_id, key_version) WHERE case_id IS NULL;

CREATE TABLE exam (
	season_id UUID NOT NULL, 
	subject_code TEXT NOT NULL, 
	exam_date DATE NOT NULL, 
	wave INTEGER NOT NULL, 
	announced_on DATE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_exam PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_exam_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT uq_exam_tenant_id_season_id_subject_code_exam_date UNIQUE (tenant_id, season_id, subject_code, exam_date)
);

CREATE TABLE import_batch (
	season_id UUID NOT NULL, 
	manifest_sha256 BYTEA NOT NULL, 
	counts JSONB NOT NULL, 
	imported_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	imported_by TEXT NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_import_batch PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_import_batch_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT uq_import_batch_tenant_id_season_id_manifest_sha256 UNIQUE (tenant_id, season_id, manifest_sha256)
);

CREATE INDEX ix_import_batch_tenant_id_season_id_imported_at ON import_batch (tenant_id, season_id, imported_at);

CREATE TABLE number_counter (
	season_id UUID NOT NULL, 
	series TEXT NOT NULL, 
	last INTEGER NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_number_counter PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_number_counter_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT ck_number_counter_series CHECK (series IN ('receipt', 'score', 'procedure')), 
	CONSTRAINT uq_number_counter_tenant_id_season_id_series UNIQUE (tenant_id, season_id, series)
);

CREATE TABLE organisation (
	season_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	code TEXT NOT NULL, 
	name TEXT NOT NULL, 
	territory TEXT NOT NULL, 
	address TEXT, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_organisation PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_organisation_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT ck_organisation_kind CHECK (kind IN ('school', 'municipal_authority', 'exam_point')), 
	CONSTRAINT uq_organisation_tenant_id_season_id_kind_code UNIQUE (tenant_id, season_id, kind, code)
);

CREATE TABLE person (
	season_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	category TEXT, 
	login TEXT NOT NULL, 
	surname TEXT NOT NULL, 
	given_name TEXT NOT NULL, 
	patronymic TEXT, 
	sort_key TEXT NOT NULL, 
	organisation_id UUID, 
	document_cipher BYTEA, 
	document_index BYTEA, 
	phone_cipher BYTEA, 
	phone_index BYTEA, 
	email_cipher BYTEA, 
	email_index BYTEA, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_person PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_person_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT ck_person_kind CHECK (kind IN ('participant', 'representative', 'staff', 'program')), 
	CONSTRAINT ck_person_category CHECK (category IN ('student', 'extern', 'earlier_graduate')), 
	CONSTRAINT uq_person_tenant_id_season_id_login UNIQUE (tenant_id, season_id, login), 
	CONSTRAINT uq_person_tenant_id_season_id_document_index UNIQUE (tenant_id, season_id, document_index)
);

CREATE INDEX ix_person_tenant_id_season_id_phone_index ON person (tenant_id, season_id, phone_index);

CREATE INDEX ix_person_tenant_id_season_id_sort_key ON person (tenant_id, season_id, sort_key);

CREATE TABLE season_decision (
	season_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	act_number TEXT NOT NULL, 
	act_date DATE NOT NULL, 
	teaching BOOLEAN NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_season_decision PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_season_decision_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT uq_season_decision_tenant_id_season_id_code UNIQUE (tenant_id, season_id, code), 
	CONSTRAINT ck_season_decision_act_number CHECK (act_number <> '')
);

CREATE TABLE session (
	id UUID NOT NULL, 
	token_hash BYTEA NOT NULL, 
	account_id UUID NOT NULL, 
	sid TEXT, 
	tenants TEXT[] NOT NULL, 
	loa INTEGER NOT NULL, 
	loa_offered INTEGER NOT NULL, 
	auth_time TIMESTAMP WITH TIME ZONE NOT NULL, 
	refresh_cipher BYTEA, 
	checked_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	principal_id UUID, 
	CONSTRAINT pk_session PRIMARY KEY (id), 
	CONSTRAINT uq_session_token_hash UNIQUE (token_hash), 
	CONSTRAINT fk_session_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE INDEX ix_session_account_id ON session (account_id);

CREATE INDEX ix_session_expires_at ON session (expires_at);

CREATE INDEX ix_session_sid ON session (sid);

CREATE TABLE stored_file (
	season_id UUID NOT NULL, 
	case_id UUID, 
	key TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	file_name TEXT NOT NULL, 
	content_type TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	sha256 BYTEA NOT NULL, 
	state TEXT NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	checked_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_stored_file PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_stored_file_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT ck_stored_file_state CHECK (state IN ('quarantine', 'clean', 'rejected', 'erased')), 
	CONSTRAINT uq_stored_file_tenant_id_key UNIQUE (tenant_id, key), 
	CONSTRAINT ck_stored_file_sha256 CHECK (octet_length(sha256) = 32)
);

CREATE INDEX ix_stored_file_tenant_id_case_id ON stored_file (tenant_id, case_id);

CREATE INDEX ix_stored_file_unchecked ON stored_file (tenant_id, created_at) WHERE state = 'quarantine';

CREATE TABLE task (
	season_id UUID NOT NULL, 
	job TEXT NOT NULL, 
	args JSONB NOT NULL, 
	dedup_key TEXT NOT NULL, 
	state TEXT NOT NULL, 
	sends INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	legal_due_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	done_at TIMESTAMP WITH TIME ZONE, 
	last_error TEXT, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_task PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_task_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT ck_task_state CHECK (state IN ('new', 'sent', 'done', 'parked')), 
	CONSTRAINT uq_task_tenant_id_dedup_key UNIQUE (tenant_id, dedup_key)
);

CREATE INDEX ix_task_tenant_id_state_next_at ON task (tenant_id, state, next_at);

CREATE INDEX ix_task_waiting ON task (next_at) WHERE state IN ('new', 'sent');

CREATE TABLE expert (
	season_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	subject_code TEXT NOT NULL, 
	status TEXT NOT NULL, 
	status_year INTEGER NOT NULL, 
	checked_first_second BOOLEAN NOT NULL, 
	checked_third BOOLEAN NOT NULL, 
	subject_chair BOOLEAN NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_expert PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_expert_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_expert_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT ck_expert_status CHECK (status IN ('lead', 'senior', 'main')), 
	CONSTRAINT uq_expert_tenant_id_season_id_code UNIQUE (tenant_id, season_id, code)
);

CREATE INDEX ix_expert_tenant_id_person_id ON expert (tenant_id, person_id);

CREATE INDEX ix_expert_tenant_id_season_id_subject_code ON expert (tenant_id, season_id, subject_code);

CREATE TABLE membership (
	season_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	account_id UUID NOT NULL, 
	role TEXT NOT NULL, 
	commission_id UUID, 
	organisation_id UUID, 
	exam_point_code TEXT, 
	subject_code TEXT, 
	valid_from DATE, 
	valid_until DATE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_membership PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_membership_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_membership_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_membership_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT ck_membership_role CHECK (role IN ('participant', 'parent', 'proxy', 'school_operator', 'municipal_operator', 'queue_clerk', 'exam_commission_member', 'exam_commission_chair', 'secretary', 'chair', 'deputy_chair', 'member', 'subject_chair', 'expert', 'data_centre_operator', 'site_specialist', 'site_technician', 'observer', 'tenant_admin', 'federal_observer', 'federal_analyst', 'platform_admin'))
);

CREATE INDEX ix_membership_tenant_id_account_id ON membership (tenant_id, account_id);

CREATE UNIQUE INDEX uq_membership_live ON membership (tenant_id, person_id, role) WHERE revoked_at IS NULL;

CREATE TABLE api_client (
	season_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	account_id UUID NOT NULL, 
	client_id TEXT NOT NULL, 
	secret_hash BYTEA NOT NULL, 
	previous_hash BYTEA, 
	previous_until TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	rotated_at TIMESTAMP WITH TIME ZONE, 
	last_used_at TIMESTAMP WITH TIME ZONE, 
	disabled_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_api_client PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_api_client_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_api_client_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_api_client_account_id FOREIGN KEY(account_id) REFERENCES account (id), 
	CONSTRAINT uq_api_client_tenant_id_client_id UNIQUE (tenant_id, client_id)
);

CREATE TABLE api_token (
	client_row_id UUID NOT NULL, 
	token_hash BYTEA NOT NULL, 
	issued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_api_token PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_api_token_tenant_id_client_row_id FOREIGN KEY(tenant_id, client_row_id) REFERENCES api_client (tenant_id, id), 
	CONSTRAINT uq_api_token_tenant_id_token_hash UNIQUE (tenant_id, token_hash)
);

CREATE INDEX ix_api_token_tenant_id_client_row_id ON api_token (tenant_id, client_row_id);

CREATE INDEX ix_api_token_tenant_id_expires_at ON api_token (tenant_id, expires_at);

CREATE TABLE substitution (
	season_id UUID NOT NULL, 
	role TEXT NOT NULL, 
	person_id UUID NOT NULL, 
	substitute_id UUID NOT NULL, 
	substitute_role TEXT NOT NULL, 
	first_day DATE NOT NULL, 
	last_day DATE NOT NULL, 
	act_number TEXT NOT NULL, 
	act_date DATE NOT NULL, 
	reason TEXT, 
	decided_by UUID NOT NULL, 
	appointed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by UUID, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_substitution PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_substitution_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_substitution_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_substitution_tenant_id_substitute_id FOREIGN KEY(tenant_id, substitute_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_substitution_tenant_id_decided_by FOREIGN KEY(tenant_id, decided_by) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_substitution_tenant_id_ended_by FOREIGN KEY(tenant_id, ended_by) REFERENCES person (tenant_id, id), 
	CONSTRAINT ck_substitution_role CHECK (role IN ('chair', 'secretary')), 
	CONSTRAINT ck_substitution_period CHECK (last_day >= first_day), 
	CONSTRAINT ck_substitution_another CHECK (substitute_id <> person_id), 
	CONSTRAINT ck_substitution_act CHECK (act_number <> ''), 
	CONSTRAINT ck_substitution_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);

CREATE INDEX ix_substitution_substitute ON substitution (tenant_id, substitute_id) WHERE ended_at IS NULL;

CREATE INDEX ix_substitution_tenant_id_season_id_role_last_day ON substitution (tenant_id, season_id, role, last_day);

CREATE TABLE representation (
	season_id UUID NOT NULL, 
	participant_id UUID NOT NULL, 
	representative_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	paper_cipher BYTEA, 
	given_on DATE, 
	issuer TEXT, 
	given_by UUID, 
	form_code TEXT, 
	subject_code TEXT, 
	year INTEGER, 
	powers TEXT[] NOT NULL, 
	notarised BOOLEAN NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_until DATE, 
	linked_by UUID NOT NULL, 
	linked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by UUID, 
	end_reason TEXT, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_representation PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_representation_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_representation_tenant_id_participant_id FOREIGN KEY(tenant_id, participant_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_representation_tenant_id_representative_id FOREIGN KEY(tenant_id, representative_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_representation_tenant_id_given_by FOREIGN KEY(tenant_id, given_by) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_representation_tenant_id_linked_by FOREIGN KEY(tenant_id, linked_by) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_representation_tenant_id_ended_by FOREIGN KEY(tenant_id, ended_by) REFERENCES person (tenant_id, id), 
	CONSTRAINT ck_representation_kind CHECK (kind IN ('parent', 'proxy')), 
	CONSTRAINT ck_representation_another CHECK (participant_id <> representative_id), 
	CONSTRAINT ck_representation_issuer CHECK (issuer IN ('appellant', 'parent')), 
	CONSTRAINT ck_representation_attorney CHECK ((kind = 'proxy') = (given_on IS NOT NULL AND issuer IS NOT NULL AND given_by IS NOT NULL)), 
	CONSTRAINT ck_representation_period CHECK (valid_until >= valid_from), 
	CONSTRAINT ck_representation_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL))
);

CREATE INDEX ix_representation_representative ON representation (tenant_id, representative_id, kind) WHERE ended_at IS NULL;

CREATE INDEX ix_representation_tenant_id_participant_id ON representation (tenant_id, participant_id);

CREATE UNIQUE INDEX uq_representation_parent ON representation (tenant_id, participant_id, representative_id) WHERE kind = 'parent' AND ended_at IS NULL;

CREATE TABLE sitting (
	season_id UUID NOT NULL, 
	commission_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	opened_by UUID NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sitting PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_sitting_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_sitting_tenant_id_commission_id FOREIGN KEY(tenant_id, commission_id) REFERENCES commission (tenant_id, id), 
	CONSTRAINT uq_sitting_tenant_id_season_id_commission_id_number UNIQUE (tenant_id, season_id, commission_id, number)
);

CREATE TABLE sms_code (
	season_id UUID NOT NULL, 
	person_id UUID, 
	claim_index BYTEA NOT NULL, 
	code_hash BYTEA NOT NULL, 
	code_cipher BYTEA, 
	phone_cipher BYTEA, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tries INTEGER NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_sms_code PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_sms_code_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_sms_code_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id)
);

CREATE INDEX ix_sms_code_tenant_id_claim_index_created_at ON sms_code (tenant_id, claim_index, created_at);

CREATE TABLE phone_binding (
	season_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	asked_by UUID NOT NULL, 
	phone_cipher BYTEA, 
	old_phone_cipher BYTEA, 
	code_hash BYTEA NOT NULL, 
	code_cipher BYTEA, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tries INTEGER NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_phone_binding PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_phone_binding_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_phone_binding_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_phone_binding_tenant_id_asked_by FOREIGN KEY(tenant_id, asked_by) REFERENCES person (tenant_id, id)
);

CREATE INDEX ix_phone_binding_tenant_id_expires_at ON phone_binding (tenant_id, expires_at);

CREATE INDEX ix_phone_binding_tenant_id_person_id_created_at ON phone_binding (tenant_id, person_id, created_at);

CREATE TABLE school_code (
	season_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	issued_by UUID NOT NULL, 
	code_hash BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tries INTEGER NOT NULL, 
	used_at TIMESTAMP WITH TIME ZONE, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_school_code PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_school_code_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_school_code_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_school_code_tenant_id_issued_by FOREIGN KEY(tenant_id, issued_by) REFERENCES person (tenant_id, id)
);

CREATE INDEX ix_school_code_tenant_id_person_id_created_at ON school_code (tenant_id, person_id, created_at);

CREATE TABLE work (
	season_id UUID NOT NULL, 
	code TEXT NOT NULL, 
	person_id UUID NOT NULL, 
	exam_id UUID NOT NULL, 
	exam_point_id UUID NOT NULL, 
	room TEXT NOT NULL, 
	variant_code TEXT, 
	cross_checked BOOLEAN NOT NULL, 
	annulled_at TIMESTAMP WITH TIME ZONE, 
	annulled_act_number TEXT, 
	annulled_act_date DATE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_work PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_work_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_work_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_work_tenant_id_exam_id FOREIGN KEY(tenant_id, exam_id) REFERENCES exam (tenant_id, id), 
	CONSTRAINT fk_work_tenant_id_exam_point_id FOREIGN KEY(tenant_id, exam_point_id) REFERENCES organisation (tenant_id, id), 
	CONSTRAINT uq_work_tenant_id_season_id_code UNIQUE (tenant_id, season_id, code), 
	CONSTRAINT uq_work_tenant_id_person_id_exam_id UNIQUE (tenant_id, person_id, exam_id)
);

CREATE TABLE appeal (
	season_id UUID NOT NULL, 
	commission_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	exam_id UUID NOT NULL, 
	work_id UUID, 
	rechecked_on DATE, 
	rule_version TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	category TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	state TEXT NOT NULL, 
	returns_to TEXT, 
	suspended_for TEXT, 
	round INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	receipt_number TEXT NOT NULL, 
	journal_seq INTEGER, 
	journal_number TEXT, 
	filed_by UUID NOT NULL, 
	filer_role TEXT NOT NULL, 
	filed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	accepted_at TIMESTAMP WITH TIME ZONE, 
	accepted_by UUID, 
	accepted_organisation_id UUID, 
	certified_at TIMESTAMP WITH TIME ZONE, 
	certified_by UUID, 
	certified_as TEXT, 
	certified_copies INTEGER, 
	via_organisation_id UUID, 
	outside_number TEXT, 
	registered_at TIMESTAMP WITH TIME ZONE, 
	reopened_at TIMESTAMP WITH TIME ZONE, 
	filed_late BOOLEAN NOT NULL, 
	filed_after_regional_limit BOOLEAN NOT NULL, 
	admitted_late_reason TEXT, 
	attends_participant BOOLEAN NOT NULL, 
	attends_parent BOOLEAN NOT NULL, 
	attends_proxy BOOLEAN NOT NULL, 
	proxy_issuer TEXT, 
	hearing_mode TEXT NOT NULL, 
	wished_site_code TEXT, 
	forms_confirmed BOOLEAN, 
	disputed TEXT[] NOT NULL, 
	statement TEXT, 
	check_conclusion TEXT, 
	contact_phone_cipher BYTEA, 
	contact_email_cipher BYTEA, 
	expert_person_id UUID, 
	withdrawal_accepted_at TIMESTAMP WITH TIME ZONE, 
	withdrawal_application_date DATE, 
	withdrawal_application_by TEXT, 
	attendance TEXT, 
	outcome TEXT, 
	close_reason TEXT, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_appeal PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_commission_id FOREIGN KEY(tenant_id, commission_id) REFERENCES commission (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_exam_id FOREIGN KEY(tenant_id, exam_id) REFERENCES exam (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_work_id FOREIGN KEY(tenant_id, work_id) REFERENCES work (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_filed_by FOREIGN KEY(tenant_id, filed_by) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_certified_by FOREIGN KEY(tenant_id, certified_by) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_appeal_tenant_id_rule_version FOREIGN KEY(tenant_id, rule_version) REFERENCES rule_set (tenant_id, version), 
	CONSTRAINT ck_appeal_kind CHECK (kind IN ('score', 'procedure')), 
	CONSTRAINT ck_appeal_category CHECK (category IN ('student', 'extern', 'earlier_graduate')), 
	CONSTRAINT ck_appeal_state CHECK (state IN ('in_transit', 'registered', 'incomplete', 'scheduled', 'hearing', 'decided', 'in_exchange', 'suspended', 'closed')), 
	CONSTRAINT ck_appeal_returns_to CHECK (returns_to IN ('in_transit', 'registered', 'incomplete', 'scheduled', 'hearing', 'decided', 'in_exchange', 'suspended', 'closed')), 
	CONSTRAINT ck_appeal_suspended_for CHECK (suspended_for IN ('investigation', 'federal_centre', 'annulment')), 
	CONSTRAINT ck_appeal_outcome CHECK (outcome IN ('rejected', 'satisfied_up', 'satisfied_down', 'satisfied_unchanged', 'satisfied', 'referred', 'withdrawn', 'inadmissible', 'moot')), 
	CONSTRAINT ck_appeal_attendance CHECK (attendance IN ('present', 'represented', 'absent_by_choice', 'no_show')), 
	CONSTRAINT ck_appeal_hearing_mode CHECK (hearing_mode IN ('on_site', 'remote', 'in_absence')), 
	CONSTRAINT ck_appeal_proxy_issuer CHECK (proxy_issuer IN ('appellant', 'parent')), 
	CONSTRAINT ck_appeal_filer_role CHECK (filer_role IN ('participant', 'parent', 'proxy', 'school_operator', 'municipal_operator', 'queue_clerk', 'exam_commission_member', 'exam_commission_chair', 'secretary', 'chair', 'deputy_chair', 'member', 'subject_chair', 'expert', 'data_centre_operator', 'site_specialist', 'site_technician', 'observer', 'tenant_admin', 'federal_observer', 'federal_analyst', 'platform_admin')), 
	CONSTRAINT ck_appeal_certified_as CHECK (certified_as IN ('participant', 'parent', 'proxy', 'school_operator', 'municipal_operator', 'queue_clerk', 'exam_commission_member', 'exam_commission_chair', 'secretary', 'chair', 'deputy_chair', 'member', 'subject_chair', 'expert', 'data_centre_operator', 'site_specialist', 'site_technician', 'observer', 'tenant_admin', 'federal_observer', 'federal_analyst', 'platform_admin')), 
	CONSTRAINT ck_appeal_withdrawal_application_by CHECK (withdrawal_application_by IN ('participant', 'parent')), 
	CONSTRAINT uq_appeal_tenant_id_season_id_receipt_number UNIQUE (tenant_id, season_id, receipt_number), 
	CONSTRAINT uq_appeal_tenant_id_season_id_kind_journal_seq UNIQUE (tenant_id, season_id, kind, journal_seq), 
	CONSTRAINT ck_appeal_work CHECK (kind <> 'score' OR work_id IS NOT NULL), 
	CONSTRAINT ck_appeal_closed CHECK (state <> 'closed' OR (outcome IS NOT NULL AND closed_at IS NOT NULL))
);

CREATE INDEX ix_appeal_tenant_id_accepted_organisation_id_filed_at_id ON appeal (tenant_id, accepted_organisation_id, filed_at, id);

CREATE INDEX ix_appeal_tenant_id_expert_person_id ON appeal (tenant_id, expert_person_id);

CREATE INDEX ix_appeal_tenant_id_person_id ON appeal (tenant_id, person_id);

CREATE INDEX ix_appeal_tenant_id_season_id_filed_at_id ON appeal (tenant_id, season_id, filed_at, id);

CREATE INDEX ix_appeal_tenant_id_season_id_journal_number ON appeal (tenant_id, season_id, journal_number);

CREATE INDEX ix_appeal_tenant_id_season_id_state_filed_at_id ON appeal (tenant_id, season_id, state, filed_at, id);

CREATE INDEX ix_appeal_via_organisation ON appeal (tenant_id, via_organisation_id, filed_at, id) WHERE via_organisation_id IS NOT NULL;

CREATE UNIQUE INDEX uq_appeal_one_open ON appeal (tenant_id, person_id, exam_id, kind) WHERE state <> 'closed';

CREATE UNIQUE INDEX uq_appeal_outside_number ON appeal (tenant_id, season_id, channel, outside_number) WHERE outside_number IS NOT NULL;

CREATE TABLE result (
	work_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	primary_score INTEGER NOT NULL, 
	test_score INTEGER NOT NULL, 
	source TEXT NOT NULL, 
	rechecked_on DATE, 
	batch_id UUID, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_result PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_result_tenant_id_work_id FOREIGN KEY(tenant_id, work_id) REFERENCES work (tenant_id, id), 
	CONSTRAINT fk_result_tenant_id_batch_id FOREIGN KEY(tenant_id, batch_id) REFERENCES import_batch (tenant_id, id), 
	CONSTRAINT ck_result_source CHECK (source IN ('import', 'recalculation')), 
	CONSTRAINT uq_result_tenant_id_work_id_version UNIQUE (tenant_id, work_id, version), 
	CONSTRAINT ck_result_version CHECK (version > 0)
);

CREATE INDEX ix_result_rechecked ON result (tenant_id, rechecked_on) WHERE rechecked_on IS NOT NULL;

CREATE TABLE work_check (
	work_id UUID NOT NULL, 
	expert_code TEXT NOT NULL, 
	stage INTEGER NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_work_check PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_work_check_tenant_id_work_id FOREIGN KEY(tenant_id, work_id) REFERENCES work (tenant_id, id), 
	CONSTRAINT uq_work_check_tenant_id_work_id_expert_code_stage UNIQUE (tenant_id, work_id, expert_code, stage)
);

CREATE TABLE work_file (
	work_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	page INTEGER NOT NULL, 
	file_id UUID NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_work_file PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_work_file_tenant_id_work_id FOREIGN KEY(tenant_id, work_id) REFERENCES work (tenant_id, id), 
	CONSTRAINT fk_work_file_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES stored_file (tenant_id, id), 
	CONSTRAINT uq_work_file_tenant_id_work_id_kind_page UNIQUE (tenant_id, work_id, kind, page)
);

CREATE TABLE appeal_transition (
	case_id UUID NOT NULL, 
	seq INTEGER NOT NULL, 
	action TEXT NOT NULL, 
	from_state TEXT, 
	to_state TEXT NOT NULL, 
	actor_id UUID, 
	actor_login TEXT NOT NULL, 
	role TEXT, 
	reason TEXT, 
	act TEXT, 
	due_at TIMESTAMP WITH TIME ZONE, 
	case_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_appeal_transition PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_appeal_transition_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_appeal_transition_action CHECK (action IN ('file', 'forward', 'register', 'ask_completion', 'complete', 'admit_late', 'schedule', 'reschedule', 'open_hearing', 'adjourn', 'decide', 'hand_over', 'close', 'withdraw', 'refuse', 'declare_moot', 'suspend', 'resume', 'reopen', 'correct')), 
	CONSTRAINT ck_appeal_transition_from_state CHECK (from_state IN ('in_transit', 'registered', 'incomplete', 'scheduled', 'hearing', 'decided', 'in_exchange', 'suspended', 'closed')), 
	CONSTRAINT ck_appeal_transition_to_state CHECK (to_state IN ('in_transit', 'registered', 'incomplete', 'scheduled', 'hearing', 'decided', 'in_exchange', 'suspended', 'closed')), 
	CONSTRAINT uq_appeal_transition_tenant_id_case_id_seq UNIQUE (tenant_id, case_id, seq)
);

CREATE TABLE approval (
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	act_number TEXT NOT NULL, 
	act_date DATE NOT NULL, 
	approved_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	approved_by UUID NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_approval PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_approval_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT uq_approval_tenant_id_case_id_round UNIQUE (tenant_id, case_id, round)
);

CREATE TABLE assignment (
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	expert_id UUID NOT NULL, 
	state TEXT NOT NULL, 
	assigned_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	assigned_by UUID, 
	named_by_subject_chair BOOLEAN NOT NULL, 
	concluded_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_assignment PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_assignment_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_assignment_tenant_id_expert_id FOREIGN KEY(tenant_id, expert_id) REFERENCES expert (tenant_id, id), 
	CONSTRAINT ck_assignment_state CHECK (state IN ('assigned', 'concluded', 'cancelled'))
);

CREATE INDEX ix_assignment_tenant_id_expert_id_state ON assignment (tenant_id, expert_id, state);

CREATE UNIQUE INDEX uq_assignment_live ON assignment (tenant_id, case_id, round) WHERE state <> 'cancelled';

CREATE TABLE deadline (
	season_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	term TEXT NOT NULL, 
	title TEXT NOT NULL, 
	state TEXT NOT NULL, 
	owed_by TEXT NOT NULL, 
	action TEXT NOT NULL, 
	clauses TEXT[] NOT NULL, 
	hardness TEXT NOT NULL, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	federal_due_at TIMESTAMP WITH TIME ZONE, 
	calendar_version TEXT NOT NULL, 
	explanation JSONB NOT NULL, 
	warned INTEGER NOT NULL, 
	stood_still INTERVAL DEFAULT '0'::interval NOT NULL, 
	suspended_at TIMESTAMP WITH TIME ZONE, 
	met_at TIMESTAMP WITH TIME ZONE, 
	met_by TEXT, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_deadline PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_deadline_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_deadline_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_deadline_state CHECK (state IN ('running', 'met', 'breached', 'cancelled', 'suspended', 'passed')), 
	CONSTRAINT ck_deadline_owed_by CHECK (owed_by IN ('participant', 'parent', 'proxy', 'school_operator', 'municipal_operator', 'queue_clerk', 'exam_commission_member', 'exam_commission_chair', 'secretary', 'chair', 'deputy_chair', 'member', 'subject_chair', 'expert', 'data_centre_operator', 'site_specialist', 'site_technician', 'observer', 'tenant_admin', 'federal_observer', 'federal_analyst', 'platform_admin'))
);

CREATE INDEX ix_deadline_next ON deadline (tenant_id, case_id, due_at) WHERE met_at IS NULL AND state IN ('running', 'breached', 'passed');

CREATE INDEX ix_deadline_owed ON deadline (tenant_id, season_id, owed_by, due_at, case_id) WHERE met_at IS NULL AND state IN ('running', 'breached', 'passed');

CREATE INDEX ix_deadline_sweep ON deadline (tenant_id, season_id, due_at) WHERE met_at IS NULL AND state = 'running';

CREATE INDEX ix_deadline_tenant_id_case_id ON deadline (tenant_id, case_id);

CREATE UNIQUE INDEX uq_deadline_open ON deadline (tenant_id, case_id, term, round) WHERE met_at IS NULL AND state IN ('running', 'breached', 'suspended', 'passed');

CREATE TABLE deadline_move (
	version_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	deadline_id UUID NOT NULL, 
	due_before TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_after TIMESTAMP WITH TIME ZONE NOT NULL, 
	reopened BOOLEAN NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_deadline_move PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_deadline_move_tenant_id_version_id FOREIGN KEY(tenant_id, version_id) REFERENCES calendar_version (tenant_id, id), 
	CONSTRAINT fk_deadline_move_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_deadline_move_tenant_id_deadline_id FOREIGN KEY(tenant_id, deadline_id) REFERENCES deadline (tenant_id, id), 
	CONSTRAINT uq_deadline_move_tenant_id_version_id_deadline_id UNIQUE (tenant_id, version_id, deadline_id)
);

CREATE INDEX ix_deadline_move_tenant_id_case_id ON deadline_move (tenant_id, case_id);

CREATE TABLE decision (
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	outcome TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	votes_for INTEGER NOT NULL, 
	votes_against INTEGER NOT NULL, 
	casting_vote BOOLEAN NOT NULL, 
	result_id UUID, 
	primary_before INTEGER, 
	primary_after INTEGER, 
	decided_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	chaired_by UUID NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_decision PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_decision_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_decision_outcome CHECK (outcome IN ('rejected', 'satisfied_up', 'satisfied_down', 'satisfied_unchanged', 'satisfied', 'referred', 'withdrawn', 'inadmissible', 'moot')), 
	CONSTRAINT uq_decision_tenant_id_case_id_round_version UNIQUE (tenant_id, case_id, round, version)
);

CREATE TABLE document (
	case_id UUID NOT NULL, 
	form TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	wanted_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE, 
	file_id UUID, 
	sha256 BYTEA, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_document PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_document_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_document_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES stored_file (tenant_id, id), 
	CONSTRAINT uq_document_tenant_id_case_id_form_version UNIQUE (tenant_id, case_id, form, version)
);

CREATE INDEX ix_document_tenant_id_case_id_wanted_at ON document (tenant_id, case_id, wanted_at);

CREATE TABLE hearing (
	season_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	sitting_id UUID, 
	state TEXT NOT NULL, 
	mode TEXT NOT NULL, 
	site_code TEXT, 
	place TEXT NOT NULL, 
	consultation_at TIMESTAMP WITH TIME ZONE, 
	starts_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ends_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	queue_number INTEGER, 
	announced_at TIMESTAMP WITH TIME ZONE, 
	opened_at TIMESTAMP WITH TIME ZONE, 
	held_at TIMESTAMP WITH TIME ZONE, 
	attendance TEXT, 
	proxy_issuer TEXT, 
	representation_id UUID, 
	identity_checked BOOLEAN NOT NULL, 
	materials_confirmed BOOLEAN, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_hearing PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_hearing_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_hearing_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_hearing_tenant_id_sitting_id FOREIGN KEY(tenant_id, sitting_id) REFERENCES sitting (tenant_id, id), 
	CONSTRAINT fk_hearing_tenant_id_representation_id FOREIGN KEY(tenant_id, representation_id) REFERENCES representation (tenant_id, id), 
	CONSTRAINT ck_hearing_mode CHECK (mode IN ('on_site', 'remote', 'in_absence')), 
	CONSTRAINT ck_hearing_state CHECK (state IN ('planned', 'open', 'held', 'replaced')), 
	CONSTRAINT ck_hearing_attendance CHECK (attendance IN ('present', 'represented', 'absent_by_choice', 'no_show')), 
	CONSTRAINT ck_hearing_proxy_issuer CHECK (proxy_issuer IN ('appellant', 'parent')), 
	CONSTRAINT ck_hearing_period CHECK (ends_at > starts_at), 
	CONSTRAINT ck_hearing_queue_number CHECK (queue_number >= 1)
);

CREATE INDEX ix_hearing_tenant_id_case_id_starts_at ON hearing (tenant_id, case_id, starts_at);

CREATE INDEX ix_hearing_tenant_id_season_id_starts_at ON hearing (tenant_id, season_id, starts_at);

CREATE TABLE kit (
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	requested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	requested_by UUID, 
	received_at TIMESTAMP WITH TIME ZONE, 
	received_by UUID, 
	route TEXT[] NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_kit PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_kit_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_kit_state CHECK (state IN ('requested', 'received')), 
	CONSTRAINT uq_kit_tenant_id_case_id_round UNIQUE (tenant_id, case_id, round)
);

CREATE TABLE mark (
	result_id UUID NOT NULL, 
	task_type TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	task TEXT NOT NULL, 
	criterion TEXT, 
	answer TEXT, 
	mark INTEGER NOT NULL, 
	max_mark INTEGER NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_mark PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_mark_tenant_id_result_id FOREIGN KEY(tenant_id, result_id) REFERENCES result (tenant_id, id), 
	CONSTRAINT ck_mark_task_type CHECK (task_type IN ('A', 'B', 'C', 'D')), 
	CONSTRAINT uq_mark_tenant_id_result_id_task_type_position UNIQUE (tenant_id, result_id, task_type, position), 
	CONSTRAINT ck_mark_mark CHECK (mark >= 0 AND mark <= max_mark)
);

CREATE TABLE notice (
	case_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	event TEXT NOT NULL, 
	occasion TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	state TEXT NOT NULL, 
	text TEXT NOT NULL, 
	planned_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_notice PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_notice_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_notice_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT ck_notice_channel CHECK (channel IN ('cabinet', 'sms', 'email')), 
	CONSTRAINT ck_notice_state CHECK (state IN ('planned', 'sent', 'undeliverable', 'overtaken')), 
	CONSTRAINT uq_notice_tenant_id_case_id_event_occasion_person_id_channel UNIQUE (tenant_id, case_id, event, occasion, person_id, channel)
);

CREATE INDEX ix_notice_tenant_id_person_id_planned_at ON notice (tenant_id, person_id, planned_at);

CREATE TABLE outbox_message (
	season_id UUID NOT NULL, 
	case_id UUID, 
	channel TEXT NOT NULL, 
	dedup_key TEXT NOT NULL, 
	address_cipher BYTEA NOT NULL, 
	text_cipher BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_outbox_message PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_outbox_message_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_outbox_message_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_outbox_message_channel CHECK (channel IN ('cabinet', 'sms', 'email')), 
	CONSTRAINT uq_outbox_message_tenant_id_dedup_key UNIQUE (tenant_id, dedup_key)
);

CREATE INDEX ix_outbox_message_tenant_id_season_id_created_at ON outbox_message (tenant_id, season_id, created_at);

CREATE TABLE packet (
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	manifest_sha256 BYTEA NOT NULL, 
	handed_over_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	handed_over_by UUID, 
	entered_at TIMESTAMP WITH TIME ZONE, 
	dispatched_at TIMESTAMP WITH TIME ZONE, 
	recalculated_at TIMESTAMP WITH TIME ZONE, 
	result_id UUID, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_packet PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_packet_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_packet_state CHECK (state IN ('handed_over', 'entered', 'dispatched', 'recalculated', 'approved')), 
	CONSTRAINT uq_packet_tenant_id_case_id_round UNIQUE (tenant_id, case_id, round), 
	CONSTRAINT ck_packet_manifest_sha256 CHECK (octet_length(manifest_sha256) = 32)
);

CREATE INDEX ix_packet_tenant_id_state_handed_over_at ON packet (tenant_id, state, handed_over_at);

CREATE TABLE break_glass (
	season_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	session_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	reason TEXT NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	closed_by UUID, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_break_glass PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_break_glass_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_break_glass_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_break_glass_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_break_glass_reason CHECK (length(reason) >= 20), 
	CONSTRAINT ck_break_glass_life CHECK (expires_at > opened_at AND expires_at <= opened_at + interval '30 minutes')
);

CREATE INDEX ix_break_glass_tenant_id_person_id_case_id ON break_glass (tenant_id, person_id, case_id);

CREATE INDEX ix_break_glass_tenant_id_season_id_opened_at ON break_glass (tenant_id, season_id, opened_at);

CREATE TABLE conflict_of_interest (
	season_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	source TEXT NOT NULL, 
	ground TEXT NOT NULL, 
	reading TEXT NOT NULL, 
	declared_by UUID NOT NULL, 
	declared_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	lifted_at TIMESTAMP WITH TIME ZONE, 
	lifted_by UUID, 
	lift_reason TEXT, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_conflict_of_interest PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_conflict_of_interest_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_conflict_of_interest_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_conflict_of_interest_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT ck_conflict_of_interest_source CHECK (source IN ('declared', 'allocated')), 
	CONSTRAINT ck_conflict_of_interest_reading CHECK (reading IN ('closed', 'open')), 
	CONSTRAINT ck_conflict_of_interest_ground CHECK (length(ground) >= 10), 
	CONSTRAINT ck_conflict_of_interest_whose CHECK ((source = 'declared') = (declared_by = person_id)), 
	CONSTRAINT ck_conflict_of_interest_lifted CHECK (num_nulls(lifted_at, lifted_by, lift_reason) IN (0, 3))
);

CREATE INDEX ix_conflict_of_interest_tenant_id_case_id ON conflict_of_interest (tenant_id, case_id);

CREATE UNIQUE INDEX uq_conflict_of_interest_standing ON conflict_of_interest (tenant_id, person_id, case_id) WHERE lifted_at IS NULL;

CREATE TABLE suspension (
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	from_state TEXT NOT NULL, 
	act_number TEXT NOT NULL, 
	act_date DATE NOT NULL, 
	documents_requested BOOLEAN NOT NULL, 
	began_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	began_by UUID, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_by UUID, 
	end_act_number TEXT, 
	end_act_date DATE, 
	outside_told BOOLEAN NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_suspension PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_suspension_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT ck_suspension_reason CHECK (reason IN ('investigation', 'federal_centre', 'annulment')), 
	CONSTRAINT ck_suspension_from_state CHECK (from_state IN ('in_transit', 'registered', 'incomplete', 'scheduled', 'hearing', 'decided', 'in_exchange', 'suspended', 'closed'))
);

CREATE INDEX ix_suspension_tenant_id_case_id_began_at ON suspension (tenant_id, case_id, began_at);

CREATE UNIQUE INDEX uq_suspension_open ON suspension (tenant_id, case_id) WHERE ended_at IS NULL;

CREATE TABLE interest_statement (
	season_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	free BOOLEAN NOT NULL, 
	stated_on DATE NOT NULL, 
	recorded_by UUID NOT NULL, 
	recorded_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_interest_statement PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_interest_statement_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_interest_statement_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT fk_interest_statement_tenant_id_recorded_by FOREIGN KEY(tenant_id, recorded_by) REFERENCES person (tenant_id, id)
);

CREATE INDEX ix_interest_statement_tenant_id_person_id_recorded_at ON interest_statement (tenant_id, person_id, recorded_at);

CREATE TABLE vote (
	case_id UUID NOT NULL, 
	round INTEGER NOT NULL, 
	person_id UUID NOT NULL, 
	ballot TEXT NOT NULL, 
	reason TEXT, 
	site_code TEXT, 
	cast_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_vote PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_vote_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_vote_tenant_id_person_id FOREIGN KEY(tenant_id, person_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT ck_vote_ballot CHECK (ballot IN ('satisfy', 'reject', 'recused')), 
	CONSTRAINT uq_vote_tenant_id_case_id_round_person_id UNIQUE (tenant_id, case_id, round, person_id), 
	CONSTRAINT ck_vote_reason CHECK (ballot <> 'recused' OR reason IS NOT NULL)
);

CREATE TABLE conclusion (
	case_id UUID NOT NULL, 
	assignment_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	summary TEXT NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_conclusion PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_conclusion_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_conclusion_tenant_id_assignment_id FOREIGN KEY(tenant_id, assignment_id) REFERENCES assignment (tenant_id, id), 
	CONSTRAINT uq_conclusion_tenant_id_assignment_id_version UNIQUE (tenant_id, assignment_id, version)
);

CREATE INDEX ix_conclusion_tenant_id_case_id ON conclusion (tenant_id, case_id);

CREATE TABLE decision_line (
	decision_id UUID NOT NULL, 
	task_type TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	was INTEGER NOT NULL, 
	becomes INTEGER NOT NULL, 
	error_kind TEXT NOT NULL, 
	criterion TEXT, 
	reason TEXT NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_decision_line PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_decision_line_tenant_id_decision_id FOREIGN KEY(tenant_id, decision_id) REFERENCES decision (tenant_id, id), 
	CONSTRAINT ck_decision_line_task_type CHECK (task_type IN ('A', 'B', 'C', 'D')), 
	CONSTRAINT ck_decision_line_error_kind CHECK (error_kind IN ('technical', 'scoring')), 
	CONSTRAINT uq_decision_line_tenant_id_decision_id_task_type_position UNIQUE (tenant_id, decision_id, task_type, position)
);

CREATE TABLE attachment (
	season_id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	file_id UUID NOT NULL, 
	sender_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	announced_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	refusal TEXT, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_attachment PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_attachment_tenant_id_season_id FOREIGN KEY(tenant_id, season_id) REFERENCES season (tenant_id, id), 
	CONSTRAINT fk_attachment_tenant_id_case_id FOREIGN KEY(tenant_id, case_id) REFERENCES appeal (tenant_id, id), 
	CONSTRAINT fk_attachment_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES stored_file (tenant_id, id), 
	CONSTRAINT fk_attachment_tenant_id_sender_id FOREIGN KEY(tenant_id, sender_id) REFERENCES person (tenant_id, id), 
	CONSTRAINT ck_attachment_kind CHECK (kind IN ('application', 'authority', 'check', 'other')), 
	CONSTRAINT uq_attachment_tenant_id_file_id UNIQUE (tenant_id, file_id)
);

CREATE INDEX ix_attachment_tenant_id_case_id ON attachment (tenant_id, case_id);

CREATE INDEX ix_attachment_tenant_id_sender_id ON attachment (tenant_id, sender_id);

CREATE TABLE kit_item (
	kit_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	page INTEGER NOT NULL, 
	file_id UUID, 
	absent_reason TEXT, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_kit_item PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_kit_item_tenant_id_kit_id FOREIGN KEY(tenant_id, kit_id) REFERENCES kit (tenant_id, id), 
	CONSTRAINT fk_kit_item_tenant_id_file_id FOREIGN KEY(tenant_id, file_id) REFERENCES stored_file (tenant_id, id), 
	CONSTRAINT uq_kit_item_tenant_id_kit_id_kind_page UNIQUE (tenant_id, kit_id, kind, page)
);

CREATE TABLE conclusion_line (
	conclusion_id UUID NOT NULL, 
	task_type TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	was INTEGER NOT NULL, 
	proposed INTEGER NOT NULL, 
	criterion TEXT, 
	argument TEXT NOT NULL, 
	tenant_id INTEGER NOT NULL, 
	id UUID NOT NULL, 
	CONSTRAINT pk_conclusion_line PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_conclusion_line_tenant_id_conclusion_id FOREIGN KEY(tenant_id, conclusion_id) REFERENCES conclusion (tenant_id, id), 
	CONSTRAINT ck_conclusion_line_task_type CHECK (task_type IN ('A', 'B', 'C', 'D')), 
	CONSTRAINT uq_conclusion_line_tenant_id_conclusion_id_task_type_position UNIQUE (tenant_id, conclusion_id, task_type, position), 
	CONSTRAINT ck_conclusion_line_proposed CHECK (proposed >= 0)
);

GRANT SELECT, INSERT, UPDATE ON account TO app_rw;

GRANT SELECT ON account TO app_ops;

ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit_event FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON audit_event USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON audit_event TO app_rw;

GRANT SELECT ON audit_event TO app_ops;

ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit_head FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON audit_head USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT ON audit_head TO app_rw;

GRANT SELECT ON audit_head TO app_ops;

ALTER TABLE audit_checkpoint ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit_checkpoint FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON audit_checkpoint USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON audit_checkpoint TO app_rw;

GRANT SELECT ON audit_checkpoint TO app_ops;

ALTER TABLE audit_check ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit_check FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON audit_check USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON audit_check TO app_rw;

GRANT SELECT ON audit_check TO app_ops;

ALTER TABLE audit_view ENABLE ROW LEVEL SECURITY;

ALTER TABLE audit_view FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON audit_view USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON audit_view TO app_rw;

GRANT SELECT ON audit_view TO app_ops;

ALTER TABLE request_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE request_key FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON request_key USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON request_key TO app_rw;

GRANT SELECT ON request_key TO app_ops;

ALTER TABLE rule_set ENABLE ROW LEVEL SECURITY;

ALTER TABLE rule_set FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON rule_set USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE (used_at) ON rule_set TO app_rw;

GRANT SELECT ON rule_set TO app_ops;

ALTER TABLE calendar_version ENABLE ROW LEVEL SECURITY;

ALTER TABLE calendar_version FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON calendar_version USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON calendar_version TO app_rw;

GRANT SELECT ON calendar_version TO app_ops;

ALTER TABLE calendar_progress ENABLE ROW LEVEL SECURITY;

ALTER TABLE calendar_progress FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON calendar_progress USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON calendar_progress TO app_rw;

GRANT SELECT ON calendar_progress TO app_ops;

ALTER TABLE season ENABLE ROW LEVEL SECURITY;

ALTER TABLE season FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON season USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON season TO app_rw;

GRANT SELECT ON season TO app_ops;

GRANT SELECT ON tenant TO app_rw;

GRANT SELECT ON tenant TO app_ops;

ALTER TABLE address_count ENABLE ROW LEVEL SECURITY;

ALTER TABLE address_count FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON address_count USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON address_count TO app_rw;

GRANT SELECT ON address_count TO app_ops;

ALTER TABLE school_code_try ENABLE ROW LEVEL SECURITY;

ALTER TABLE school_code_try FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON school_code_try USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON school_code_try TO app_rw;

GRANT SELECT ON school_code_try TO app_ops;

ALTER TABLE used_login_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE used_login_code FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON used_login_code USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON used_login_code TO app_rw;

GRANT SELECT ON used_login_code TO app_ops;

GRANT SELECT, INSERT, UPDATE ON account_tenant TO app_rw;

GRANT SELECT ON account_tenant TO app_ops;

ALTER TABLE commission ENABLE ROW LEVEL SECURITY;

ALTER TABLE commission FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON commission USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON commission TO app_rw;

GRANT SELECT ON commission TO app_ops;

ALTER TABLE data_key ENABLE ROW LEVEL SECURITY;

ALTER TABLE data_key FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON data_key USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON data_key TO app_rw;

GRANT SELECT ON data_key TO app_ops;

ALTER TABLE exam ENABLE ROW LEVEL SECURITY;

ALTER TABLE exam FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON exam USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON exam TO app_rw;

GRANT SELECT ON exam TO app_ops;

ALTER TABLE import_batch ENABLE ROW LEVEL SECURITY;

ALTER TABLE import_batch FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON import_batch USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON import_batch TO app_rw;

GRANT SELECT ON import_batch TO app_ops;

ALTER TABLE number_counter ENABLE ROW LEVEL SECURITY;

ALTER TABLE number_counter FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON number_counter USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON number_counter TO app_rw;

GRANT SELECT ON number_counter TO app_ops;

ALTER TABLE organisation ENABLE ROW LEVEL SECURITY;

ALTER TABLE organisation FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON organisation USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON organisation TO app_rw;

GRANT SELECT ON organisation TO app_ops;

ALTER TABLE outbox_message ENABLE ROW LEVEL SECURITY;

ALTER TABLE outbox_message FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON outbox_message USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_message TO app_rw;

GRANT SELECT ON outbox_message TO app_ops;

ALTER TABLE person ENABLE ROW LEVEL SECURITY;

ALTER TABLE person FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON person USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON person TO app_rw;

GRANT SELECT ON person TO app_ops;

ALTER TABLE season_decision ENABLE ROW LEVEL SECURITY;

ALTER TABLE season_decision FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON season_decision USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON season_decision TO app_rw;

GRANT SELECT ON season_decision TO app_ops;

GRANT SELECT, INSERT, UPDATE, DELETE ON "session" TO app_rw;

GRANT SELECT ON "session" TO app_ops;

ALTER TABLE stored_file ENABLE ROW LEVEL SECURITY;

ALTER TABLE stored_file FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON stored_file USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON stored_file TO app_rw;

GRANT SELECT ON stored_file TO app_ops;

ALTER TABLE task ENABLE ROW LEVEL SECURITY;

ALTER TABLE task FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON task USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON task TO app_rw;

GRANT SELECT ON task TO app_ops;

ALTER TABLE expert ENABLE ROW LEVEL SECURITY;

ALTER TABLE expert FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON expert USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON expert TO app_rw;

GRANT SELECT ON expert TO app_ops;

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;

ALTER TABLE membership FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON membership USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON membership TO app_rw;

GRANT SELECT ON membership TO app_ops;

ALTER TABLE api_client ENABLE ROW LEVEL SECURITY;

ALTER TABLE api_client FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON api_client USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON api_client TO app_rw;

GRANT SELECT ON api_client TO app_ops;

ALTER TABLE api_token ENABLE ROW LEVEL SECURITY;

ALTER TABLE api_token FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON api_token USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON api_token TO app_rw;

GRANT SELECT ON api_token TO app_ops;

ALTER TABLE substitution ENABLE ROW LEVEL SECURITY;

ALTER TABLE substitution FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON substitution USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON substitution TO app_rw;

GRANT SELECT ON substitution TO app_ops;

ALTER TABLE representation ENABLE ROW LEVEL SECURITY;

ALTER TABLE representation FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON representation USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE (ended_at, ended_by, end_reason) ON representation TO app_rw;

GRANT SELECT ON representation TO app_ops;

ALTER TABLE sitting ENABLE ROW LEVEL SECURITY;

ALTER TABLE sitting FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON sitting USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON sitting TO app_rw;

GRANT SELECT ON sitting TO app_ops;

ALTER TABLE sms_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE sms_code FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON sms_code USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON sms_code TO app_rw;

GRANT SELECT ON sms_code TO app_ops;

ALTER TABLE phone_binding ENABLE ROW LEVEL SECURITY;

ALTER TABLE phone_binding FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON phone_binding USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON phone_binding TO app_rw;

GRANT SELECT ON phone_binding TO app_ops;

ALTER TABLE school_code ENABLE ROW LEVEL SECURITY;

ALTER TABLE school_code FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON school_code USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE, DELETE ON school_code TO app_rw;

GRANT SELECT ON school_code TO app_ops;

ALTER TABLE work ENABLE ROW LEVEL SECURITY;

ALTER TABLE work FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON work USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON work TO app_rw;

GRANT SELECT ON work TO app_ops;

ALTER TABLE appeal ENABLE ROW LEVEL SECURITY;

ALTER TABLE appeal FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON appeal USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON appeal TO app_rw;

GRANT SELECT ON appeal TO app_ops;

ALTER TABLE result ENABLE ROW LEVEL SECURITY;

ALTER TABLE result FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON result USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON result TO app_rw;

GRANT SELECT ON result TO app_ops;

ALTER TABLE work_check ENABLE ROW LEVEL SECURITY;

ALTER TABLE work_check FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON work_check USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON work_check TO app_rw;

GRANT SELECT ON work_check TO app_ops;

ALTER TABLE work_file ENABLE ROW LEVEL SECURITY;

ALTER TABLE work_file FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON work_file USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON work_file TO app_rw;

GRANT SELECT ON work_file TO app_ops;

ALTER TABLE appeal_transition ENABLE ROW LEVEL SECURITY;

ALTER TABLE appeal_transition FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON appeal_transition USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON appeal_transition TO app_rw;

GRANT SELECT ON appeal_transition TO app_ops;

ALTER TABLE approval ENABLE ROW LEVEL SECURITY;

ALTER TABLE approval FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON approval USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON approval TO app_rw;

GRANT SELECT ON approval TO app_ops;

ALTER TABLE assignment ENABLE ROW LEVEL SECURITY;

ALTER TABLE assignment FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON assignment USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON assignment TO app_rw;

GRANT SELECT ON assignment TO app_ops;

ALTER TABLE deadline ENABLE ROW LEVEL SECURITY;

ALTER TABLE deadline FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON deadline USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON deadline TO app_rw;

GRANT SELECT ON deadline TO app_ops;

ALTER TABLE deadline_move ENABLE ROW LEVEL SECURITY;

ALTER TABLE deadline_move FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON deadline_move USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON deadline_move TO app_rw;

GRANT SELECT ON deadline_move TO app_ops;

ALTER TABLE decision ENABLE ROW LEVEL SECURITY;

ALTER TABLE decision FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON decision USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON decision TO app_rw;

GRANT SELECT ON decision TO app_ops;

ALTER TABLE document ENABLE ROW LEVEL SECURITY;

ALTER TABLE document FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON document USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON document TO app_rw;

GRANT SELECT ON document TO app_ops;

ALTER TABLE hearing ENABLE ROW LEVEL SECURITY;

ALTER TABLE hearing FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON hearing USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON hearing TO app_rw;

GRANT SELECT ON hearing TO app_ops;

ALTER TABLE kit ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON kit USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON kit TO app_rw;

GRANT SELECT ON kit TO app_ops;

ALTER TABLE mark ENABLE ROW LEVEL SECURITY;

ALTER TABLE mark FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON mark USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON mark TO app_rw;

GRANT SELECT ON mark TO app_ops;

ALTER TABLE notice ENABLE ROW LEVEL SECURITY;

ALTER TABLE notice FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON notice USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON notice TO app_rw;

GRANT SELECT ON notice TO app_ops;

ALTER TABLE packet ENABLE ROW LEVEL SECURITY;

ALTER TABLE packet FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON packet USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON packet TO app_rw;

GRANT SELECT ON packet TO app_ops;

ALTER TABLE break_glass ENABLE ROW LEVEL SECURITY;

ALTER TABLE break_glass FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON break_glass USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON break_glass TO app_rw;

GRANT SELECT ON break_glass TO app_ops;

ALTER TABLE conflict_of_interest ENABLE ROW LEVEL SECURITY;

ALTER TABLE conflict_of_interest FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON conflict_of_interest USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON conflict_of_interest TO app_rw;

GRANT SELECT ON conflict_of_interest TO app_ops;

ALTER TABLE suspension ENABLE ROW LEVEL SECURITY;

ALTER TABLE suspension FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON suspension USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON suspension TO app_rw;

GRANT SELECT ON suspension TO app_ops;

ALTER TABLE interest_statement ENABLE ROW LEVEL SECURITY;

ALTER TABLE interest_statement FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON interest_statement USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON interest_statement TO app_rw;

GRANT SELECT ON interest_statement TO app_ops;

ALTER TABLE vote ENABLE ROW LEVEL SECURITY;

ALTER TABLE vote FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON vote USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON vote TO app_rw;

GRANT SELECT ON vote TO app_ops;

ALTER TABLE conclusion ENABLE ROW LEVEL SECURITY;

ALTER TABLE conclusion FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON conclusion USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON conclusion TO app_rw;

GRANT SELECT ON conclusion TO app_ops;

ALTER TABLE decision_line ENABLE ROW LEVEL SECURITY;

ALTER TABLE decision_line FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON decision_line USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON decision_line TO app_rw;

GRANT SELECT ON decision_line TO app_ops;

ALTER TABLE attachment ENABLE ROW LEVEL SECURITY;

ALTER TABLE attachment FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON attachment USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON attachment TO app_rw;

GRANT SELECT ON attachment TO app_ops;

ALTER TABLE kit_item ENABLE ROW LEVEL SECURITY;

ALTER TABLE kit_item FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON kit_item USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT, UPDATE ON kit_item TO app_rw;

GRANT SELECT ON kit_item TO app_ops;

ALTER TABLE conclusion_line ENABLE ROW LEVEL SECURITY;

ALTER TABLE conclusion_line FORCE ROW LEVEL SECURITY;

CREATE POLICY tenant ON conclusion_line USING (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int)) WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.tenant', true), '')::int));

GRANT SELECT, INSERT ON conclusion_line TO app_rw;

GRANT SELECT ON conclusion_line TO app_ops;

CREATE POLICY relay ON task TO app_relay USING (true) WITH CHECK (true);

GRANT SELECT (tenant_id, id, job, state, sends, next_at), UPDATE (state, sends, next_at) ON task TO app_relay;

ALTER TABLE task SET (autovacuum_vacuum_scale_factor = 0.02);

GRANT SELECT ON alembic_version TO app_rw, app_ops;

-- An import ends with ANALYZE of what it filled: foreign keys checked on empty statistics take minutes (measured).
GRANT MAINTAIN ON person, work, result, stored_file TO app_rw;

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
        VALUES (NEW.tenant_id, '00000000-0000-0000-0000-000000000000', 0, '\x')
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

-- No value is committed under a data key that does not stand: a process may hold keys that were destroyed meanwhile.
-- The row's lock lasts until the writer's commit, so whoever destroys a key waits for the writers, and then looks again.
-- What belongs to a case is under the case's own key, which stands with the season's of the same version.
-- The key that this transaction holds already is not looked for again: an import has it for every row.
CREATE FUNCTION sealed_under_a_key() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public
    AS $$
DECLARE
    sealed bytea[];
    value bytea;
    version int;
    of_case uuid;
    this_key text;
    held text := coalesce(current_setting('apella.key_held', true), '');
BEGIN
    IF TG_TABLE_NAME = 'person' THEN
        sealed := ARRAY[NEW.document_cipher, NEW.phone_cipher, NEW.email_cipher];
    ELSIF TG_TABLE_NAME = 'appeal' THEN
        sealed := ARRAY[NEW.contact_phone_cipher, NEW.contact_email_cipher];
        of_case := NEW.id;
    ELSIF TG_TABLE_NAME = 'sms_code' THEN
        sealed := ARRAY[NEW.code_cipher, NEW.phone_cipher];
    ELSIF TG_TABLE_NAME = 'phone_binding' THEN
        sealed := ARRAY[NEW.phone_cipher, NEW.old_phone_cipher, NEW.code_cipher];
    ELSIF TG_TABLE_NAME = 'representation' THEN
        sealed := ARRAY[NEW.paper_cipher];
    ELSE
        sealed := ARRAY[NEW.address_cipher, NEW.text_cipher];
        of_case := NEW.case_id;
    END IF;
    FOREACH value IN ARRAY sealed LOOP
        CONTINUE WHEN value IS NULL;
        version := get_byte(value, 1) * 256 + get_byte(value, 2);
        this_key := NEW.tenant_id || ' ' || NEW.season_id || ' ' || coalesce(of_case::text, '') || ' ' || version;
        IF this_key <> held THEN
            PERFORM 1 FROM data_key k WHERE k.tenant_id = NEW.tenant_id AND k.season_id = NEW.season_id
                AND k.case_id IS NULL AND k.key_version = version FOR KEY SHARE;
            IF FOUND AND of_case IS NOT NULL THEN
                PERFORM 1 FROM data_key k WHERE k.tenant_id = NEW.tenant_id AND k.case_id = of_case
                    AND k.key_version = version FOR KEY SHARE;
            END IF;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no data key % stands', version USING ERRCODE = 'serialization_failure';
            END IF;
            held := this_key;
            PERFORM set_config('apella.key_held', held, true);
        END IF;
    END LOOP;
    RETURN NEW;
END $$;

CREATE TRIGGER sealed_under_a_key BEFORE INSERT OR UPDATE OF document_cipher, phone_cipher, email_cipher ON person
    FOR EACH ROW EXECUTE FUNCTION sealed_under_a_key();
CREATE TRIGGER sealed_under_a_key BEFORE INSERT OR UPDATE OF contact_phone_cipher, contact_email_cipher ON appeal
    FOR EACH ROW EXECUTE FUNCTION sealed_under_a_key();
CREATE TRIGGER sealed_under_a_key BEFORE INSERT OR UPDATE OF code_cipher, phone_cipher ON sms_code
    FOR EACH ROW EXECUTE FUNCTION sealed_under_a_key();
CREATE TRIGGER sealed_under_a_key BEFORE INSERT OR UPDATE OF phone_cipher, old_phone_cipher, code_cipher
    ON phone_binding FOR EACH ROW EXECUTE FUNCTION sealed_under_a_key();
CREATE TRIGGER sealed_under_a_key BEFORE INSERT OR UPDATE OF paper_cipher ON representation
    FOR EACH ROW EXECUTE FUNCTION sealed_under_a_key();
CREATE TRIGGER sealed_under_a_key BEFORE INSERT OR UPDATE OF address_cipher, text_cipher ON outbox_message
    FOR EACH ROW EXECUTE FUNCTION sealed_under_a_key();
