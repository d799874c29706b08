"""Stored predictions of other harnesses, read as samples with their replies."""
