"""What becomes of every column when personal data are erased: a test finds each column that can hold a text in it.

What reports need stays: states, subjects, decisions, marks, times, numbers of the journal and of acts, who of the staff
did what. People's names, documents, contacts, what they wrote and what was written about them do not.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

TOMBSTONE: Final = "личные данные стёрты"
"""What stands where a text was, whether a term ended or somebody asked; no column asks for a longer sentence."""


class Of(enum.StrEnum):
    """Whose rows: a table's column leads to ids of one of these."""

    SEASON = "season"
    PERSON = "person"
    """With a participant go those who represent nobody else."""
    OUTSIDER = "outsider"
    """A person who is not of the staff: a participant, a parent, a proxy."""
    CASE = "case"
    WORK = "work"
    RESULT = "result"
    DECISION = "decision"
    CONCLUSION = "conclusion"
    FILE = "file"


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The rows of `table` whose `column` is one `of` those ids.

    Of such a row `texts` get the tombstone (NULL stays NULL), `empty` become NULL, `ids` become the row's own id, which
    keeps unique columns unique; or the row goes. Rows of a whole season are not touched for one person's sake.
    """

    table: str
    column: str
    of: Of
    texts: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    goes: bool = False


PLAN: Final = (
    # Kept answers, codes and messages first: they lead to the people.
    Rows(table="request_key", column="person_id", of=Of.PERSON, goes=True),
    Rows(table="sms_code", column="season_id", of=Of.SEASON, goes=True),
    Rows(table="sms_code", column="person_id", of=Of.PERSON, goes=True),
    Rows(table="phone_binding", column="person_id", of=Of.PERSON, goes=True),
    Rows(table="school_code", column="person_id", of=Of.PERSON, goes=True),
    Rows(table="outbox_message", column="season_id", of=Of.SEASON, goes=True),
    Rows(table="outbox_message", column="case_id", of=Of.CASE, goes=True),
    Rows(table="membership", column="person_id", of=Of.OUTSIDER, goes=True),
    Rows(table="notice", column="case_id", of=Of.CASE, texts=("text",)),
    Rows(
        table="appeal",
        column="id",
        of=Of.CASE,
        texts=("statement", "check_conclusion", "admitted_late_reason", "close_reason"),
        empty=("contact_phone_cipher", "contact_email_cipher", "outside_number"),
    ),
    Rows(table="appeal_transition", column="case_id", of=Of.CASE, texts=("reason",)),
    Rows(table="decision", column="case_id", of=Of.CASE, texts=("reason",)),
    Rows(table="decision_line", column="decision_id", of=Of.DECISION, texts=("reason",)),
    Rows(table="vote", column="case_id", of=Of.CASE, texts=("reason",)),
    Rows(table="conclusion", column="case_id", of=Of.CASE, texts=("summary",)),
    Rows(table="conclusion_line", column="conclusion_id", of=Of.CONCLUSION, texts=("argument",)),
    Rows(table="conflict_of_interest", column="case_id", of=Of.CASE, texts=("ground", "lift_reason")),
    Rows(table="break_glass", column="case_id", of=Of.CASE, texts=("reason",)),
    Rows(
        table="representation",
        column="participant_id",
        of=Of.PERSON,
        texts=("end_reason",),
        empty=("paper_cipher",),
    ),
    Rows(table="substitution", column="season_id", of=Of.SEASON, texts=("reason",)),
    Rows(table="mark", column="result_id", of=Of.RESULT, empty=("answer",)),
    Rows(table="work", column="id", of=Of.WORK, ids=("code",)),
    Rows(table="stored_file", column="id", of=Of.FILE, texts=("file_name",)),
    Rows(
        table="person",
        column="id",
        of=Of.PERSON,
        empty=(
            "document_cipher",
            "document_index",
            "phone_cipher",
            "phone_index",
            "email_cipher",
            "email_index",
        ),
    ),
    Rows(
        table="person",
        column="id",
        of=Of.OUTSIDER,
        texts=("surname", "given_name", "patronymic", "sort_key"),
        ids=("login",),
    ),
    Rows(table="data_key", column="case_id", of=Of.CASE, goes=True),
    Rows(table="data_key", column="season_id", of=Of.SEASON, goes=True),
)
"""In the order in which it is done."""

STAYS: Final = {
    "account": "iss sub: the provider's own id, which leads to nobody when the memberships are gone",
    "account_tenant": "slug: a tenant",
    "address_count": "prefix_index: a keyed hash of a network, gone within the day",
    "api_client": "client_id secret_hash previous_hash: a program",
    "api_token": "token_hash: a program's, for minutes",
    "appeal": "rule_version channel receipt_number journal_number wished_site_code disputed: codes and numbers",
    "appeal_transition": "actor_login role act: codes and acts; of outsiders their kind alone",
    "approval": "act_number: an act",
    "audit_check": "hash findings: ids and hashes",
    "audit_checkpoint": "hash why signed: ids and hashes",
    "audit_event": "actor_login role tag subject_type changes reason prev_hash hash: never changed; ids and codes only",
    "audit_head": "hash: a hash",
    "audit_view": "what: a code, gone within the day",
    "calendar_version": "content change title note file_name proposed_login decided_login decision_reason reopen held: "
    "days off",
    "commission": "code: a code",
    "conclusion_line": "criterion: a code",
    "deadline": "term title action clauses hardness calendar_version explanation met_by: rules and dates",
    "decision_line": "criterion: a code",
    "document": "form title sha256: which form it was",
    "exam": "subject_code: a code",
    "expert": "code subject_code: the roster of the staff",
    "hearing": "site_code place: a site",
    "import_batch": "manifest_sha256 counts imported_by: how many rows, entered by whom of the staff",
    "attachment": "refusal: a sentence of the platform's own",
    "kit": "route: codes",
    "kit_item": "kind absent_reason: what the kit held",
    "mark": "task criterion: codes",
    "membership": "exam_point_code subject_code: of the staff",
    "notice": "event occasion: codes",
    "organisation": "code name territory address: a body",
    "packet": "manifest_sha256: a hash",
    "representation": "issuer form_code subject_code powers: codes",
    "rule_set": "version content plugin_version: rules",
    "school_code_try": "document_index: a keyed hash, gone within the day",
    "season": "code period title rule_version: the season",
    "season_decision": "code act_number: an act",
    "session": "token_hash sid tenants refresh_cipher: gone within the day",
    "stored_file": "key kind content_type sha256: where the bytes were",
    "substitution": "act_number: an act",
    "suspension": "act_number end_act_number: acts",
    "task": "job args dedup_key last_error: ids and codes",
    "tenant": "slug: a tenant",
    "used_login_code": "code_id: gone within minutes",
    "vote": "site_code: a code",
    "work": "room variant_code annulled_act_number: codes and acts",
    "work_check": "expert_code: the roster of the staff",
    "work_file": "kind: a code",
}
"""Table -> its columns that stay, and what they are."""
