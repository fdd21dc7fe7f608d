"""Two made-up tenants out of tables alone: whatever a shipped region changes, tests of the core stay as they are.

`NORTH` has every kind of door and follows the federal Procedure in all else; `SOUTH` is the stranger that isolation is
tried on, with remote sites that the secretary chooses by hand, a stricter choice of experts and codes on paper.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

NORTH: Final = "north"
SOUTH: Final = "south"

_TENANT = """
slug = "{slug}"
id = {number}
region_code = "{code}"
zone = "{zone}"
time_caption = "{caption}"

[title]
nominative = "{stem}ый край"
genitive = "{stem}ого края"
dative = "{stem}ому краю"
accusative = "{stem}ый край"
instrumental = "{stem}ым краем"
prepositional = "{stem}ом крае"

[contacts]
address = "г. Примерск, Набережная ул., д. 1"
phone = "+7 (900) 000-00-{code}"
email = "apell@{slug}.example"
teaching = true
clauses = ["core:E1"]
"""

_CHANNEL = """
[[channel]]
kind = "{kind}"
code = "{code}"
title = "{title}"
categories = [{categories}]
applicants = ["participant", "parent"]
operator = "{operator}"
{forwarding}
receipt_event = "{receipt}"
required_fields = [{fields}]
copies = 1
form = "{form}"
{more}
closes_with_office = false
clauses = ["federal:100.4"]
"""


def _channel(
    kind: str,
    code: str,
    operator: str,
    *,
    categories: tuple[str, ...] = ("student", "extern"),
    fields: tuple[str, ...] = ("presence",),
    forwarding: str = "",
    form: str = "1-AP",
    more: str = "",
) -> str:
    term = f'forwarding = [{{ role = "{forwarding}", term = "{kind}.forwarding" }}]' if forwarding else ""
    return _CHANNEL.format(
        kind=kind,
        code=code,
        title=f"Учебная дверь {code}",
        categories=", ".join(f'"{category}"' for category in categories),
        operator=operator,
        forwarding=term,
        receipt="registered" if forwarding else "filed",
        fields=", ".join(f'"{name}"' for name in fields),
        form=form,
        more=more,
    )


_POINT = _channel(
    "procedure",
    "exam_point",
    "exam_commission_member",
    categories=("student", "extern", "earlier_graduate"),
    fields=("presence", "statement"),
    forwarding="exam_commission_member",
    form="PPE-02",
)

_NORTH_CHANNELS = "".join(
    (
        _channel(
            "score",
            "portal",
            "participant",
            fields=("phone", "presence", "forms_confirmed", "positions"),
            more='decision = "electronic_filing"',
        ),
        _channel("score", "school_desk", "school_operator", forwarding="school_operator"),
        _channel("score", "queue_clerk", "queue_clerk"),
        _channel(
            "score",
            "municipal_desk",
            "municipal_operator",
            categories=("earlier_graduate",),
            forwarding="municipal_operator",
        ),
        _POINT,
    )
)

_SOUTH_CHANNELS = "".join(
    (
        _channel("score", "portal", "participant", more='decision = "electronic_filing"'),
        _channel("score", "queue_clerk", "queue_clerk", categories=("student", "extern", "earlier_graduate")),
        _POINT,
    )
)

_WITHDRAWAL = """
applicants = ["participant", "parent"]
score_doors = ["portal", "school_desk", "municipal_desk", "queue_clerk"]
procedure_doors = ["portal", "exam_point"]
clauses = ["core:E17"]
"""

_DECISION = """
[[decision]]
code = "{code}"
kinds = ["score"]
act_number = "учебное-{number}"
act_date = 2026-05-15
title = "Учебное решение {number}"
"""

_SOUTH_SITES = (
    "code;kind;name;host;address;alias;teaching;clauses\n"
    "main;main;Комиссия;Министерство;г. Южный;;да;core:E1\n"
    "east;remote;Восток;Школа № 1;г. Восточный;;да;core:E1\n"
)

_SOUTH_EXPERT = """
statuses = ["lead", "senior"]
status_of_this_year = true
experience = ["first_second", "third"]
chair_may_be_expert = false
proposed_by = "subject_chair"
clauses = ["core:A15"]
"""

_SOUTH_COMMISSION = """
[votes]
quorum_numerator = 2
quorum_denominator = 3
majority = "present"
tie = "rejected"
open = true
clauses = ["core:A37"]

[conflict]
reading = "open"
clauses = ["core:D7"]

[composition]
roles = ["chair", "deputy_chair", "secretary", "member"]
approved_by = "ministry"
relatives = false
statement = true
clauses = ["core:A5"]
"""

_REMOTE = """
video_system = "учебная видеосвязь"
clauses = ["federal:100.7"]

[modes]
score = ["remote"]
procedure = ["on_site"]
remote_decision = "remote_hearing"
clauses = ["federal:100.7"]
"""

_PAPER_CODES = """
[sign_in]
participants = "school_code"
school_code_days = 7
clauses = ["core:B7"]
"""

_DECISIONS = "".join(
    _DECISION.format(code=code, number=number) for number, code in enumerate(("electronic_filing", "remote_hearing"), 1)
)

_TABLES: Final = {
    NORTH: {
        "tenant.toml": _TENANT.format(
            slug=NORTH, number=901, code="91", zone="Asia/Yekaterinburg", caption="время края, UTC+5", stem="Северн"
        ),
        "channels.toml": _NORTH_CHANNELS,
        "withdrawal.toml": _WITHDRAWAL,
        "demo_decisions.toml": _DECISIONS,
    },
    SOUTH: {
        "tenant.toml": _TENANT.format(
            slug=SOUTH, number=902, code="92", zone="Asia/Vladivostok", caption="время края, UTC+10", stem="Южн"
        )
        + _PAPER_CODES,
        "channels.toml": _SOUTH_CHANNELS,
        "withdrawal.toml": _WITHDRAWAL.replace('"school_desk", "municipal_desk", ', ""),
        "demo_decisions.toml": _DECISION.format(code="remote_hearing", number=1),
        "sites.csv": _SOUTH_SITES,
        "expert.toml": _SOUTH_EXPERT,
        "commission.toml": _SOUTH_COMMISSION,
        "hearing.toml": _REMOTE,
    },
}


def write_tenants(folder: Path) -> Path:
    """Write both tenants' tables into the folder, for `APELLA_TENANTS`; gives the folder."""
    for slug, tables in _TABLES.items():
        (folder / slug).mkdir(parents=True, exist_ok=True)
        for name, text in tables.items():
            (folder / slug / name).write_text(text, encoding="utf-8")
    return folder
