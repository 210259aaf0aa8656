"""Whom we call: the systems that we can fetch from and how we get to them, and where callbacks may go."""

from __future__ import annotations

from adapters.registry import SOURCES, adapter_for
from kit.http import AddressRules, CompanyHttp
from kit.settings import Settings
from kit.vault import Vault
from webhooks.connections.connections import Means
from webhooks.connections.vendors import Vendor, Vendors


def vendors() -> Vendors:
    """Every system there is an adapter for."""
    known = {source: adapter_for(source) for source in SOURCES}
    return {source: Vendor(adapter.access, adapter.client) for source, adapter in known.items()}


def source_rules(settings: Settings) -> AddressRules:
    """Where a connection may lead: the operator's hosts, or else the systems' own."""
    own = tuple(host for source in SOURCES for host in adapter_for(source).hosts)
    return AddressRules(settings.allowed_source_hosts or own, settings.allow_loopback_sources)


def callback_rules(settings: Settings) -> AddressRules:
    """Where deliveries and resumed jobs may lead."""
    return AddressRules(settings.allowed_callback_hosts, settings.allow_loopback_callbacks)


def means_of(settings: Settings) -> Means:
    """What connections need besides the database; close its `http` at the end."""
    return Means(vendors(), Vault(settings.secret_key), CompanyHttp(source_rules(settings)))
