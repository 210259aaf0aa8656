"""The assessor that needs no network: deterministic, explains itself, says that it is offline."""
