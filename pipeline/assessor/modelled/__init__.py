"""The assessor that asks a model: any OpenAI-compatible endpoint, one prompt per question."""
