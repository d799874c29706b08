"""Reply to verdict: a ladder of named, versioned, pure rules; never a guess, never a look at the key."""

from vqa_eval.answers import profiles
from vqa_eval.answers.abstention import abstained
from vqa_eval.answers.channels import read_label, read_logprobs
from vqa_eval.answers.free_text import read_text
from vqa_eval.answers.ladder import RULES_VERSION, letters, read_choice

__all__ = [
    "RULES_VERSION",
    "abstained",
    "letters",
    "profiles",
    "read_choice",
    "read_label",
    "read_logprobs",
    "read_text",
]
