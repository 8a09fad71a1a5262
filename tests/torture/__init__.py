"""Runs of the real program against a real sandbox that fails, both killed at random moments."""
