"""Published files become samples and pictures: tables, the hub, prepared shelves, pixels."""

from vqa_eval.samples.library import Library, absent_packages, home
from vqa_eval.samples.pictures import Pictures
from vqa_eval.samples.shelf import Leaf, Shelf, ShelfAbout
from vqa_eval.samples.sources import same_samples

__all__ = [
    "Leaf",
    "Library",
    "Pictures",
    "Shelf",
    "ShelfAbout",
    "absent_packages",
    "home",
    "same_samples",
]
