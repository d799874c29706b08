"""What may follow a label without making it part of a longer expression."""

from vqa_eval.answers.expressions import expression

_CLOSERS = expression(r"[)\]}\"'>|*]{0,8}")
# Words that follow a label inside a sentence and never follow an article or belong to a term.
_FOLLOW = expression(
    r"(?i)(?:because|since|as|due|and|or|but|for|given|based|which|with|not|rather|in|on|from|by|here|"
    r"according|"
    r"instead|over|although|though|however|so|then|while|where|that|this|is|are|was|were|would|among|"
    r"to\s+(?-i:[A-Z])\b|per|if|unless|than|after|considering|owing|meaning|i\.e|at|of\s+the\s+(?:options|choices)|too|alone|"
    r"only|again|"
    r"porque|ya|debido|pues|pois|já|parce|car|puisque|weil|da|denn|perch[eé]|poich[eé]|y|e|et|und|es|est|"
    r"ist|è|é|jest|je|är|er|olur|omdat|want|wählen|sagen|nehmen|şıkkı\w*|seçeneği\w*|"
    r"потому|так|karena|vì|bo|ponieważ|option|choice|i\s+(?:think|believe|guess))(?![\w-])"
)
# Words that go on with the sentence behind a label that is surely one.
_AS_ANSWER = expression(
    r"(?i)as\s+(?:the|my|our)\s|by\s+(?:elimination|exclusion)|for\s+(?:this|these|the\s+above|me|sure)\b|because\b|since\b|"
    r"(?:and|but)\s+not\b|rather\s+than\b|instead\b|over\s+(?-i:[A-Z])\b|(?:here|actually|again|then|probably|maybe|"
    r"obviously|anyway)(?=\s*[.,;!?]|\s*\Z)|(?:to\s+me|in\s+my\s+(?:opinion|view)|of\s+course|most\s+likely)\b|"
    r"I\s+(?:guess|think|believe|suppose)\b|(?:al)?though\b"
)
_FOREIGN = expression(r"[\u0590-\u0dff\u0e00-\u0fff\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")
_MARKS = (",", ";", "!", "?", ":", "(", "[", "=", "|", "<", "✓", "✗")


def closed(text: str, end: int, *, strict: bool) -> bool:
    """Whether a label that ends there is a label and no part of a term or a name.

    strict: only punctuation or the end closes it, not words that go on with the sentence.
    """
    closers = _CLOSERS.match(text, end)
    place = closers.end() if closers else end
    rest = text[place : place + 40]
    line = rest.lstrip(" \t")
    if text[end:place].startswith((")", "]")) or not line or line.startswith(("\n", *_MARKS)):
        return True
    if line[0] == "-":
        return line[1:2] in {" ", "\n", "", ">", "-"}
    if line[0] == ".":
        behind = line[1:].lstrip(".)]\"' \t")
        # "C. difficile", "E. coli": an abbreviated name goes on in lower case.
        return not behind[:1].islower() or bool(_FOLLOW.match(behind))
    goes_on = _AS_ANSWER.match(line) if strict else line != rest and _FOLLOW.match(line)
    return bool(_FOREIGN.match(line) or goes_on)


_LIST_CLOSED = expression(
    r"[)\]\"'*]*\s{0,3}(?:\Z|\n|[.,;:!?/&+)(、]|(?i:and|or|are|both|together|can|cannot|can't|do|don't|"
    r"have|fit|match|apply|hold|only|leave|leaves|because|since|as|but|y|et|und|o|ou|oder|were|seem|could|might|may|in|"
    r"for|all|to|on|equally)\b|-\s|[\u0590-\u9fff\uac00-\ud7af]|[A-Z](?![A-Za-z0-9]))"
)


def list_closed(text: str, end: int) -> bool:
    """Whether a label that ends there may be one of several joined labels."""
    return _LIST_CLOSED.match(text, end) is not None
