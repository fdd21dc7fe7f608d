"""What one region's act and its guide to the portal promise the participant, on that region's own pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select

from apella.appeals.filing import file_appeal
from apella.appeals.model import Appeal, HearingMode
from apella.appeals.states import AppealKind, Outcome, State
from apella.deadlines.model import Deadline
from apella.errors import Forbidden, RuleViolation
from apella.identity.actor import Actor
from apella.identity.roles import Role
from apella.testing.expect import refused
from apella.testing.play import Play
from apella.testing.plugin import StartPlay
from apella.testing.visitor import Form, Page, Visitor

Visit = Callable[[Actor], Visitor]
Checked = Callable[..., Page]
Cases = Callable[[Play], Sequence[Appeal]]
SLUG = "kbr"

pytestmark = pytest.mark.usefixtures("paperless")


@pytest.mark.clause("kbr_portal:I.4", "kbr_portal:II.4", "kbr_portal:II.6", "core:B8")
def test_the_cabinet_offers_to_file_on_each_exam_with_a_result_and_on_no_other(
    play: StartPlay, visit: Visit, add_exam: Callable[..., object]
) -> None:
    region = play(SLUG)
    second = add_exam(region, "02")
    cabinet = visit(region.world.participants[0])
    offered = {link.rpartition("/")[2] for link in cabinet.open().links if "/file/" in link}
    assert offered == {str(region.world.works[0]), str(second)}
    form = cabinet.open(f"file/{second}")
    assert "Математика" in form.text
    assert not any(name == "subject" for name, _ in form.form().fields), "the subject is known, nobody types it"
    assert cabinet.open(f"file/{region.world.works[1]}").status == 404, "somebody else's work"


@pytest.mark.clause("kbr_portal:I.1", "kbr:39.2", "kbr:41.2")
def test_a_score_appeal_is_filed_on_the_portal_without_paper_and_a_school_cannot_file_it(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    region = play(SLUG)
    cabinet = visit(region.world.participants[0])
    cabinet.send(checked(cabinet, region).form("/send"), agreed="yes")
    (case,) = cases(region)
    assert (case.state, case.channel, case.accepted_by) == (State.REGISTERED, "portal", None)
    terms = region.read(lambda s: set(s.scalars(select(Deadline.term).where(Deadline.case_id == case.id))))
    assert "score.forwarding" not in terms
    for channel, who in (("school_desk", "school-operator"), ("queue_clerk", "queue-clerk")):
        with refused("filing.channel", RuleViolation):
            region.file(1, channel=channel, who=who)


@pytest.mark.clause("kbr:39.1", "core:A9")
def test_a_violation_appeal_has_no_entry_on_the_portal(play: StartPlay) -> None:
    region = play(SLUG, on_exam_day=True)
    with refused("filing.channel", RuleViolation):
        region.do(0, file_appeal, region.application(kind=AppealKind.PROCEDURE))
    case = region.case(region.file(channel="exam_point"))
    assert (case.kind, case.channel) == (AppealKind.PROCEDURE, "exam_point")


@pytest.mark.clause("kbr:40.2", "kuzbass:8.2", "federal:99.2")
@pytest.mark.parametrize("slug", ["kbr", "kuzbass"])
def test_a_violation_appeal_names_the_exam_commissions_member_and_the_point(play: StartPlay, slug: str) -> None:
    region = play(slug, on_exam_day=True)
    case = region.case(region.file(channel="exam_point"))
    assert case.accepted_by == region.actor("exam-commission-member").person_id
    assert case.accepted_at is not None
    stranger = region.hire(Role.EXAM_COMMISSION_MEMBER, exam_point_code="0002")
    with refused("filing.work"):
        region.file(1, channel="exam_point", who=stranger)
    for who in ("secretary", "school-operator"):
        with pytest.raises(Forbidden):
            region.file(1, channel="exam_point", who=who)


@pytest.mark.clause("kbr_portal:II.7", "kbr_portal:II.10", "core:B8")
def test_exam_point_and_score_are_shown_as_the_system_knows_them(play: StartPlay, visit: Visit) -> None:
    region = play(SLUG)
    page = visit(region.world.participants[0]).open(f"file/{region.world.works[0]}")
    assert "Где сдавали Организация 0001" in page.text
    assert "Ваш балл 50 тестовый, 17 из 56 первичных" in page.text
    assert {"exam_point", "score"} & {name for name, _ in page.form().fields} == set()


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        pytest.param("presence", "Выберите", marks=pytest.mark.clause("kbr_portal:II.8")),
        pytest.param("forms", "Ответьте, ваши ли это бланки", marks=pytest.mark.clause("kbr_portal:II.9", "kbr:41.3")),
        pytest.param("positions_C", "Отметьте хотя бы одно", marks=pytest.mark.clause("kbr_portal:II.11")),
    ],
)
def test_the_application_without_an_answer_is_not_taken(
    play: StartPlay, visit: Visit, answered: Callable[..., Form], cases: Cases, question: str, sentence: str
) -> None:
    region = play(SLUG)
    cabinet = visit(region.world.participants[0])
    form = answered(region.world.rules, cabinet.open(f"file/{region.world.works[0]}").form())
    page = cabinet.send(form, **{question: ()})
    assert page.status == 422
    assert sentence in page.text
    assert f"#f-{question}" in page.links
    assert cases(region) == []


@pytest.mark.clause("kbr:41.3", "kbr_portal:II.9")
@pytest.mark.parametrize(("answer", "stored"), [("yes", True), ("no", False)])
def test_the_answer_about_the_images_is_kept(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases, answer: str, stored: bool
) -> None:
    region = play(SLUG)
    cabinet = visit(region.world.participants[0])
    cabinet.send(checked(cabinet, region, forms=answer).form("/send"), agreed="yes")
    (case,) = cases(region)
    assert case.forms_confirmed is stored


@pytest.mark.clause("kbr_portal:II.11", "federal:97.2")
def test_disputed_positions_are_kept_by_task_and_short_answers_carry_the_warning(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    region = play(SLUG)
    cabinet = visit(region.world.participants[0])
    assert "Балл за краткий ответ комиссия не пересматривает." in cabinet.open(f"file/{region.world.works[0]}").text
    cabinet.send(checked(cabinet, region).form("/send"), agreed="yes")
    (case,) = cases(region)
    assert case.disputed == ["C1", "C2"]


@pytest.mark.clause("kbr_portal:II.12")
def test_the_button_pressed_twice_makes_one_appeal(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    region = play(SLUG)
    cabinet = visit(region.world.participants[0])
    form = checked(cabinet, region).form("/send")
    answers = [cabinet.send(form, agreed="yes") for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert len(cases(region)) == 1


@pytest.mark.clause("kbr_portal:II.22", "kbr_portal:II.5", "kbr_portal:II.21")
def test_both_ways_of_consideration_ask_the_same_questions(
    play: StartPlay, visit: Visit, answered: Callable[..., Form]
) -> None:
    region = play(SLUG)
    cabinet = visit(region.world.participants[0])
    form = answered(region.world.rules, cabinet.open(f"file/{region.world.works[0]}").form())

    def wanted(mode: str) -> list[str]:
        """The questions that an empty application in this mode is sent back for."""
        page = cabinet.send(form, presence=mode, positions_C=(), forms=(), phone="")
        return [link for link in page.links if link.startswith("#f-")]

    assert wanted("in_absence") == wanted("in_presence") == ["#f-positions_C", "#f-forms", "#f-phone"]


@pytest.mark.clause("kbr:11.1", "core:A8")
def test_who_comes_is_heard_remotely_and_in_informatics_on_the_spot(
    play: StartPlay, visit: Visit, checked: Checked, cases: Cases
) -> None:
    region = play(SLUG)
    cabinet = visit(region.world.participants[0])
    cabinet.send(checked(cabinet, region).form("/send"), agreed="yes")
    assert cases(region)[0].hearing_mode is HearingMode.REMOTE
    informatics = play(SLUG, subject_code="25")
    case = informatics.case(informatics.file(disputed=("B1",)))
    assert case.hearing_mode is HearingMode.ON_SITE


@pytest.mark.clause("kbr:41.4")
def test_an_oral_exam_asks_about_the_recording_too_and_others_do_not(
    play: StartPlay, visit: Visit, answered: Callable[..., Form], cases: Cases
) -> None:
    oral = play(SLUG, subject_code="29")
    cabinet = visit(oral.world.participants[0])
    page = cabinet.open(f"file/{oral.world.works[0]}")
    assert "Ваши ли это бланки и запись ответа?" in page.text
    form = page.form().with_(positions_D=("D1",), presence="in_absence", forms=())
    refusal = cabinet.send(Form(action=page.form().action, id=page.form().id, fields=form))
    assert refusal.status == 422
    assert "#f-forms" in refusal.links
    assert cases(oral) == []
    written = play(SLUG)
    assert "запись ответа" not in visit(written.world.participants[0]).open(f"file/{written.world.works[0]}").text


# --- Taking back ------------------------------------------------------------------------------------------------------


@pytest.mark.clause("kbr_portal:I.5", "kbr_portal:II.17", "kbr_portal:II.19")
def test_an_appeal_is_withdrawn_only_after_it_was_confirmed(play: StartPlay, visit: Visit) -> None:
    region = play(SLUG)
    case_id = region.file()
    cabinet = visit(region.world.participants[0])
    page = cabinet.open(f"appeals/{case_id}")
    ask = cabinet.open(next(link for link in page.links if link.endswith("/withdraw")))
    assert region.case(case_id).state is State.REGISTERED
    cabinet.send(ask.form("/withdraw"))
    case = region.case(case_id)
    assert (case.state, case.outcome) == (State.CLOSED, Outcome.WITHDRAWN)
    assert case.journal_number


@pytest.mark.clause("kbr_portal:II.17", "kbr_portal:II.18", "core:B1")
def test_after_the_window_the_button_is_gone_and_the_page_says_why(play: StartPlay, visit: Visit) -> None:
    """Filed on Friday 12.06, a holiday: the window of the act of 2025 ends on Monday, that of the guide on Tuesday."""
    region = play(SLUG)
    case_id = region.file()
    cabinet = visit(region.world.participants[0])
    region.clock(days=4)
    page = cabinet.open(f"appeals/{case_id}")
    assert not any(link.endswith("/withdraw") for link in page.links)
    assert "Отозвать апелляцию можно было до пн 15 июня, 23:59." in page.text
