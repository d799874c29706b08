"""Stored bytes become the pixels that a question is about, and the file that is sent."""
