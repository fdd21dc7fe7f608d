"""Every blueprint of the console, for the web process."""

from __future__ import annotations

from flask import Blueprint

from apella.casework.pages import (
    act,
    break_glass,
    case,
    chain,
    commission,
    conflicts,
    filing,
    journal,
    receipt,
    start,
    substitutions,
)

CONSOLE: tuple[Blueprint, ...] = (
    start.blueprint,
    journal.blueprint,
    case.blueprint,
    chain.blueprint,
    act.blueprint,
    filing.blueprint,
    receipt.blueprint,
    commission.blueprint,
    substitutions.blueprint,
    conflicts.blueprint,
    break_glass.blueprint,
)
