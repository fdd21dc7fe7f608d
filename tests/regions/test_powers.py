"""What a power of attorney must be and what it gives, which four acts say in four ways."""

from __future__ import annotations

import pytest

from apella.regions.registry import RegionRegistry
from apella.tenancy.files import shipped_tenants

SIX = 6


@pytest.fixture(scope="module")
def regions() -> RegionRegistry:
    """The shipped regions."""
    return RegionRegistry.load(shipped_tenants())


@pytest.mark.clause("kbr:12.4", "kbr_portal:I.11", "core:B3", "core:E13")
def test_the_newer_act_asks_for_a_plain_power_where_the_guide_wanted_a_notary(regions: RegionRegistry) -> None:
    proxy = regions.get("kbr").presence.proxy
    assert (proxy.allowed, proxy.form, proxy.notary_required) == (True, "plain", False)


@pytest.mark.clause("kuzbass:5.3", "core:E13")
def test_a_plain_power_suffices(regions: RegionRegistry) -> None:
    proxy = regions.get("kuzbass").presence.proxy
    assert (proxy.allowed, proxy.form, proxy.notary_required) == (True, "plain", False)


@pytest.mark.clause("moscow:6.4", "moscow:A1.3", "core:E13", "core:D12", "core:D11")
def test_the_regional_form_names_a_subject_and_a_year_and_gives_six_powers_none_of_them_to_file(
    regions: RegionRegistry,
) -> None:
    rules = regions.get("moscow")
    proxy = rules.presence.proxy
    assert (proxy.form, proxy.notary_required, proxy.per_subject_and_year) == ("regional", False, True)
    assert len(proxy.powers) == SIX
    assert not any("пода" in power.says or "отозва" in power.says for power in proxy.powers)
    assert not {"file", "withdraw"} & set(proxy.grantable)
    assert all("proxy" not in channel.applicants for channel in rules.channels)
    assert "proxy" not in rules.withdrawal.applicants
