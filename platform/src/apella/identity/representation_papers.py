"""A power of attorney beside the documents that were shown with it."""

from __future__ import annotations

from apella.errors import Malformed
from apella.identity.attorney import PowerOfAttorney
from apella.identity.model import Person
from apella.identity.people import normal_document, sort_key
from apella.identity.vault import Vault


def compare(
    paper: PowerOfAttorney,
    vault: Vault,
    *,
    principal: Person,
    principal_name: str,
    attorney_name: str,
    attorney_document: str,
) -> None:
    """Refuse a paper whose people are not those whose documents were shown.

    Raises Malformed (`representation.mismatch`) with the fields.
    """
    fields: dict[str, str] = {}
    if sort_key(paper.principal["name"], "") != sort_key(principal_name, ""):
        fields["principal_name"] = "Имя доверителя не совпадает с записанным в Apella"
    if (
        principal.document_index is not None
        and vault.index("person.document", _number(paper.principal["document"])) != principal.document_index
    ):
        fields["principal_document"] = "Паспорт доверителя не совпадает с записанным в Apella"
    if sort_key(paper.attorney["name"], "") != sort_key(attorney_name, ""):
        fields["attorney_name"] = "Имя представителя в доверенности не совпадает с его документом"
    if _number(paper.attorney["document"]) != normal_document(attorney_document):
        fields["attorney_document"] = "Паспорт представителя в доверенности не тот, что показан"
    if fields:
        raise Malformed(
            "Доверенность не внесена: сведения в ней не совпадают с документами.",
            code="representation.mismatch",
            fields=fields,
        )


def _number(text: str) -> str:
    try:
        return normal_document(text)
    except Malformed:
        return ""
