"""Whole slides: found by id, read in parts, looked at in one of several ways."""
