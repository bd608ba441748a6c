"""The words of envoi as frozen values: pure, imported by every layer.

Nothing here reads a file, a clock, a socket or a source of randomness.
"""
