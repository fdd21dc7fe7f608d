"""Appeals that have arrived before somebody enters them: by open mail, through an outside portal; pure.

The day of arrival counts as the day of filing and of receipt, on a weekend too (readings C5, E2).
"""

from __future__ import annotations

import re
from datetime import datetime

from apella.errors import Malformed
from apella.regions.codes import ChannelCode
from apella.regions.values.filing import Channel

OUTSIDE_NUMBER = re.compile(r"[0-9A-Za-zА-Яа-яЁё][0-9A-Za-zА-Яа-яЁё №/._-]{0,39}")
"""What an outside portal calls an application: a number, no text in which a person could be named."""


def filing_moment(
    channel: Channel, *, arrived_at: datetime | None, outside_number: str | None, now: datetime
) -> datetime:
    """Say when an appeal at this door is filed: `now`, or at a door with arrivals the time that was given.

    Raises Malformed where a time or a number is missing, wrong, or given at a door that has none.
    """
    numbered = channel.code is ChannelCode.EXTERNAL_PORTAL
    fields: dict[str, str] = {}
    if not channel.dated:
        if arrived_at is not None:
            fields["filed_at"] = "Время подачи у этого канала ставит система: уберите его"
    elif arrived_at is None:
        fields["filed_at"] = "Укажите день и время, когда апелляция поступила"
    elif arrived_at > now:
        fields["filed_at"] = "Это время ещё не наступило"
    if numbered and not OUTSIDE_NUMBER.fullmatch(outside_number or ""):
        fields["outside_number"] = "Укажите номер заявления на внешнем портале: до 40 букв, цифр и знаков"
    if not numbered and outside_number is not None:
        fields["outside_number"] = "Внешнего номера у этого канала нет: уберите его"
    if fields:
        raise Malformed("Проверьте заявление: заполнено не всё.", code="filing.fields", fields=fields)
    return now if arrived_at is None else arrived_at
