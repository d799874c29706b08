"""Published files become samples and pictures: tables, the hub, prepared shelves, pixels."""

from vqa_eval.samples.library import Library, absent_packages, command_for, home
from vqa_eval.samples.pictures import Pictures
from vqa_eval.samples.shelf import Leaf, Shelf, ShelfAbout, first_absent
from vqa_eval.samples.sources import published_files, same_samples

__all__ = [
    "Leaf",
    "Library",
    "Pictures",
    "Shelf",
    "ShelfAbout",
    "absent_packages",
    "command_for",
    "first_absent",
    "home",
    "published_files",
    "same_samples",
]
