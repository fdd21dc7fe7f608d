"""Every blueprint of the rule book's pages, for the web process."""

from __future__ import annotations

from flask import Blueprint

from apella.rulebook.pages import calendar, changes, deadlines, rules

RULEBOOK: tuple[Blueprint, ...] = (deadlines.blueprint, calendar.blueprint, changes.blueprint, rules.blueprint)
