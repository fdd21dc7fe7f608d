"""The plot: which cases are played, and how each goes from filing to its end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from apella.story.stage import Person, Stage, StoryFailed
from apella.story.telling import Tale

VOTERS = 3


@dataclass(frozen=True, kw_only=True)
class Part:
    """One score case: how it ends, and whether the appellant comes."""

    ending: str
    comes: bool = True


PARTS = (
    Part(ending="rejected"),
    Part(ending="satisfied_up"),
    Part(ending="satisfied_down"),
    Part(ending="withdrawn"),
    Part(ending="rejected", comes=False),
)
"""The score appeals of every region; the fifth is considered in absence."""


def play(url: str, tenant: str, *, seed: int = 7, participants: int = 24) -> dict[str, Any]:
    """Play the story of a tenant at this address and tell it. Raises StoryFailed, NotEmbedded."""
    stage = Stage(url, tenant, seed=seed, participants=participants)
    stage.move_clock(stage.now + timedelta(minutes=30))
    candidates = _candidates(stage, _doors(stage, "score"))
    scores = [(part, _file_score(stage, next(candidates), part)) for part in PARTS]
    for part, tale in scores:
        _bring_in(stage, tale)
        if part.ending == "withdrawn":
            tale.act(stage.staff("secretary"), "request_kit")
            _withdraw(stage, tale)
    heard = [(part, tale) for part, tale in scores if part.ending != "withdrawn"]
    for _, tale in heard:
        _prepare(stage, tale)
    _schedule(stage, [tale for _, tale in heard])
    procedure = _file_procedure(stage)
    heard.append((Part(ending="satisfied"), procedure))
    for part, tale in sorted(heard, key=lambda pair: _hearing_at(pair[1])):
        _hear(stage, tale, part)
    _end(stage, [tale for _, tale in heard if tale.kind == "score"])
    return {"tenant": tenant, "cases": [tale.as_json() for tale in (*(tale for _, tale in scores), procedure)]}


def _doors(stage: Stage, kind: str) -> list[dict[str, Any]]:
    """The open doors of the region that somebody of the cast stands at."""
    channels = stage.get(stage.staff("secretary"), "/channels")
    found = [
        channel
        for channel in channels
        if channel["kind"] == kind
        and channel["open"]
        and "student" in channel["categories"]
        and (channel["operator"] == "participant" or stage.has(channel["operator"]))
    ]
    if not found:
        raise StoryFailed("В регионе нет открытого канала подачи.", code="story.no_door")
    return found


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A work that may be appealed now, and the door for it."""

    person: Person
    index: int
    door: dict[str, Any]
    work: dict[str, Any]


def _candidates(stage: Stage, doors: list[dict[str, Any]]) -> Iterator[Candidate]:
    """Works whose window is open, one per participant, the doors in turn."""
    taken = 0
    for index, someone in enumerate(stage.participants):
        for turn in range(len(doors)):
            door = doors[(taken + turn) % len(doors)]
            person = stage.participant(index) if door["operator"] == "participant" else stage.staff(door["operator"])
            works = _works(stage, person, someone["login"])
            now = datetime.fromisoformat(stage.get(person, "/me")["now"])
            fitting = [work for work in works if _open(work, now)]
            if fitting:
                taken += 1
                yield Candidate(person=person, index=index, door=door, work=fitting[0])
                break
    raise StoryFailed("Не хватило участников с открытым сроком подачи.", code="story.no_candidates")


def _works(stage: Stage, person: Person, code: str) -> list[dict[str, Any]]:
    """The works that somebody sees: the own ones, or those of the participant with this registration code."""
    if person.login == code:
        own: list[dict[str, Any]] = stage.get(person, "/works")
        return own
    return stage.try_post(person, "/works/search", {"participant": code}) or []


def _open(work: dict[str, Any], now: datetime) -> bool:
    if work["opens"] is None or work["due"] is None or work["test_score"] is None or not _extended(work):
        return False
    return datetime.fromisoformat(work["opens"]) <= now < datetime.fromisoformat(work["due"])


def _extended(work: dict[str, Any]) -> list[str]:
    """The positions of a work that experts scored."""
    return [code for code in work["positions"] if code[0] in "CD"]


def _file_score(stage: Stage, candidate: Candidate, part: Part) -> Tale:
    wanted = candidate.door["required_fields"]
    someone = stage.participants[candidate.index]
    body: dict[str, Any] = {
        "kind": "score",
        "channel": candidate.door["code"],
        "work_id": candidate.work["id"],
        "presence": {"participant": part.comes},
        "disputed": [_extended(candidate.work)[0]] if "positions" in wanted else [],
        "forms_confirmed": True if "forms_confirmed" in wanted else None,
        "phone": someone["phone"] if "phone" in wanted else None,
        "email": "appellant@example.ru" if "email" in wanted else None,
        **_arrival(stage, candidate),
    }
    case = stage.post(candidate.person, "/appeals", body)
    tale = Tale(stage=stage, case_id=case["id"], kind="score")
    tale.note(candidate.person, "file")
    return tale


def _arrival(stage: Stage, candidate: Candidate) -> dict[str, Any]:
    """When and under which number it came, at a door where an appeal has arrived before it is entered."""
    if not candidate.door["dated"]:
        return {}
    arrived = max(datetime.fromisoformat(candidate.work["opens"]), stage.now - timedelta(minutes=20))
    number = f"ВП-{candidate.index + 1:04d}" if candidate.door["code"] == "external_portal" else None
    return {"filed_at": arrived.isoformat(), "outside_number": number}


def _bring_in(stage: Stage, tale: Tale, **conclusion: str) -> None:
    """Take a case from a door with forwarding to the journal, from hand to hand."""
    if tale.case()["state"] != "in_transit":
        return
    while (hand := _hand(tale, "forward")) is not None:
        _certify(stage, tale, stage.staff(hand))
        tale.act(stage.staff(hand), "forward", **conclusion)
    tale.act(stage.staff("secretary"), "register")


def _certify(stage: Stage, tale: Tale, person: Person) -> None:
    """Sign every copy of the paper, where the region wants that done before it is handed on."""
    case = stage.get(person, f"/appeals/{tale.case_id}")
    if "certify" not in case["actions"]:
        return
    doors = stage.get(person, "/channels")
    copies = next(door["copies"] for door in doors if (door["kind"], door["code"]) == (case["kind"], case["channel"]))
    tale.act(person, "certify", copies=copies)


def _hand(tale: Tale, action: str) -> str | None:
    """The role that has to hand the paper, or the withdrawal, on; None when it has come to the commission."""
    return next((str(owed["owed_by"]) for owed in tale.case()["next"] if owed["action"] == action), None)


def _withdraw(stage: Stage, tale: Tale) -> None:
    """Take the appeal back: in the cabinet where that is a door, else by paper that the door accepts."""
    filer = tale.steps[0]
    if filer["role"] == "participant":
        index = next(i for i, someone in enumerate(stage.participants) if someone["login"] == filer["actor"])
        person = stage.participant(index)
        if "withdraw" in stage.get(person, f"/appeals/{tale.case_id}")["actions"]:
            tale.act(person, "withdraw")
            return
    person = stage.by_login(filer["actor"], filer["role"])
    if "accept_withdrawal" in stage.get(person, f"/appeals/{tale.case_id}")["actions"]:
        today = stage.now.astimezone(stage.zone).date().isoformat()
        tale.act(person, "accept_withdrawal", application_date=today, application_by="participant")
        while (hand := _hand(tale, "forward_withdrawal")) is not None:
            tale.act(stage.staff(hand), "forward_withdrawal")
        tale.act(stage.staff("secretary"), "withdraw")
        return
    tale.act(_appellant(stage, tale), "withdraw")


def _appellant(stage: Stage, tale: Tale) -> Person:
    """The appellant, whoever entered the application: the one participant who sees the case."""
    for index in range(len(stage.participants)):
        person = stage.participant(index)
        if stage.try_get(person, f"/appeals/{tale.case_id}") is not None:
            return person
    raise StoryFailed("Апеллянт не нашёлся.", code="story.no_appellant")


def _prepare(stage: Stage, tale: Tale) -> None:
    """Get the kit, an expert who never checked the work, and the conclusion."""
    secretary = stage.staff("secretary")
    tale.act(secretary, "request_kit")
    tale.act(stage.staff("data_centre_operator"), "receive_kit")
    if "assign_expert" not in tale.case()["actions"]:
        return
    choices = stage.get(secretary, f"/appeals/{tale.case_id}/experts")
    free = [choice for choice in choices if not choice["obstacles"]]
    if not free:
        raise StoryFailed("Нет эксперта, который не проверял эту работу.", code="story.no_expert")
    tale.act(secretary, "assign_expert", expert_id=free[0]["id"], named_by_subject_chair=True)
    expert = _expert(stage, tale, name=free[0]["name"])
    tale.act(expert, "conclude", summary="Оценивание проверено по критериям.", proposals=[])


def _expert(stage: Stage, tale: Tale, *, name: str) -> Person:
    """The expert of this name who sees the case: it was given to one of those who are called so."""
    for person in stage.called(name, role="expert"):
        if stage.try_get(person, f"/appeals/{tale.case_id}") is not None:
            return person
    raise StoryFailed("Назначенный эксперт не видит дела.", code="story.no_expert")


def _schedule(stage: Stage, tales: list[Tale]) -> None:
    """Give each case a time on the last day of its term: its own, one after the other, or a session for all."""
    secretary = stage.staff("secretary")
    for number, tale in enumerate(tales):
        times = stage.get(secretary, f"/appeals/{tale.case_id}/hearing-times")
        due = datetime.fromisoformat(times["due"])
        if times["strategy"] == "session":
            begins = [datetime.fromisoformat(session["starts_at"]) for session in times["sessions"]]
            starts_at = max((at for at in begins if at < due), default=None)
            if starts_at is None:
                raise StoryFailed("До конца срока рассмотрения нет заседания.", code="story.no_session")
        else:
            last = (due - timedelta(seconds=1)).astimezone(stage.zone).date()
            first = time(10) if tale.kind == "score" else time(15)
            starts_at = datetime.combine(last, first, tzinfo=stage.zone) + timedelta(minutes=45 * number)
        sites = [site["code"] for site in times["sites"] if site["kind"] == "remote"]
        tale.act(secretary, "schedule", starts_at=starts_at.isoformat(), site_code=sites[0] if sites else None)
    stage.move_clock(stage.now + timedelta(minutes=1))


def _hear(stage: Stage, tale: Tale, part: Part) -> None:
    """Open the hearing at its time, vote, decide, and send the protocol on its way."""
    stage.move_clock(_hearing_at(tale) + timedelta(minutes=1))
    came = ["participant"] if part.comes else []
    _open_and_vote(stage, tale, came=came, ballot="reject" if part.ending == "rejected" else "satisfy")
    tale.act(
        stage.staff("chair"),
        "decide",
        reason="Решение принято по материалам дела и заключению эксперта.",
        changes=_changes(stage, tale, part.ending),
    )
    # The documents of the decision are made before the clock's answer comes.
    stage.move_clock(stage.now + timedelta(minutes=1))
    tale.act(stage.staff("secretary"), "hand_over")
    tale.act(stage.staff("data_centre_operator"), "enter_packet")
    if tale.kind == "score":
        tale.act(stage.staff("data_centre_operator"), "dispatch_packet")
    else:
        _approve(stage, tale)
        _close(stage, [tale])


def _open_and_vote(stage: Stage, tale: Tale, *, came: list[str], ballot: str) -> None:
    score = tale.kind == "score"
    tale.act(
        stage.staff("secretary"),
        "open_hearing",
        came=came,
        identity_checked=bool(came),
        materials_confirmed=True if came and score else None,
    )
    tale.act(stage.staff("chair"), "vote", ballot=ballot)
    for number in range(VOTERS):
        tale.act(stage.staff("member", number), "vote", ballot=ballot)


def _changes(stage: Stage, tale: Tale, ending: str) -> list[dict[str, Any]]:
    if ending not in ("satisfied_up", "satisfied_down"):
        return []
    marks = stage.get(stage.staff("secretary"), f"/appeals/{tale.case_id}/marks")
    up = ending == "satisfied_up"
    for mark in marks:
        if mark["task_type"] in ("C", "D") and (mark["mark"] < mark["max_mark"] if up else mark["mark"] > 0):
            return [
                {
                    "task_type": mark["task_type"],
                    "position": mark["position"],
                    "was": mark["mark"],
                    "becomes": mark["mark"] + (1 if up else -1),
                    "error_kind": "scoring",
                    "criterion": mark["criterion"],
                    "reason": "Ответ соответствует критерию." if up else "Ответ не соответствует критерию.",
                }
            ]
    raise StoryFailed("В работе нет балла, который можно изменить.", code="story.no_mark")


def _end(stage: Stage, heard: list[Tale]) -> None:
    """Recalculate and approve what changed; close."""
    stage.move_clock(stage.now + timedelta(hours=2))
    for tale in heard:
        if any(owed["term"] == "recalculation.federal" for owed in tale.case()["next"]):
            _recalculate(stage, tale)
            _approve(stage, tale)
    _close(stage, heard)


def _close(stage: Stage, tales: list[Tale]) -> None:
    """Close cases once the appellants have been told: the clock's answer says that messages are out."""
    stage.move_clock(stage.now + timedelta(minutes=5))
    for tale in tales:
        tale.act(stage.staff("secretary"), "close")


def _approve(stage: Stage, tale: Tale) -> None:
    today = stage.now.astimezone(stage.zone).date().isoformat()
    chair = stage.staff("exam_commission_chair")
    tale.act(chair, "approve", act_number=f"учебный-{len(tale.steps)}", act_date=today)


def _recalculate(stage: Stage, tale: Tale) -> None:
    marks = stage.get(stage.staff("secretary"), f"/appeals/{tale.case_id}/marks")
    outcome = tale.case()["outcome"]
    delta = {"satisfied_up": 1, "satisfied_down": -1}.get(outcome, 0)
    primary = sum(mark["mark"] for mark in marks) + delta
    tale.act(
        stage.staff("data_centre_operator"),
        "enter_recalculation",
        primary_score=primary,
        test_score=max(0, min(100, 50 + 2 * delta)),
    )


def _file_procedure(stage: Stage) -> Tale:
    """A violation seen on an exam day: told to the exam commission's member before leaving the exam point."""
    door = _doors(stage, "procedure")[0]
    member = stage.staff(door["operator"])
    work = _coming_exam(stage, member)
    noon = datetime.combine(datetime.fromisoformat(work["exam_date"]).date(), time(12), tzinfo=stage.zone)
    stage.move_clock(noon)
    case = stage.post(
        member,
        "/appeals",
        {
            "kind": "procedure",
            "channel": door["code"],
            "work_id": work["id"],
            "presence": {"participant": True},
            "statement": "Во время экзамена в аудитории трижды гас свет.",
        },
    )
    tale = Tale(stage=stage, case_id=case["id"], kind="procedure")
    tale.note(member, "file")
    _bring_in(stage, tale, check_conclusion="Отключения света подтверждены журналом пункта.")
    _schedule(stage, [tale])
    return tale


def _hearing_at(tale: Tale) -> datetime:
    return datetime.fromisoformat(tale.case()["hearing"]["starts_at"])


def _coming_exam(stage: Stage, member: Person) -> dict[str, Any]:
    """A work of the member's exam point whose exam day has not passed."""
    today = stage.now.astimezone(stage.zone).date()
    works = [
        work
        for someone in stage.participants
        for work in _works(stage, member, someone["login"])
        if datetime.fromisoformat(work["exam_date"]).date() >= today
    ]
    for work in sorted(works, key=lambda work: str(work["exam_date"])):
        found: dict[str, Any] = work
        return found
    raise StoryFailed("В пункте проведения больше нет экзаменов.", code="story.no_exam")
