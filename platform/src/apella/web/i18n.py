"""Texts of pages: gettext with the Russian sentence as its own key.

Templates write `{{ _("Передать протокол") }}` or `{% trans %}`, pages `from apella.web.i18n import gettext as _`.
Values are named: `_("Исправьте %(errors)s", errors=…)`; a percent sign of the text itself is doubled in both places.
Refresh the catalogue from the repository's root with the command in `CATALOGUE_COMMAND`.
"""

from __future__ import annotations

import gettext as gnu_gettext
from functools import cache
from pathlib import Path

from jinja2 import Environment

DOMAIN = "apella"
LANGUAGE = "ru"
LOCALE_DIRECTORY = Path(__file__).parent / "locale"

# Without a header and line numbers the catalogue changes only when a text or its file does.
CATALOGUE_OPTIONS = ("--omit-header", "--add-location=file", "--sort-by-file", "--width=120")
CATALOGUE_COMMAND = (
    f"pybabel extract -F platform/src/apella/web/locale/babel.cfg {' '.join(CATALOGUE_OPTIONS)} "
    "-o platform/src/apella/web/locale/apella.pot platform/src/apella"
)


def gettext(message: str, **values: object) -> str:
    """Return the text for people with `values` put in by name."""
    return _translations().gettext(message) % values


def install(environment: Environment) -> None:
    """Give a Jinja environment `_`, `gettext`, `ngettext` and `{% trans %}` over the same catalogue."""
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    translations = _translations()
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translations.gettext, translations.ngettext, newstyle=True
    )


@cache
def _translations() -> gnu_gettext.NullTranslations:
    return gnu_gettext.translation(DOMAIN, LOCALE_DIRECTORY, languages=[LANGUAGE], fallback=True)
