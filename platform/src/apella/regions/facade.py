"""The typed way to a region's plugin: one plugin manager per region, every answer checked."""

from __future__ import annotations

import itertools
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import pluggy

from apella.errors import ApellaError, ConfigurationError
from apella.regions import defaults, hookspecs
from apella.regions.values.cases import CaseFacts, KitStop

if TYPE_CHECKING:
    from apella.regions.rules import RegionRules

T = TypeVar("T")


class RegionRuleError(ApellaError):
    """A region's hook failed, gave no answer, or one that breaks the hook's contract. Nothing was changed."""

    code = "region.rule"

    def __init__(self, region: str, hook: str, reason: str) -> None:
        super().__init__(
            f"Правило региона «{region}» не сработало ({hook}): {reason}. "
            "Дело не изменено; сообщите об этом администратору платформы.",
            region=region,
            hook=hook,
        )
        self.region = region
        self.hook = hook


class Hooks:
    """The hooks of one region: its plugin where it answers, the core's defaults elsewhere.

    `names` are all hooks, `own` those that the region answers. A hook that the region defines is the region's alone:
    a forgotten `return` is an error, not the default's answer.
    Raises ConfigurationError when the plugin defines a hook that does not exist.
    """

    def __init__(self, region: str, plugin: ModuleType | None) -> None:
        self._region = region
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        manager.register(defaults)
        if plugin is not None:
            manager.register(plugin)
        try:
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise ConfigurationError(
                f"Плагин региона «{region}» определяет правило, которого в ядре нет: {error}. "
                "Сверьте имя функции с docs/plugin-guide.md.",
                code="configuration.plugin",
            ) from error

        self._callers: dict[str, pluggy.HookCaller] = dict(vars(manager.hook))
        self.names = frozenset(self._callers)
        self.own = frozenset(
            name
            for name, caller in self._callers.items()
            if any(answer.plugin is not defaults for answer in caller.get_hookimpls())
        )
        for name in self.own:
            self._callers[name] = manager.subset_hook_caller(name, remove_plugins=[defaults])

    def kit_route(self, case: CaseFacts, rules: RegionRules) -> tuple[KitStop, ...]:
        """See `hookspecs.kit_route`. Raises RegionRuleError."""
        route = self._ask_all("kit_route", KitStop, case, rules)
        if route[0].task != "assemble" or route[-1].task != "present":
            raise RegionRuleError(
                self._region, "kit_route", "комплект должен начинать путь со сборки и заканчивать показом"
            )
        examined = sum(stop.task == "examine" for stop in route)
        if examined != int(rules.needs_expert(case.subject_code)):
            raise RegionRuleError(self._region, "kit_route", "эксперт лишний или пропущен")
        if any(one.role == other.role and one.task == other.task for one, other in itertools.pairwise(route)):
            raise RegionRuleError(self._region, "kit_route", "остановка повторяется подряд")
        return route

    def _ask_all(self, hook: str, kind: type[T], case: CaseFacts, rules: RegionRules) -> tuple[T, ...]:
        answers = self._ask(hook, tuple, case, rules)
        if not answers or not all(isinstance(answer, kind) for answer in answers):
            raise RegionRuleError(self._region, hook, f"нужен непустой набор значений {kind.__name__}")
        return answers

    def _ask(self, hook: str, kind: type[T], case: CaseFacts, rules: RegionRules) -> T:
        try:
            answer = self._callers[hook](case=case, rules=rules)
        except Exception as error:
            raise RegionRuleError(self._region, hook, f"ошибка {type(error).__name__}") from error
        if not isinstance(answer, kind):
            given = "нет ответа" if answer is None else f"получен {type(answer).__name__}"
            raise RegionRuleError(self._region, hook, f"{given}, нужен {kind.__name__}")
        return answer
