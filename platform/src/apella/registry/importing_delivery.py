"""A delivery that was read whole and checked against itself: what an import begins with. No database yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from apella.calendar.wording import short_date
from apella.identity.model import Category
from apella.regions.rules import RegionRules
from apella.registry.importing_files import DeliveredFile, look_through
from apella.registry.model import OrganisationKind, TaskType
from apella.registry.reading import Problems, read_manifest, read_table
from apella.registry.tables import (
    CHECKS,
    EXAMS,
    EXPERTS,
    FILES,
    MANIFEST,
    MARKS,
    ORGANISATIONS,
    PARTICIPANTS,
    RESULTS,
    WORKS,
    CheckRow,
    ExamRow,
    ExpertRow,
    Manifest,
    MarkRow,
    OrganisationRow,
    ParticipantRow,
    ResultRow,
    WorkRow,
)
from apella.storage.scanner import NOBODY, Scanner

OrganisationKey = tuple[OrganisationKind, str]
ExamKey = tuple[str, date]
KeyT = TypeVar("KeyT")

_CODE_LENGTHS = {
    OrganisationKind.SCHOOL: 6,
    OrganisationKind.MUNICIPAL_AUTHORITY: 3,
    OrganisationKind.EXAM_POINT: 4,
}
_PRINT_BYTES = 16


@dataclass(slots=True)
class DeliveredResult:
    """A result with what its marks come to.

    `print` is the same for the same marks in any order; `seen` has a bit for each position that has a mark.
    """

    line: int
    row: ResultRow
    total: int = 0
    print: int = 0
    seen: int = 0


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The tables of a folder, each row with its line in its file. Marks are read again from the file when needed."""

    directory: Path
    manifest: Manifest
    sha256: bytes
    organisations: Mapping[OrganisationKey, tuple[int, OrganisationRow]]
    exams: Mapping[ExamKey, tuple[int, ExamRow]]
    participants: Mapping[str, tuple[int, ParticipantRow]]
    works: Mapping[str, tuple[int, WorkRow]]
    results: Mapping[str, DeliveredResult]
    experts: Mapping[str, tuple[int, ExpertRow]]
    checks: frozenset[CheckRow]
    files: tuple[DeliveredFile, ...]

    def marks(self) -> Iterator[MarkRow]:
        """Read the marks once more. Raises ImportRefused at the end when the file has changed in the meantime."""
        problems = Problems()
        for _, row in read_table(self.directory, self.manifest, MARKS, problems):
            yield row
        problems.refuse()


def home_of(row: ParticipantRow) -> OrganisationKey:
    """Where a participant is registered: the school; for an earlier graduate the municipal authority."""
    earlier = row.category is Category.EARLIER_GRADUATE
    kind = OrganisationKind.MUNICIPAL_AUTHORITY if earlier else OrganisationKind.SCHOOL
    return kind, row.organisation_code


def mark_print(*values: object) -> int:
    """A number for one mark, such that the sums of two results' marks are equal when their marks are."""
    text = "\x1f".join("" if value is None else str(value) for value in values)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=_PRINT_BYTES).digest())


def read_delivery(directory: Path, *, rules: RegionRules, scanner: Scanner = NOBODY) -> Delivery:
    """Read and check a folder of tables.

    Raises ImportRefused with every fault of every table, and ScannerUnavailable when files cannot be scanned now.

    Takes seconds for a small region and longer for a large one, so it is done before the unit of work begins.
    """
    return _Checker(directory, rules, scanner).checked()


class _Checker:
    """One reading of one folder. Later tables refer to earlier ones."""

    def __init__(self, directory: Path, rules: RegionRules, scanner: Scanner) -> None:
        self._directory = directory
        self._rules = rules
        self._scanner = scanner
        self._problems = Problems()
        self._organisations: dict[OrganisationKey, tuple[int, OrganisationRow]] = {}
        self._exams: dict[ExamKey, tuple[int, ExamRow]] = {}
        self._participants: dict[str, tuple[int, ParticipantRow]] = {}
        self._works: dict[str, tuple[int, WorkRow]] = {}
        self._results: dict[str, DeliveredResult] = {}
        self._experts: dict[str, tuple[int, ExpertRow]] = {}
        self._checks: set[CheckRow] = set()
        self._files: list[DeliveredFile] = []

    def checked(self) -> Delivery:
        read = read_manifest(self._directory, self._problems)
        self._problems.refuse()
        if read is None:
            raise RuntimeError("a manifest that cannot be used has a problem")
        self._manifest, sha256 = read
        self._check_manifest()
        self._read_organisations()
        self._read_exams()
        self._read_participants()
        self._read_works()
        self._read_results()
        self._read_marks()
        self._read_experts()
        self._read_checks()
        self._read_files()
        self._problems.refuse()
        return Delivery(
            directory=self._directory,
            manifest=self._manifest,
            sha256=sha256,
            organisations=self._organisations,
            exams=self._exams,
            participants=self._participants,
            works=self._works,
            results=self._results,
            experts=self._experts,
            checks=frozenset(self._checks),
            files=tuple(self._files),
        )

    def _check_manifest(self) -> None:
        if self._manifest.tenant != self._rules.slug:
            self._problems.add(MANIFEST, None, "tenant", f"таблицы другого региона, а импорт идёт в {self._rules.slug}")
        if self._manifest.year != self._rules.year:
            reason = f"таблицы другого года, а правила региона – {self._rules.year} года"
            self._problems.add(MANIFEST, None, "year", reason)

    def _read_organisations(self) -> None:
        for line, row in read_table(self._directory, self._manifest, ORGANISATIONS, self._problems):
            if len(row.code) != _CODE_LENGTHS[row.kind]:
                reason = f"в коде организации вида {row.kind} цифр – {_CODE_LENGTHS[row.kind]}"
                self._problems.add(ORGANISATIONS.file, line, "code", reason)
            if self._first(ORGANISATIONS.file, self._organisations, (row.kind, row.code), line, "code"):
                self._organisations[row.kind, row.code] = line, row

    def _read_exams(self) -> None:
        for line, row in read_table(self._directory, self._manifest, EXAMS, self._problems):
            self._check_subject(EXAMS.file, line, row.subject_code)
            for name, day in (("exam_date", row.exam_date), ("announced_on", row.announced_on)):
                if day is not None and not self._rules.calendar.covers(day):
                    self._problems.add(EXAMS.file, line, name, f"календарь на {day.year} год не загружен")
            if row.announced_on is not None and row.announced_on <= row.exam_date:
                self._problems.add(EXAMS.file, line, "announced_on", "результаты объявлены не позже дня экзамена")
            if self._first(EXAMS.file, self._exams, (row.subject_code, row.exam_date), line, "exam_date"):
                self._exams[row.subject_code, row.exam_date] = line, row

    def _read_participants(self) -> None:
        documents: dict[str, int] = {}
        for line, row in read_table(self._directory, self._manifest, PARTICIPANTS, self._problems):
            earlier = documents.setdefault(row.document, line)
            if earlier != line:
                self._problems.add(PARTICIPANTS.file, line, "document", f"тот же документ, что в строке {earlier}")
            self._known(PARTICIPANTS.file, line, "organisation_code", home_of(row) in self._organisations)
            key = row.registration_code
            if self._first(PARTICIPANTS.file, self._participants, key, line, "registration_code"):
                self._participants[key] = line, row

    def _read_works(self) -> None:
        pairs: dict[tuple[str, str, date], int] = {}
        for line, row in read_table(self._directory, self._manifest, WORKS, self._problems):
            self._known(WORKS.file, line, "registration_code", row.registration_code in self._participants)
            self._known(WORKS.file, line, "exam_date", (row.subject_code, row.exam_date) in self._exams)
            point = (OrganisationKind.EXAM_POINT, row.exam_point_code)
            self._known(WORKS.file, line, "exam_point_code", point in self._organisations)
            earlier = pairs.setdefault((row.registration_code, row.subject_code, row.exam_date), line)
            if earlier != line:
                reason = f"второй раз тот же участник и экзамен, первый – в строке {earlier}"
                self._problems.add(WORKS.file, line, "registration_code", reason)
            if self._first(WORKS.file, self._works, row.work_code, line, "work_code"):
                self._works[row.work_code] = line, row

    def _read_results(self) -> None:
        for line, row in read_table(self._directory, self._manifest, RESULTS, self._problems):
            if self._known(RESULTS.file, line, "work_code", row.work_code in self._works):
                subject = self._rules.subjects.get(self._works[row.work_code][1].subject_code)
                if subject is not None and row.primary_score > subject.max_primary:
                    reason = f"больше наибольшего балла по предмету: {subject.max_primary}"
                    self._problems.add(RESULTS.file, line, "primary_score", reason)
                if row.rechecked_on is not None:
                    self._check_recheck(line, row.work_code, row.rechecked_on)
            earlier = self._results.get(row.work_code)
            if earlier is None:
                self._results[row.work_code] = DeliveredResult(line, row)
            else:
                self._repeated(RESULTS.file, line, "work_code", earlier.line)

    def _check_recheck(self, line: int, work_code: str, day: date) -> None:
        """A re-check changes what was announced before; its own day begins a term, so a calendar must cover it."""
        work = self._works[work_code][1]
        _, exam = self._exams.get((work.subject_code, work.exam_date), (0, None))
        reason = None
        if not self._rules.calendar.covers(day):
            reason = f"календарь на {day.year} год не загружен"
        elif exam is not None and exam.announced_on is None:
            reason = f"результаты экзамена ещё не объявлены: нет дня announced_on в {EXAMS.file}"
        elif exam is not None and exam.announced_on is not None and day < exam.announced_on:
            reason = f"перепроверка объявлена раньше результатов экзамена: {short_date(exam.announced_on)}"
        if reason is not None:
            self._problems.add(RESULTS.file, line, "rechecked_on", reason)

    def _read_marks(self) -> None:
        for line, row in read_table(self._directory, self._manifest, MARKS, self._problems):
            if row.mark > row.max_mark:
                self._problems.add(MARKS.file, line, "mark", f"балл больше наибольшего: {row.max_mark}")
            result = self._results.get(row.work_code)
            if result is None:
                self._known(MARKS.file, line, "work_code", found=False, home=RESULTS.file)
                continue
            bit = 1 << (_TYPE_PLACES[row.task_type] + row.position)
            if result.seen & bit:
                self._problems.add(MARKS.file, line, "position", "позиция этой работы встречается второй раз")
            result.seen |= bit
            result.total += row.mark
            result.print += mark_print(*row[1:])
        if MARKS.file in self._problems.unread:
            return
        for result in self._results.values():
            if result.total != result.row.primary_score:
                reason = f"сумма баллов по позициям {result.total}, а первичный балл {result.row.primary_score}"
                self._problems.add(RESULTS.file, result.line, "primary_score", reason)

    def _read_experts(self) -> None:
        for line, row in read_table(self._directory, self._manifest, EXPERTS, self._problems):
            self._check_subject(EXPERTS.file, line, row.subject_code)
            if self._first(EXPERTS.file, self._experts, row.expert_code, line, "expert_code"):
                self._experts[row.expert_code] = line, row

    def _read_checks(self) -> None:
        for line, row in read_table(self._directory, self._manifest, CHECKS, self._problems):
            work = self._known(CHECKS.file, line, "work_code", row.work_code in self._works)
            expert = self._known(CHECKS.file, line, "expert_code", row.expert_code in self._experts)
            if work and expert:
                of_work = self._works[row.work_code][1].subject_code
                if self._experts[row.expert_code][1].subject_code != of_work:
                    self._problems.add(CHECKS.file, line, "expert_code", "эксперт по другому предмету")
            if row in self._checks:
                self._problems.add(CHECKS.file, line, None, "та же проверка встречается второй раз")
            self._checks.add(row)

    def _read_files(self) -> None:
        places: dict[tuple[str, str, int], int] = {}
        for line, row in read_table(self._directory, self._manifest, FILES, self._problems):
            self._known(FILES.file, line, "work_code", row.work_code in self._works)
            earlier = places.setdefault((row.work_code, row.kind, row.page), line)
            if earlier != line:
                self._repeated(FILES.file, line, "page", earlier)
            found = look_through(self._directory, row, line=line, problems=self._problems, scanner=self._scanner)
            if found is not None:
                self._files.append(found)

    def _check_subject(self, file: str, line: int, code: str) -> None:
        if code not in self._rules.subjects:
            self._problems.add(file, line, "subject_code", f"предмета нет в правилах {self._rules.year} года")

    def _known(self, file: str, line: int, column: str, found: bool, *, home: str | None = None) -> bool:
        """Complain of a reference that leads nowhere, unless the table it leads to could not be read to its end."""
        home = home or _HOMES[column]
        if not found and home not in self._problems.unread:
            self._problems.add(file, line, column, f"верной строки с таким значением нет в {home}")
        return found

    def _first(self, file: str, rows: Mapping[KeyT, tuple[int, object]], key: KeyT, line: int, column: str) -> bool:
        earlier = rows.get(key)
        if earlier is not None:
            self._repeated(file, line, column, earlier[0])
        return earlier is None

    def _repeated(self, file: str, line: int, column: str, earlier: int) -> None:
        self._problems.add(file, line, column, f"повторяет строку {earlier}")


_TYPE_PLACES = {task_type: place << 8 for place, task_type in enumerate(TaskType)}
_HOMES = {
    "organisation_code": ORGANISATIONS.file,
    "registration_code": PARTICIPANTS.file,
    "exam_date": EXAMS.file,
    "exam_point_code": ORGANISATIONS.file,
    "work_code": WORKS.file,
    "expert_code": EXPERTS.file,
}
