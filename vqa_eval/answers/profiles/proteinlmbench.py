"""ProteinLMBench's own scorer: the first run of digits in the reply is the number of the option.

Kept as they are: "Serine 195" chooses option 195 and "2 calcium ions" option 2; "03" is not 3, as the numbers are
compared as text.  The prompt asks an unsure model for option 7, which is out of range in a question of six.
"""

import re
from collections.abc import Sequence

from vqa_eval.answers.profiles.profile import Profile
from vqa_eval.records import Answer

_UNSURE = "7"
_NUMBER = re.compile(r"\d+")


def _read(reply: str, options: Sequence[str], labels: Sequence[str], multi: bool) -> Answer:
    found = _NUMBER.search(reply)
    if not found:
        return Answer("unparsed", rule="no_number")
    for position, label in enumerate(labels, start=1):
        if found[0] == str(position):
            return Answer("answered", (label,), rule="number", span=found.span())
    return Answer("unparsed", rule="unsure" if found[0] == _UNSURE else "out_of_range", span=found.span())


profile = Profile(
    name="proteinlmbench",
    about="ProteinLMBench's official scorer: the first number of the reply; 7 says unsure where there is no option 7",
    source="tsynbio/ProteinLMDataset@fd5f2d5 benchmark/benchmark_your_model.py",
    version="1",
    read=_read,
    guesses=False,
)
