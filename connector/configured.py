"""The settings of this product: those of the environment, held against the stages and names there are."""

from __future__ import annotations

from collections.abc import Mapping

from kit import settings
from kit.settings import Settings
from pipeline.graph.names import Names
from pipeline.stages.registry import STAGES


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of an environment (default: the process's own). SettingsFault names all that is wrong."""
    known = {
        "stage_commands": [stage.key for stage in STAGES],
        "graph_names": Names.__struct_fields__,
    }
    return settings.load(environ, known)
