"""Samples × prompt techniques = prompts."""

from vqa_eval.rendering.render import compiled, option_labels, render

__all__ = ["compiled", "option_labels", "render"]
