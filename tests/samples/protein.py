"""ProteinLMBench's official layout: lists of "option N: text" and answers "option N", with the published counts."""

import json
from pathlib import Path

COUNTS = {2: 3, 3: 21, 4: 42, 5: 1, 6: 871, 7: 2, 8: 1, 10: 3}
"""Number of options to the rows of the official file that have so many: 944 in all."""


def rows() -> list[dict[str, object]]:
    """Return invented rows with the published counts of options; the two of seven are answered by option 7."""
    made: list[dict[str, object]] = []
    for options, number in sorted(COUNTS.items()):
        for at in range(number):
            right = 7 if options == 7 else at % options + 1
            made.append(
                {
                    "question": f"Which of {options} chains does protein {len(made)} bind?",
                    "options": [f"option {place}: chain {chr(96 + place)}" for place in range(1, options + 1)],
                    "answer": f"option {right}",
                    "explanation": f"It binds the chain of option {right}.",
                }
            )
    return made


def write_official(path: Path) -> Path:
    """Write a file of the official layout."""
    path.write_text(json.dumps(rows()), encoding="utf-8")
    return path
