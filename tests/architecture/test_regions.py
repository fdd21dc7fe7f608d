"""The core never names a region: neither in words, nor by comparing who the tenant is."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

TEXTS = {".css", ".csv", ".html", ".js", ".json", ".po", ".pot", ".py", ".sql", ".toml", ".txt", ".typ"}

# Words of a region's title that name no region.
GENERIC = {"автономн", "город", "край", "края", "краю", "област", "округ", "республик", "российск", "федерац"}

# Names of clocks name no region: zones of the IANA database, and the time that federal acts count in.
CLOCK = re.compile(r"\b(?:Europe|Asia)/[A-Z][A-Za-z_]+|\bмосковск\w+ врем\w+", re.IGNORECASE)

# What tells one tenant from another; comparing it with a fixed value is a hidden `if region`.
TELLING = {"plugin", "region", "region_code", "slug", "tenant", "tenant_slug"}


def region_words(slugs: Iterable[str], titles: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the slugs, of the titles' proper words in any case form, and of the titles' initials."""
    stems = set()
    initials = set()
    for title in titles:
        letters = re.findall(r"\b[А-ЯЁа-яё]", title)
        if len(letters) > 2:
            initials.add(f"(?-i:{''.join(letters).upper()})")
        for word in re.findall(r"[А-ЯЁа-яё-]{3,}", title):
            if word[0].isupper() and not word.lower().startswith(tuple(GENERIC)):
                stems.add(word if word.isupper() else word[: -1 if len(word) < 8 else -3])
    latin = [rf"(?<![a-z]){re.escape(slug)}(?![a-z])" for slug in sorted(slugs)]
    return re.compile(
        "|".join([*latin, *(rf"\b{re.escape(stem)}" for stem in sorted(stems)), *sorted(initials)]), re.IGNORECASE
    )


def named_regions(text: str, words: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Yield line and word of every region that the text names."""
    for number, line in enumerate(text.splitlines(), start=1):
        for match in words.finditer(CLOCK.sub("", line)):
            yield number, match[0]


def tenant_comparisons(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that choose by a fixed tenant: compared, matched, looked up in a literal, or by prefix."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            chooses = any(map(_tells, sides)) and any(map(_is_fixed_text, sides))
        elif isinstance(node, ast.Match):
            patterns = (part for case in node.cases for part in ast.walk(case.pattern))
            chooses = _tells(node.subject) and any(map(_is_fixed_text, patterns))
        elif isinstance(node, ast.Subscript):
            chooses = isinstance(node.value, ast.Dict) and _tells(node.slice)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, method = node.func.value, node.func.attr
            if method == "get":
                chooses = isinstance(owner, ast.Dict) and any(map(_tells, node.args))
            else:
                chooses = method in {"startswith", "endswith"} and _tells(owner) and any(map(_is_fixed_text, node.args))
        else:
            continue
        if chooses:
            yield node.lineno


def _tells(node: ast.expr) -> bool:
    return getattr(node, "attr", getattr(node, "id", None)) in TELLING


def _is_fixed_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(map(_is_fixed_text, node.elts))
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


@pytest.fixture(scope="module")
def words(root: Path) -> re.Pattern[str]:
    """The words that name our regions, out of the tenants' own files and the names of the plugins."""
    titles: list[str] = []
    for file in root.glob("tenants/*/tenant.toml"):
        title = tomllib.loads(file.read_text(encoding="utf-8")).get("title", {})
        titles += [form for form in title.values() if isinstance(form, str)]
    slugs = {
        file.parent.name for kind in ("tenants/*/tenant.toml", "plugins/*/pyproject.toml") for file in root.glob(kind)
    }
    assert slugs
    return region_words(slugs, titles)


def test_the_core_names_no_region(root: Path, repository_files: tuple[Path, ...], words: re.Pattern[str]) -> None:
    offences = [
        f"{path}:{line}: {word}"
        for path in repository_files
        if path.parts[0] == "platform" and path.suffix in TEXTS
        for line, word in named_regions(f"{path}\n{(root / path).read_text(encoding='utf-8')}", words)
    ]
    assert not offences


def test_nothing_is_decided_by_the_name_of_a_tenant(product_trees: Mapping[Path, ast.Module]) -> None:
    offences = [f"{path}:{line}" for path, tree in product_trees.items() for line in tenant_comparisons(tree)]
    assert not offences


@pytest.fixture
def made_up() -> re.Pattern[str]:
    """The words of two regions that do not exist."""
    return region_words(
        ["zarechye", "ksr"], ["Заречная область", "Заречной области", "КСР", "город Приморск", "Верхне-Лесной край"]
    )


@pytest.mark.parametrize(
    "text",
    [
        "zarechye",
        "from apella_zarechye import x",
        "ZARECHYE_SITES",
        "# как в Заречной области",
        "в КСР",
        "Приморска",
        "суд ВЛК",
    ],
)
def test_a_named_region_is_noticed(made_up: re.Pattern[str], text: str) -> None:
    assert list(named_regions(f"x\n{text}", made_up))


@pytest.mark.parametrize(
    "text", ["blocksrc", "область", "Российская Федерация", "наречие", "Europe/Zarechye", "по московскому времени"]
)
def test_other_words_are_not_complained_about(made_up: re.Pattern[str], text: str) -> None:
    assert not list(named_regions(text, made_up))


@pytest.mark.parametrize(
    "snippet",
    [
        "if tenant.slug == 'zarechye': pass",
        "'zarechye' != actor.slug",
        "if region in ('zarechye', 'ksr'): pass",
        "match tenant.slug:\n    case 'zarechye' | 'ksr':\n        pass",
        "{'zarechye': 1}[actor.slug]",
        "{'zarechye': 1}.get(slug)",
        "rules.tenant.region_code.startswith('4')",
    ],
)
def test_a_decision_by_the_name_of_a_tenant_is_noticed(snippet: str) -> None:
    assert list(tenant_comparisons(ast.parse(snippet)))


@pytest.mark.parametrize("snippet", ["actor.slug == row.slug", "rules.plugin is None", "tenants[slug]", "slug == ''"])
def test_a_lookup_of_a_tenant_is_not_complained_about(snippet: str) -> None:
    assert not list(tenant_comparisons(ast.parse(snippet)))
