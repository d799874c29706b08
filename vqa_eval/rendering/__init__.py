"""Samples × prompt techniques = prompts; and the other ways to put a sample."""

from vqa_eval.rendering.render import option_labels, render
from vqa_eval.rendering.variants import Pictured, donors, varied

__all__ = ["Pictured", "donors", "option_labels", "render", "varied"]
