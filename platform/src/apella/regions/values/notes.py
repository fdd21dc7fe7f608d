"""What an act says that no other table holds: names, premises, readings not applied (notes.toml)."""

from __future__ import annotations

from typing import Literal

from apella.regions.values.base import Line, Sourced, Value

NoteTopic = Literal["acts", "names", "premises", "sites", "duties", "not_applied"]


class Note(Sourced):
    """One thing to know, in our own words."""

    topic: NoteTopic
    text: Line


class NoteTable(Value):
    """notes.toml; a region's notes stand beside the federal ones."""

    note: tuple[Note, ...] = ()
