"""Schools, municipal authorities and exam points of a demo season; equal codes have equal names in every season."""

from __future__ import annotations

from dataclasses import dataclass

from apella.regions.rules import RegionRules
from apella.registry.model import OrganisationKind
from apella.registry.tables import OrganisationRow

# Where a tenant has no table of territories.
_MADE_UP_TERRITORIES = (
    "городской округ Заозёрный",
    "Приреченский муниципальный округ",
    "городской округ Яблоневый",
    "Луговской муниципальный округ",
    "Верхнеполянский муниципальный округ",
    "городской округ Светлоград-Учебный",
    "Нижнедольский муниципальный округ",
    "Каменско-Лесной муниципальный округ",
)
_PEOPLE_PER_TERRITORY = 25
_PEOPLE_PER_SCHOOL = 20
_PEOPLE_PER_POINT = 200
_FEWEST = 2
_MOST_POINTS = 999


@dataclass(frozen=True, kw_only=True)
class Places:
    """The organisations; participants are spread over them in turn."""

    authorities: tuple[OrganisationRow, ...]
    schools: tuple[OrganisationRow, ...]
    points: tuple[OrganisationRow, ...]

    @property
    def rows(self) -> tuple[OrganisationRow, ...]:
        """All of them, as the table has them."""
        return (*self.authorities, *self.schools, *self.points)


def made_up_places(rules: RegionRules, *, participants: int) -> Places:
    """As many organisations as this number of participants needs, in the tenant's own territories."""
    territories = _territories(rules)
    territories = territories[: _between(_FEWEST, participants // _PEOPLE_PER_TERRITORY, len(territories))]
    number_of_schools = _between(_FEWEST, participants // _PEOPLE_PER_SCHOOL, 999 * len(territories))
    schools = tuple(_school(index, territories) for index in range(number_of_schools))
    points = _between(_FEWEST, -(-participants // _PEOPLE_PER_POINT), min(_MOST_POINTS, number_of_schools))
    return Places(
        authorities=tuple(
            OrganisationRow(
                kind=OrganisationKind.MUNICIPAL_AUTHORITY,
                code=f"{number:03d}",
                name=f"Управление образования (учебное), {territory}",
                territory=territory,
                address=f"{territory}, Учебная площадь, д. 1",
            )
            for number, territory in enumerate(territories, start=1)
        ),
        schools=schools,
        points=tuple(
            OrganisationRow(
                kind=OrganisationKind.EXAM_POINT,
                code=f"{number:04d}",
                name=f"Пункт проведения экзамена {number:04d} ({school.name})",
                territory=school.territory,
                address=school.address,
            )
            for number, school in enumerate(schools[:points], start=1)
        ),
    )


def _territories(rules: RegionRules) -> tuple[str, ...]:
    own = tuple(dict.fromkeys(territory.name for territory in rules.sites.territories))
    return own or _MADE_UP_TERRITORIES


def _school(index: int, territories: tuple[str, ...]) -> OrganisationRow:
    place, number = index % len(territories), index // len(territories) + 1
    return OrganisationRow(
        kind=OrganisationKind.SCHOOL,
        code=f"{place + 1:03d}{number:03d}",
        name=f"Учебная школа № {number}, {territories[place]}",
        territory=territories[place],
        address=f"{territories[place]}, Школьная ул., д. {number}",
    )


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))
