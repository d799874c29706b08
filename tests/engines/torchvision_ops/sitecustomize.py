"""Lets the torchvision of the package index be imported beside a torch without CUDA. For tests alone.

Its compiled operators want CUDA's libraries and are passed over, but its Python part describes two of them
without asking whether they are there. Declared, they can be described; nobody calls them, and pictures are
turned by torchvision's Python code. Lying on PYTHONPATH, this also reaches the processes that vLLM starts.
"""

import importlib.abc
import sys
from typing import Any

_declared: list[Any] = []
"""Kept for good: torch forgets what a library declared once nothing refers to it."""


class _Declaring(importlib.abc.MetaPathFinder):
    """Finds nothing: waits for the descriptions to be imported and declares the operators that are absent then."""

    def find_spec(self, fullname: str, *_: Any) -> None:
        if fullname != "torchvision._meta_registrations":
            return
        sys.meta_path.remove(self)
        import torch

        for name in ("nms", "qnms"):
            if not hasattr(torch.ops.torchvision, name):
                library = torch.library.Library("torchvision", "FRAGMENT")
                library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
                _declared.append(library)


sys.meta_path.insert(0, _Declaring())
