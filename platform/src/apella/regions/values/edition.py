"""The act behind a rule set, and what a season without an act of its own is told."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from apella.regions.values.base import Line, Sourced


class Edition(Sourced):
    """The act by which a rule set stands in its present wording.

    `in_force` is the day from which it is applied; None for a first edition whose day no source names: it is applied
    from the beginning. `season` is the year whose season the act was issued for, where that is known. `to_be_renewed`
    says why the region should issue a new act.
    """

    title: Line = Field(description="название акта")
    act: Line | None = Field(default=None, description="вид акта и кто его издал, например «приказ министерства»")
    number: Line | None = Field(default=None, description="номер акта строкой")
    date: Annotated[dt.date | None, Field(description="дата акта ГГГГ-ММ-ДД")] = None
    in_force: Annotated[dt.date | None, Field(description="день вступления в силу ГГГГ-ММ-ДД")] = None
    season: Annotated[int | None, Field(ge=2000, le=2100, description="год числом, например 2025")] = None
    to_be_renewed: Line | None = Field(default=None, description="почему акт пора обновить")

    @property
    def reference(self) -> str:
        """The act with its date and number: «приказ министерства от 01.02.2026 № 5»; its title where no act is named.

        Without a closing full stop.
        """
        if self.act is None:
            return f"«{self.title}»"
        day = f" от {self.date:%d.%m.%Y}" if self.date else ""
        number = f" № {self.number}" if self.number else ""
        return f"{self.act}{day}{number}"

    def note(self, year: int) -> str | None:
        """What a season of this year is told of the act: issued for an earlier year, or to be renewed."""
        notes = []
        if self.season is not None and year > self.season:
            notes.append(
                f"Своего акта на {year} год у региона нет: сезон идёт по последнему – {self.reference} "
                f"(сезон {self.season} года)."
            )
        if self.to_be_renewed is not None:
            notes.append(f"Акт пора обновить: {self.to_be_renewed}.")
        return " ".join(notes) or None
