"""Input hashes: whether a recorded result still holds."""

from __future__ import annotations

import hashlib

import msgspec

from pipeline.stages.base import Given, Stage

_encoder = msgspec.json.Encoder(order="deterministic")


def input_hash(stage: Stage, given: Given, assessor_version: str) -> str:
    """SHA-256 (hex) over what the stage reads, its version and, for model stages, the assessor's version
    (which covers prompts, weights and taxonomy)."""
    versions = [stage.version, assessor_version if stage.kind == "llm" else ""]
    return hashlib.sha256(_encoder.encode([stage.key, versions, stage.inputs(given)])).hexdigest()
