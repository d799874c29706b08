"""What a profile is: a value that reads replies as another harness does, and what such a reading earns there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vqa_eval.records import Answer

GUESS = "guess"
"""The rule of an answer where the original draws an option at random; a profile never draws."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How another harness reads a reply to a question with options."""

    name: str
    """The module's name under vqa_eval.answers.profiles: the name is the registry."""
    about: str
    """One sentence for help and for tables."""
    source: str
    """Repository, commit and file of the original."""
    version: str
    """Changes with every change that can change a verdict; part of a number's signature."""
    read: Callable[[str, Sequence[str], Sequence[str], bool], Answer]
    """(reply, options, labels, multi) -> "answered" with labels, or "unparsed"; `rule` names the step of the
    original that fired.  None of the originals knows questions with several answers, so `multi` changes nothing."""
    guesses: bool
    """Whether the original draws an option at random where it finds none."""


def credit(profile: Profile, answer: Answer, correct_labels: Sequence[str], n_options: int) -> float:
    """Return what the original gives an answer that `profile` read: 1 or 0, and for a guess what it earns on average.

    A guess among k options earns 1/k.  Where the original compares with the key before it reads, the answer holds
    every label that it would call right, and the key must be one of them.  A key of several labels earns 0: the
    originals read one.
    """
    if len(correct_labels) != 1:
        return 0.0
    if profile.guesses and answer.rule == GUESS:
        return 1 / n_options if n_options else 0.0
    return float(answer.status == "answered" and correct_labels[0] in answer.letters)
