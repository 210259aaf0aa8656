"""Which assessor this process uses."""

from __future__ import annotations

from pipeline.assessor.model import Assessor
from pipeline.assessor.model_client import ModelClient
from pipeline.assessor.modelled.assessor import ModelledAssessor
from pipeline.assessor.offline.assessor import OfflineAssessor


def assessor_from(
    *, base_url: str = "", api_key: str = "", model: str = "", seconds: float = 120.0
) -> Assessor:
    """The modelled assessor when an endpoint and a model are configured, else the offline one. `seconds`
    is the most that one model call may take. Raises ValueError when only one of the two is set."""
    if bool(base_url) != bool(model):
        missing = "CONNECTOR_MODEL_NAME" if base_url else "CONNECTOR_MODEL_BASE_URL"
        raise ValueError(f"{missing} is missing: an endpoint and a model belong together")
    if not base_url:
        return OfflineAssessor()
    return ModelledAssessor(ModelClient(base_url, api_key, model, seconds=seconds))
