"""Published files become samples and pictures: tables, the hub, prepared shelves, pixels."""

from vqa_eval.samples.library import Library, absent_packages, home
from vqa_eval.samples.shelf import Leaf, Shelf, ShelfAbout, sample_from_json, sample_to_json

__all__ = [
    "Leaf",
    "Library",
    "Shelf",
    "ShelfAbout",
    "absent_packages",
    "home",
    "sample_from_json",
    "sample_to_json",
]
