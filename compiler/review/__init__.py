"""A plan and its findings for people: terminal, text and JSON."""
