"""The language and its phases: files in git become an immutable send plan."""
