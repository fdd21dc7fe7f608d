"""Every blueprint of the console, for the web process."""

from __future__ import annotations

from flask import Blueprint

from apella.casework.pages import act, case, chain, filing, journal, receipt, start

CONSOLE: tuple[Blueprint, ...] = (
    start.blueprint,
    journal.blueprint,
    case.blueprint,
    chain.blueprint,
    act.blueprint,
    filing.blueprint,
    receipt.blueprint,
)
