"""Whether this process has a model to ask. Apart from `choose`: who only wants to know loads no client."""

from __future__ import annotations

from kit.settings import Settings


def uses_model(settings: Settings) -> bool:
    """Whether an endpoint is configured. Raises ValueError when only half of it is."""
    if bool(settings.model_base_url) != bool(settings.model_name):
        missing = "CONNECTOR_MODEL_NAME" if settings.model_base_url else "CONNECTOR_MODEL_BASE_URL"
        raise ValueError(f"{missing} is missing: an endpoint and a model belong together")
    return bool(settings.model_base_url)
