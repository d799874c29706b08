"""What the statistics are held against: values of scipy, statsmodels and scikit-learn, where they are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

GOLDEN = Path(__file__).parents[3] / "shared" / "eval" / "golden_stats.json"


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    """Return the golden values beside the checkout; tests that need them skip where they are absent."""
    if not GOLDEN.exists():
        pytest.skip(f"golden values are not at hand: {GOLDEN.name} beside the checkout")
    found: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return found
