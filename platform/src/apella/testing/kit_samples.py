"""Finished values of every component in every state, for tests that draw the kit. People and cases are invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from apella.web.components import (
    AgendaItem,
    Alert,
    Chip,
    Choice,
    Clause,
    Column,
    Counter,
    Deadline,
    Document,
    Fact,
    FieldError,
    Job,
    Link,
    LogEntry,
    NextStep,
    Pager,
    ScoreRow,
    ScoreTable,
    StepState,
    SummaryRow,
    Tag,
    Task,
    TaskState,
    TimelineStep,
    TodoGroup,
    TodoItem,
    Tone,
    View,
    Vote,
    VotePanel,
    VoteRow,
)
from apella.web.daystrip import DayCount, DayStep, draw
from apella.web.dues import DueStyle, met_due, no_due, running_due
from apella.web.layout import MenuItem

ZONE = ZoneInfo("Europe/Kirov")
NOW = datetime(2025, 6, 10, 9, 12, tzinfo=ZONE)
END_OF_14 = datetime(2025, 6, 15, tzinfo=ZONE)
END_OF_TODAY = datetime(2025, 6, 11, tzinfo=ZONE)

DUES = {
    "over": running_due(NOW - timedelta(minutes=32), now=NOW, zone=ZONE),
    "soon": running_due(datetime(2025, 6, 10, 12, tzinfo=ZONE), now=NOW, zone=ZONE),
    "soon_today": running_due(datetime(2025, 6, 10, 12, tzinfo=ZONE), now=NOW, zone=ZONE, style=DueStyle.TODAY),
    "plain": running_due(END_OF_TODAY, now=NOW, zone=ZONE),
    "today": running_due(END_OF_TODAY, now=NOW, zone=ZONE, style=DueStyle.TODAY),
    "days": running_due(END_OF_14, now=NOW, zone=ZONE, working_days=4),
    "full": running_due(END_OF_14, now=NOW, zone=ZONE, working_days=4, style=DueStyle.FULL),
    "portal": running_due(END_OF_14, now=NOW, zone=ZONE, working_days=4, style=DueStyle.PORTAL),
    "met": met_due(datetime(2025, 6, 13, 11, 32, tzinfo=ZONE), zone=ZONE, note="выполнено, 3-й день из 4"),
    "none": no_due("срока нет: ждём федеральный центр"),
}
TAGS = (
    Tag(text="Ждёт комплект", icon="clock"),
    Tag(text="Черновик"),
    Tag(text="В графике", tone=Tone.INFO, icon="calendar"),
    Tag(text="Без эксперта", tone=Tone.WARN, icon="alert"),
    Tag(text="Удовлетворена", tone=Tone.OK, icon="check"),
    Tag(text="Отклонена", icon="minus"),
    Tag(text="Отозвана", icon="back"),
    Tag(text="Срок нарушен", tone=Tone.BAD, icon="alert"),
)
ALERTS = (
    Alert(title="Переданы 3 протокола", text="Центр обработки принял их вт 10.06, 09:14.", tone=Tone.OK),
    Alert(title="График открыт на согласование", text="Ждём председателя предметной комиссии по химии."),
    Alert(
        title="Не хватит экспертов на 3 дела",
        text="Рассмотреть их нужно до сб 14.06.",
        tone=Tone.WARN,
        actions=(Link(label="Запросить у председателя", url="#ask"), Link(label="Подобрать экспертов", url="#pick")),
    ),
    Alert(title="Протокол не принят", text="Нет подписи эксперта. Подпишите и передайте снова.", tone=Tone.BAD),
)
TODO = (
    TodoGroup(
        title="Просрочено",
        overdue=True,
        items=(
            TodoItem(
                due=DUES["over"],
                title="Внести 4 апелляции, поданные в вс 08.06",
                url="#ris",
                why="Сутки с передачи, п. 33 Положения",
                action=Link(label="Внести", hidden="4 апелляции", url="#ris"),
            ),
        ),
    ),
    TodoGroup(
        title="Сегодня, вт 10.06",
        items=(
            TodoItem(
                due=DUES["soon_today"],
                title="Согласовать график на ср 11.06",
                url="#plan",
                why="Ждём председателя предметной комиссии. История и литература согласованы",
                action=Link(label="Напомнить", hidden="председателю предметной комиссии", url="#plan"),
            ),
            TodoItem(
                due=DUES["today"],
                title="Разместить уведомления: 10 апеллянтов на ср 11.06",
                url="#notice",
                why="За 1 рабочий день до рассмотрения. Откроется после согласования графика",
                blocked="ждёт график",
            ),
        ),
    ),
)
COUNTERS = (
    Counter(number=6, label="ждут комплект", url="#1"),
    Counter(number=8, label="без эксперта", url="#2", note="все – химия", note_icon="alert", warning=True),
    Counter(number=24, label="в графике", url="#3", note="сегодня 14"),
    Counter(number=0, label="у экзаменационной комиссии", url="#4"),
    Counter(number=12500, label="закрыто", url="#5"),
)
STEPS = (
    TimelineStep(name="Подана", state=StepState.DONE, when="пн 09.06, 16:20"),
    TimelineStep(name="Ждём комплект", state=StepState.HERE, when="запрошен вт 10.06"),
    TimelineStep(name="Назначить эксперта", state=StepState.AHEAD, when="до ср 11.06"),
)
SCORES = ScoreTable(
    caption="Баллы: выставлено, предложено, решено",
    rows=(
        ScoreRow(
            position="Бланк № 1, задание 12",
            maximum=1,
            given=0,
            proposed=1,
            decided=1,
            change=1,
            why="Техническая ошибка: написано 341, распознано 347",
        ),
        ScoreRow(position="Задание 29", maximum=2, given=2, proposed=2, decided=2, change=0),
        ScoreRow(position="Задание 32", maximum=5, given=5, proposed=4, decided=4, change=-1, why="Нет коэффициента"),
        ScoreRow(position="Задание 33", maximum=4, given=1),
    ),
    totals=(
        ScoreRow(
            position="Тестовый балл",
            maximum=100,
            given=71,
            decided=79,
            change=8,
            why="предварительно, балл установит федеральный центр",
        ),
    ),
)


def _steps(*days: tuple[int, str]) -> tuple[DayStep, ...]:
    return tuple(
        DayStep(date=date(2025, 6, number), counts=not reason, reason=reason, new=reason == "новый нерабочий день")
        for number, reason in days
    )


DRAWN = draw(
    DayCount(
        title="Регион: до сб 14.06",
        note="шестидневная неделя, строже – действует этот срок",
        start=date(2025, 6, 9),
        start_reason="день поступления",
        steps=_steps((10, ""), (11, ""), (12, "День России"), (13, ""), (14, "")),
        due=date(2025, 6, 14),
    ),
    DayCount(
        title="Федеральный предел: до вт 17.06",
        note="пятидневная неделя",
        start=date(2025, 6, 9),
        start_reason="день поступления",
        steps=_steps(
            (10, ""),
            (11, ""),
            (12, "День России"),
            (13, "новый нерабочий день"),
            (14, "выходной"),
            (15, "выходной"),
            (16, ""),
            (17, ""),
        ),
        due=date(2025, 6, 17),
    ),
)
DEADLINES = (
    Deadline(
        name="Передать протокол",
        rule="1 календарный день со дня решения, Порядок, п. 102",
        due=DUES["soon"],
        tag=Tag(text="Идёт", tone=Tone.WARN, icon="clock"),
        plain="Решение принято пт 13.06. Календарный день считают подряд: следующий день – сб 14.06.",
    ),
    Deadline(
        name="Рассмотреть апелляцию",
        rule="4 рабочих дня, кроме воскресенья, после дня поступления, Положение, п. 41",
        due=DUES["full"],
        tag=Tag(text="Выполнено", tone=Tone.OK, icon="check"),
        tag_note="пт 13.06, 11:32 – 3-й день из 4",
        strips=DRAWN.strips,
        reasons=DRAWN.reasons,
        clauses=(
            Clause(
                title="Положение, п. 41",
                text="«…в течение четырёх рабочих дней (кроме воскресенья), следующих за днём поступления»",
                link=Link(label="Редакция 2025 года", url="#edition"),
            ),
            Clause(title="Порядок, п. 102", text="Четыре рабочих дня, следующих за днём поступления."),
        ),
        open=True,
    ),
)
VOTES = VotePanel(
    question="Понизить задание 32 до 4?",
    votes_for=2,
    votes_against=2,
    outcome=Alert(
        title="Поровну: решает голос председателя",
        text="Председатель голосовала против. Балл останется 5. Положение, п. 30.",
        tone=Tone.WARN,
    ),
    rows=(
        VoteRow(name="Тамбиева Е. Х.", note="председатель", vote=Vote.AGAINST),
        VoteRow(name="Соловцов А. Б.", note="заместитель", vote=Vote.FOR),
        VoteRow(name="Верхова Л. С.", note="член", vote=Vote.WAITING),
        VoteRow(name="Шидов Р. А.", note="не голосует: работает в школе апеллянта", vote=Vote.OFF),
    ),
    quorum=Tag(text="Кворум есть", tone=Tone.OK, icon="check"),
    quorum_text="присутствуют 7 из 9, нужно 3",
)
NO_VOTES = VotePanel(
    question="Удовлетворить апелляцию о нарушении Порядка?",
    votes_for=0,
    votes_against=0,
    rows=(VoteRow(name="Нагаева Ф. М.", note="отсутствует", vote=Vote.OFF),),
    quorum=Tag(text="Кворума нет", tone=Tone.BAD, icon="alert"),
    quorum_text="присутствует 1 из 9, нужно 3",
)
AGENDA = (
    AgendaItem(time_text="11:00", name="Рахаев С.", url="#1", note="отклонена", icon="check"),
    AgendaItem(time_text="11:20", name="Заречная В.", url="#2", note="голосование", icon="scales", current=True),
    AgendaItem(time_text="11:40", name="Вершинина К.", url="#3", note="без участия", icon="absent"),
)
DOCUMENTS = (
    Document(
        title="Протокол рассмотрения 2-АП",
        note="PDF, 2 стр. · пт 13.06, 11:41",
        url="#doc",
        tag=Tag(text="подписан", tone=Tone.OK, icon="check"),
        print_url="#print",
    ),
    Document(title="Заключение эксперта", note="Откроется после решения"),
)
LOG = (
    LogEntry(
        day_text="пт 13.06",
        time_text="11:32",
        text="Комиссия удовлетворила апелляцию: первичный балл 40, стал 44.",
        who="Председатель Тамбиева Е. Х.",
    ),
    LogEntry(day_text="пн 09.06", time_text="16:20", text="Апелляция подана через портал.", who="Заречная В. И."),
)
FACTS = (
    Fact(name="Подана", value="пн 09.06.2025, 16:20, портал"),
    Fact(name="Школа", value="гимназия № 14"),
    Fact(
        name="Паспорт, просмотр попадёт в журнал",
        value="•••• •••214",
        action=Link(label="Показать", hidden="номер паспорта", url="#pass", icon="eye"),
    ),
)
COLUMNS = (
    Column(label="Дело", sort_url="?sort=number"),
    Column(label="Апеллянт", sort_url="?sort=name"),
    Column(label="Состояние"),
    Column(label="Срок", sort_url="?sort=-due", sort="ascending"),
    Column(label="Балл", numeric=True, fit=True),
)
CASES = tuple(
    {
        "number": f"07-04-{number:06}",
        "name": name,
        "tag": tag,
        "due": due,
        "score": score,
        "row_class": "is-picked" if number == 99 else "",
    }
    for number, name, tag, due, score in (
        (98, "Лукинов Глеб Денисович", TAGS[0], DUES["over"], 71),
        (99, "Чегемова Аминат Руслановна", TAGS[3], DUES["soon"], 68),
        (101, "Константинопольская-Преображенская Александра", TAGS[2], DUES["days"], 100),
    )
)
TASKS = (
    Task(name="Кто подаёт", note="Заречная Варвара Ильинична", state=TaskState.DONE, url="#who"),
    Task(name="Кто будет с вами", note="Родитель или представитель", state=TaskState.TODO, url="#with"),
    Task(name="Проверить и подать", note="Откроется после пятого шага", state=TaskState.LOCKED),
)
SUMMARY = (
    SummaryRow(name="Участник", value="Заречная Варвара Ильинична", change_url="#who"),
    SummaryRow(name="Предмет и день", value="Химия, пт 23.05.2025"),
    SummaryRow(name="С вами будет", value="Мать, Заречная О. В.", change_url="#with", change_what="кто будет с вами"),
)
NEXT_STEPS = (
    NextStep(
        title="Передать протокол 2-АП до сб 14.06.2025, 23:59",
        text="Осталось 1 день 11 ч. Подписали все 6 членов комиссии и эксперт.",
        actions=(
            Link(label="Посмотреть пакет", url="#pack"),
            Link(label="Передать протокол", url="#send", primary=True),
        ),
    ),
    NextStep(
        title="Назначить эксперта до ср 11.06.2025, 23:59",
        text="Осталось 1 день 14 ч.",
        holder="Это делает председатель предметной комиссии Ногмов Т. Р.",
    ),
)
CHOICES = (
    Choice(value="parent", label="Мать или отец"),
    Choice(value="proxy", label="Представитель по доверенности", hint="Понадобится снимок доверенности"),
    Choice(value="none", label="Никто, буду один или одна"),
)
ERRORS = (
    FieldError(name="passport", message="Укажите номер паспорта матери или отца"),
    FieldError(name="phone", message="Допишите телефон: не хватает 2 цифр"),
    FieldError(name="rep", message="Выберите, кто будет с вами"),
    FieldError(name="consent", message="Подтвердите, что балл может снизиться"),
    FieldError(name="scan", message="Приложите снимок доверенности"),
    FieldError(name="reason", message="Напишите, с чем вы не согласны"),
)
MENU = (
    MenuItem(label="Сегодня", url="/console", icon="home", count=9, current=True),
    MenuItem(label="Журнал", url="#journal", icon="list", count=73),
    MenuItem(label="Заседания", url="#sittings", icon="scales"),
    MenuItem(label="Настройки", url="#settings", icon="gear", gap=True),
)
VALUES = {
    "dues": DUES,
    "tags": TAGS,
    "alerts": ALERTS,
    "todo": TODO,
    "counters": COUNTERS,
    "steps": STEPS,
    "scores": SCORES,
    "strips": DRAWN.strips,
    "reasons": DRAWN.reasons,
    "deadlines": DEADLINES,
    "votes": VOTES,
    "no_votes": NO_VOTES,
    "agenda_items": AGENDA,
    "documents": DOCUMENTS,
    "entries": LOG,
    "fact_items": FACTS,
    "score_items": (Fact(name="Тестовый балл", value="71"), Fact(name="Первичный балл", value="40")),
    "columns": COLUMNS,
    "cases": CASES,
    "view_items": (View(label="Все", url="#all", count=73), View(label="Химия", url="#04", count=31, current=True)),
    "chip_items": (Chip(label="Предмет: химия", remove_url="#1"), Chip(label="Подана с ср 04.06", remove_url="#2")),
    "page": Pager(text="Строки 1–16", next_url="?after=16"),
    "last_page": Pager(text="Строки 17–31", previous_url="?before=17"),
    "tasks": TASKS,
    "answers": SUMMARY,
    "next_steps": NEXT_STEPS,
    "choices": CHOICES,
    "work": Job(
        id="job-1",
        title="Готовим 214 протоколов",
        done=131,
        total=214,
        note="131 из 214, осталось около 1 мин. Можно уйти со страницы.",
        refresh_url="/console",
    ),
    "back_link": Link(label="Открыть график", url="#plan"),
    "cancel": Link(label="Не утверждать", url="#cancel"),
}
