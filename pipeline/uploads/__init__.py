"""Files as they were given, and how they become documents of roles or of the company."""
