"""Which form a verb has; a verb that is not named here has the plain form of its schema."""

from __future__ import annotations

from collections.abc import Mapping

from apella.casework.pages.acts.base import ActForm
from apella.casework.pages.acts.commission import DecideForm, VoteForm
from apella.casework.pages.acts.experts import AssignForm, ConcludeForm
from apella.casework.pages.acts.hearings import OpenHearingForm, ReceiveKitForm, ScheduleForm
from apella.casework.pages.acts.plain import AcceptWithdrawalForm, PlainForm, RefuseForm, SuspendForm

FORMS: Mapping[str, ActForm] = {
    "refuse": RefuseForm(),
    "accept_withdrawal": AcceptWithdrawalForm(),
    "suspend": SuspendForm(),
    "receive_kit": ReceiveKitForm(),
    "assign_expert": AssignForm(),
    "conclude": ConcludeForm(),
    "schedule": ScheduleForm(),
    "reschedule": ScheduleForm(),
    "open_hearing": OpenHearingForm(),
    "vote": VoteForm(),
    "decide": DecideForm(),
}
PLAIN = PlainForm()


def form_of(action: str) -> ActForm:
    """The form of a verb."""
    return FORMS.get(action, PLAIN)
