"""Terms of the Procedure as a region's table would hold them, and what they are counted with."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jsonschema import Draft202012Validator

from apella.calendar.working import WorkCalendar
from apella.deadlines.reading import load_terms
from apella.deadlines.terms import Term

TERMS = """
["score.filing"]
title = "Подача апелляции о несогласии с выставленными баллами"
clauses = ["federal:100.1"]
start_event = "results_announced"
length = 2
unit = "working_day"
week = 5
hardness = "refuse"
owed_by = "participant"
action = "file"

["score.withdrawal"]
title = "Отзыв апелляции"
sources = ["core:E17"]
combine = "earliest"
hardness = "refuse"
owed_by = "participant"
action = "withdraw"
parts = [
    { id = "next_day", start_event = "filed", length = 1, unit = "working_day", week = 5 },
    { id = "hearing", start_event = "hearing_day", unit = "date" },
]

["score.forwarding"]
title = "Передача апелляции в комиссию"
clauses = ["federal:100.12"]
start_event = "accepted"
length = 1
unit = "working_day"
week = 5
hardness = "breach"
owed_by = "school_operator"
action = "forward"

["score.consideration"]
title = "Рассмотрение апелляции"
clauses = ["federal:102.3"]
start_event = "registered"
length = 4
unit = "working_day"
week = 5
hardness = "breach"
owed_by = "secretary"
action = "decide"

["procedure.filing"]
title = "Подача апелляции о нарушении Порядка"
clauses = ["federal:99.1"]
start_event = "exam_day"
length = 0
unit = "calendar_day"
hardness = "refuse"
owed_by = "participant"
action = "file"

["procedure.forwarding"]
title = "Передача апелляции о нарушении Порядка в комиссию"
clauses = ["federal:99.8"]
start_event = "accepted"
length = 0
unit = "calendar_day"
hardness = "breach"
owed_by = "exam_commission_member"
action = "forward"

["procedure.consideration"]
title = "Рассмотрение апелляции о нарушении Порядка"
clauses = ["federal:99.13"]
start_event = "registered"
length = 2
unit = "working_day"
week = 5
hardness = "breach"
owed_by = "secretary"
action = "decide"

["hearing.announcement"]
title = "Сообщение о времени и месте рассмотрения"
clauses = ["federal:98.6"]
start_event = "hearing_day"
length = 1
unit = "working_day"
direction = "backward"
week = 5
hardness = "breach"
owed_by = "secretary"
action = "schedule"

["hearing.mailing"]
title = "Рассылка до вечера дня после окончания приёма и за рабочий день до рассмотрения"
clauses = ["federal:98.6"]
combine = "earliest"
hardness = "breach"
owed_by = "data_centre_operator"
action = "notify"
parts = [
    { id = "evening", start_event = "filing_closed", length = 1, unit = "calendar_day", cutoff = "19:00" },
    { id = "eve", direction = "backward", start_event = "hearing_day", length = 1, unit = "working_day", week = 5 },
]

["protocol.handover"]
title = "Передача протокола"
clauses = ["federal:102.4"]
sources = ["core:E3"]
start_event = "decided"
length = 1
unit = "calendar_day"
hardness = "breach"
owed_by = "secretary"
action = "hand_over"

["recalculation.dispatch"]
title = "Отправка протокола на пересчёт"
clauses = ["federal:102.6"]
start_event = "handed_over"
length = 2
unit = "calendar_day"
hardness = "breach"
owed_by = "data_centre_operator"
action = "dispatch"

["recalculation.federal"]
title = "Пересчёт результата"
clauses = ["federal:102.8"]
start_event = "dispatched"
length = 5
unit = "working_day"
week = 5
hardness = "breach"
owed_by = "data_centre_operator"
action = "record_recalculated"

["approval.submission"]
title = "Представление результатов на утверждение"
clauses = ["federal:102.9"]
start_event = "recalculated"
length = 1
unit = "calendar_day"
hardness = "breach"
owed_by = "data_centre_operator"
action = "submit_for_approval"

["decision.notice"]
title = "Сообщение о решении"
sources = ["core:E16"]
start_event = "decided"
length = 3
unit = "working_day"
week = 5
hardness = "breach"
owed_by = "secretary"
action = "notify"

["season.information"]
title = "Сведения о сроках и местах подачи"
sources = ["core:E1"]
start_event = "exam_day"
length = 1
unit = "month"
direction = "backward"
hardness = "advice"
owed_by = "tenant_admin"
action = "publish"

["video.joining"]
title = "Ожидание неявившегося"
sources = ["core:C13"]
start_event = "hearing_day"
length = 15
unit = "minute"
hardness = "advice"
owed_by = "secretary"
action = "open_hearing"
"""


@pytest.fixture(scope="session")
def table() -> Mapping[str, Any]:
    return tomllib.loads(TERMS)


@pytest.fixture(scope="session")
def terms(table: Mapping[str, Any]) -> dict[str, Term]:
    return load_terms(table)


@pytest.fixture(scope="session")
def calendar() -> WorkCalendar:
    return WorkCalendar()


@pytest.fixture(scope="session")
def zone() -> ZoneInfo:
    return ZoneInfo("Europe/Moscow")


@pytest.fixture(scope="session")
def contract() -> Draft202012Validator:
    """The schema of `apella deadline explain --json`, as other programs hold it."""
    schema = json.loads(Path(__file__).with_name("explain.schema.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema)
