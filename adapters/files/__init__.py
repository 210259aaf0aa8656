"""Files as people have them: bytes -> text. Pure, bounded, told by content and not by name."""
