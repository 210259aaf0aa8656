"""Which assessor this process uses."""

from __future__ import annotations

from kit.redis import Redis
from kit.settings import Settings
from pipeline.assessor.asking.breaker import Breaker
from pipeline.assessor.asking.interview import Interview, Memory
from pipeline.assessor.asking.pace import Pace, Rates
from pipeline.assessor.asking.prices import prices_from
from pipeline.assessor.configured import uses_model
from pipeline.assessor.model import Assessor
from pipeline.assessor.model_client import ModelClient
from pipeline.assessor.modelled.assessor import ModelledAssessor
from pipeline.assessor.offline.assessor import OfflineAssessor
from pipeline.assessor.standby import WithStandby


def assessor_from(settings: Settings, memory: Memory | None = None, redis: Redis | None = None) -> Assessor:
    """The modelled assessor (with the offline one standing by) when an endpoint is configured, else the
    offline one. `memory` keeps what was answered; `redis` shares rates with other processes. Raises
    ValueError for settings that do not go together."""
    if not uses_model(settings):
        return OfflineAssessor()
    client = ModelClient(
        settings.model_base_url,
        settings.model_api_key,
        settings.model_name,
        seconds=settings.model_timeout,
        api_version=settings.model_api_version,
        prices=prices_from(settings.model_prices_path),
    )
    rates = Rates(
        calls=settings.model_calls_per_minute,
        tokens=settings.model_tokens_per_minute,
        company_calls=settings.model_company_calls_per_minute,
        company_tokens=settings.model_company_tokens_per_minute,
    )
    breaker = Breaker(
        failures=settings.model_breaker_failures,
        pause=settings.model_breaker_seconds,
    )
    interview = Interview(client, Pace(rates, redis), breaker, memory)
    model = ModelledAssessor(interview, piece_chars=settings.model_piece_chars)
    return WithStandby(model, OfflineAssessor(), patience=settings.model_patience)
