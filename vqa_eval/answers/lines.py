"""Labels that stand by themselves: the whole reply, a line of its own, the last sentence."""

import re
from dataclasses import dataclass

from vqa_eval.answers import cues, foreign_judgements, judgements
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page, Slot
from vqa_eval.answers.slots import LABEL, read_closed_label, read_label_list, skip_either

_EDGES = " \t\n\r.,;:!?\"'`()[]{}<>|*_~$\\@#&^/✓"
_NAMED = expression(
    r"(?i)(?:(?:only|just|simply)\s+)?(?:(?:the\s+|my\s+)?(?:options?|choices?|answers?|letters?|statements?|number|选项|"
    r"選項)\s*[:#(\[\"']{0,3}\s*(?=[A-Z0-9]{1,3}\b))|(?:only|just|simply)\s+(?=(?-i:[A-Z])\b)"
    r"|(?:q(?:uestion)?\s{0,2})?#?\d{1,3}\s?[.):-]\s+(?=[(\[]?(?-i:[A-Z])\b)"
)
_BULLET = expression(r"\s*(?:[-•·*‣▪]\s{1,4}|\(?[-•]\)?\s*)?[(\[{\"']*\s?")


def _core(text: str) -> tuple[int, int]:
    """Return where the text without the marks around it begins and ends."""
    start = len(text) - len(text.lstrip(_EDGES))
    end = len(text.rstrip(_EDGES + "-"))
    return start, max(start, end)


def whole_reply(page: Page) -> Finding | None:
    """Read a reply that is nothing but a label, a list of labels, or one option's words."""
    start, end = _core(page.text)
    if end - start > 4000 or start == end:
        return None
    named = _NAMED.match(page.text, start, end)
    bare_start = named.end() if named else start
    said = page.text[start:end]
    by_text = page.options.equal(said)
    by_label = _bare_label(page, bare_start, end)
    # The words of one option may be the label of another: blood groups.
    if by_text is not None and page.options.labelled(page.text[bare_start:end].strip(_EDGES)) not in {None, by_text}:
        return Finding("conflict", (), start, end)
    if by_text is not None:
        return None if page.cut_short and _goes_on(page, by_text) else Finding("answered", (by_text,), start, end)
    return by_label


def _goes_on(page: Page, index: int) -> bool:
    """Whether another option begins with this one's words, so that a reply cut short leaves both open."""
    own = page.options.words[index]
    return any(len(words) > len(own) and words[: len(own)] == own for words in page.options.words)


def _bare_label(page: Page, start: int, end: int) -> Finding | None:
    bare = page.text[start:end].strip(_EDGES)
    at = page.options.labelled(bare)
    if at is not None:
        return Finding("answered", (at,), start, end)
    if re.fullmatch(r"\d{1,3}" if page.options.numbered else "[A-Za-z]", bare):
        return Finding("out_of_range", (), start, end)
    listed = _run_together(page, bare, start, end) or _enumerated(page, bare, start, end)
    if listed is not None:
        return listed
    slot = read_label_list(page, skip_either(page.text, start))
    if slot is None or page.text[slot.end : end].strip(_EDGES) or len(slot.chosen) < 2 or slot.against:
        return None
    if page.mentions and len(set(slot.chosen)) == len(page.options):
        return Finding("unparsed", (), start, end)  # the options and their words, restated
    return page.choose([slot])


def _run_together(page: Page, said: str, start: int, end: int) -> Finding | None:
    """Read the letters of several options written as one word, where several are asked for: "CA"."""
    if not page.multi or not said.isalpha() or len(said) > len(page.options):
        return None
    places = [at for letter in said if (at := page.options.labelled(letter)) is not None]
    return Finding("answered", tuple(sorted(places)), start, end) if len(set(places)) == len(said) else None


_ONE_LABEL = expression(r"(?<!\w)(?:[A-Za-z]|\d{1,2})(?!\w)")
_ENUMERATION = expression(r"(?:(?:[A-Za-z]|\d{1,2})[^\w✓✗]{1,6})+(?:[A-Za-z]|\d{1,2})")


def _enumerated(page: Page, said: str, start: int, end: int) -> Finding | None:
    """Read a text of nothing but labels and marks: one label again and again, or several of them."""
    if not _ENUMERATION.fullmatch(said):
        return None
    places = [page.options.labelled(label) for label in _ONE_LABEL.findall(said)]
    if None in places or (said.islower() and not page.multi):
        return None
    chosen = sorted({place for place in places if place is not None})
    if len(chosen) == 1:
        return Finding("answered", (chosen[0],), start, end)
    if page.multi:
        # "A-C" may be two options or three.
        return Finding("unparsed" if "-" in said else "answered", () if "-" in said else tuple(chosen), start, end)
    return Finding("unparsed" if len(chosen) == len(page.options) else "hedged", (), start, end)


@dataclass(frozen=True, slots=True)
class _Line:
    slot: Slot
    exact: bool
    """Nothing but the label, or the label with its option's words, stands on the line."""
    first: bool
    last: bool


_CUT = 3
"""Letters of an option's words that show it in a reply that was cut; "no" may begin many."""

_MOST = 200
"""Lines looked at from the beginning and from the end of a reply."""


def _labelled_lines(page: Page) -> list[_Line]:
    text = page.text
    found = []
    spans = [match.span() for match in re.finditer(r"[^\n]*\S[^\n]*", text)]
    if len(spans) > 2 * _MOST:
        spans = spans[:_MOST] + spans[-_MOST:]
    for at, (start, end) in enumerate(spans):
        bullet = _BULLET.match(text, start, end)
        place = bullet.end() if bullet else start
        named = _NAMED.match(text, place, end)
        slot = read_label_list(page, named.end() if named else place)
        if slot is None or page.announced(start) or (slot.end > end and not page.multi):
            continue
        label = LABEL.match(text, slot.start)
        rest = text[slot.end : end].strip(_EDGES + "-")
        cut = len(slot.chosen) == 1 and at == len(spans) - 1 and len(rest) >= _CUT
        if cut and page.options.begins(rest) == slot.chosen[0]:
            rest = ""  # the reply was cut in the middle of the option's words
        marked = text[slot.end : slot.end + 1] in {".", ")", "]", ":", ""} or text[place - 1 : place] == "("
        if (
            label is None
            or (label.group(1).islower() and rest)
            or (label.group(1).islower() and not marked and slot.end < end)
        ):
            continue
        found.append(_Line(slot, not rest, at == 0, at == len(spans) - 1))
    return found


def label_line(page: Page) -> Finding | None:
    """Read a first or last line that is a label, with or without its option's words, and nothing else."""
    exact = [line for line in _labelled_lines(page) if line.exact]
    exact = _without_restated(page, exact)
    if not exact:
        return None
    if not page.multi and not any(line.first or line.last for line in exact):
        return None
    return page.choose([line.slot for line in exact])


def _without_restated(page: Page, lines: list[_Line]) -> list[_Line]:
    """Return the lines without runs that repeat the whole list of options in its order."""
    everything = list(range(len(page.options)))
    if len(everything) < 2:
        return lines
    kept = list(lines)
    at = 0
    while at + len(everything) <= len(kept):
        run = kept[at : at + len(everything)]
        if [line.slot.chosen for line in run] == [(index,) for index in everything]:
            del kept[at : at + len(everything)]
        else:
            at += 1
    return kept


OTHER_LEAD = expression(r"(?:\n|[.;,)]\s|\s\s|[a-z]\s)\s*[•*-]?\s?(?:[Oo]ption\s+)?[(\[]?([A-Z]|\d{1,2})[.):]\s")
_LEAD_WORD = expression(
    r"(?i)\s+(?:because|since|as(?!\s+well)|due|based|given|instead|rather|over|not|and\s+not|but\s+(?:I|not|it)|for\s+(?:sure|me)|"
    r"of\s+course|without|all\s+the\s+way|at\s+\d+\s?%|with\s+(?:a\s+)?(?:\d+\s?%|\w+)?\s?(?:probability|confidence|certainty)|in\s+my|(?:here|only)(?=\W*\Z)|I\s+(?:guess|think|believe)|maybe|perhaps|probably|most\s+likely|"
    r"although|though|actually|definitely|clearly|obviously|by\s+(?:elimination|exclusion)|"
    r"porque|pues|pois|ya|debido|parce|car|weil|da|perch[eé]|poich[eé]|omdat|потому|так|çünkü|karena|vì)\b"
)
_GROUNDS = expression(r"(?i),?\s+(?:because|since|as|given|due|based|considering|which|for)\b")
_ABBREVIATED = expression(r"\.[A-Za-z](?:\.|\Z)")
_LISTED_WITH = expression(r"(?<![\w'-])[A-Z]\)?(?:,|,?\s(?:and|or|&))\s[(\[]?\Z")
_OR_ANOTHER = expression(
    r"[)\]\"'.,;\s-]*(?:\([^()\n]{0,30}\)\s*)?[,;.-]*\s*(?i:or|/|vs\.?|versus)\s+"
    r"(?i:(?:maybe|perhaps|possibly|also|even|alternatively|else|option)\s+){0,3}[(\[]?([A-Z]|\d{1,2})(?![\w'-])"
)


def leading_label(page: Page) -> Finding | None:
    """Read a label at the beginning of the reply, closed off from an explanation that follows."""
    bullet = _BULLET.match(page.text)
    place = bullet.end() if bullet else 0
    named = _NAMED.match(page.text, place)
    place = named.end() if named else place
    slot = read_closed_label(page, place) or _led_by_word(page, place)
    if slot is None or slot.end >= len(page.text) or not _leads(page, slot):
        return None
    if slot.against:
        return page.choose([slot])
    another = _OR_ANOTHER.match(page.text, slot.end)
    if another and page.options.labelled(another.group(1)) not in slot.chosen:
        return Finding("hedged", (), slot.start, another.end())
    others = {
        page.options.labelled(found.group(1))
        for found in OTHER_LEAD.finditer(page.text, slot.end - 1)
        if not _LISTED_WITH.search(page.text[max(0, found.start(1) - 12) : found.start(1)])
    }
    others |= {index for line in _labelled_lines(page) if line.exact for index in line.slot.chosen}
    if _spoken_of(page, slot) or others - {None, -1} - set(slot.chosen):
        return None
    finding = page.choose([slot])
    # Where the list of options is all that begins the reply, the answer may follow.
    return None if finding.status == "unparsed" else finding


def _spoken_of(page: Page, slot: Slot) -> bool:
    """Whether what follows a label judges it or goes on to speak of it: "A. Embolism is characterised by"."""
    judged = (judgements.JUDGED_BAD, judgements.VERDICT_BAD, cues.ON_CONDITION, foreign_judgements.BAD)
    if any(pattern.match(page.text, slot.end) for pattern in judged):
        return True
    label = LABEL.match(page.text, slot.start)
    return bool(label and slot.end > label.end() and judgements.UNDONE.match(page.text, slot.end))


def _leads(page: Page, slot: Slot) -> bool:
    """Whether a label at the beginning is set off as an answer, not the first word of a sentence."""
    letter = page.text[slot.start]
    behind = page.text[slot.end : slot.end + 1]
    if _ABBREVIATED.match(page.text, slot.end) or page.text[slot.end :].lstrip().startswith("?"):
        return False
    if len(slot.chosen) > 1 and not page.multi:
        # "Options 1 and 2 are folds" names them to say something else.
        return not page.text[slot.end : slot.end + 2].strip().isalnum()
    if letter == "A" and behind == ":":
        # "A:" may stand for "Answer:".
        return slot.against
    if letter == "I":
        return behind in {".", ")", ":"}
    if letter.islower() and behind in {" ", ","} and letter not in "ai":
        return _GROUNDS.match(page.text, slot.end) is not None
    return not letter.islower() or behind in {")", "."}


def _led_by_word(page: Page, place: int) -> Slot | None:
    slot = read_label_list(page, place)
    if slot is None or not _LEAD_WORD.match(page.text, slot.end):
        return None
    label = LABEL.match(page.text, slot.start)
    return slot if label and (label.group(1).isupper() or label.group(1) not in {"a", "i"}) else None
