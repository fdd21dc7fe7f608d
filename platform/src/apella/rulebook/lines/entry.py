"""What a line of a rule set is made of."""

from __future__ import annotations

from dataclasses import dataclass

from apella.regions.values.tenant import Bodies

SILENT = "не установлено"
"""What a line says where neither the Procedure nor the region's act says anything."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One value of a rule set in Russian.

    `key` names the value: the same in every region where the subject is the same. `rows` are the rows of the table of
    differences between regions that the value answers. A line without clauses says SILENT, or names its
    act in the value itself.
    """

    key: str
    title: str
    value: str
    clauses: tuple[str, ...]
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Names:
    """What the bodies are called in a set of lines.

    Federal values beside a region's are told with the region's names: another name is no other rule.
    """

    bodies: Bodies

    def of(self, code: str) -> str:
        """A body's short name by its code, or the party that is no body."""
        parties = {
            "secretary": "ответственный секретарь",
            "information_system": "РИС",
            "queue_system": "система очереди",
        }
        if code in parties:
            return parties[code]
        return str(getattr(self.bodies, code))

    def all(self, codes: tuple[str, ...]) -> str:
        """Several bodies, one after another."""
        return ", ".join(self.of(code) for code in codes)
