"""Words in a document that speak to the model. They are text like all others; a flag tells people."""

from __future__ import annotations

import re

_TALK = re.compile(
    r"(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}"
    r"(?:instructions?|prompts?|rules|guidelines)\b"
    r"|(?:you\s+are|act\s+as)\s+(?:now\s+)?(?:an?\s+)?(?:ai|llm|(?:large\s+)?language\s+model|chatbot|assistant\s+that)\b"
    r"|(?:system|developer)\s+prompt\b|<\|?(?:im_start|system|endoftext)\|?>|\[/?INST\]"
    r"|(?:as|dear)\s+(?:an?\s+)?(?:ai|llm|language\s+model)\b[^.\n]{0,40}\b(?:answer|output|respond|rate|score)"
    r"|(?:answer|respond|output|reply)\s+(?:only\s+)?(?:with\s+)?(?:that\s+)?(?:the\s+)?"
    r"(?:json|p_exposed|p_direct|everything\s+is|nothing\s+is)\b",
    re.IGNORECASE,
)
INJECTION = "A document holds instructions to the model; they were treated as text. Check the document."
FLAG = "review:instructions_in_document"


def speaks_to_the_model(text: str) -> bool:
    """Whether a text seems to give a model orders."""
    return _TALK.search(text) is not None
