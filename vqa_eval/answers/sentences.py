"""Rules that read a label at the end of a sentence: one that is a sentence by itself, one that others lead to."""

import re
from collections import deque

from vqa_eval.answers import claims, cues
from vqa_eval.answers.closing import closed
from vqa_eval.answers.lines import OTHER_LEAD
from vqa_eval.answers.page import Finding, Page, Slot

_LAST_SENTENCE = re.compile(r"(\w+)[\"')\]]*([.!?])[\"')\]]*\s+[(\[\"']*([A-Z]|\d{1,2})[)\]\"'.!]*\s*\Z")
_LISTED = re.compile(r"(?:\A|[.)]\s+)[A-Z][.)]\s+[(\[]?\Z")

# Words that a letter goes with as a name: "vitamin D", "type A", "figure B".
_NAMED_BY_LETTER = (
    r"vit(?:amins?)?|hep(?:atitis)?|influenza|ha?emophilia|types?|sub-?types?|sero-?types?|geno-?types?|fig(?:ures?)?|"
    r"panels?|class(?:es)?|grades?|stages?|levels?|groups?|strains?|categor(?:y|ies)|scores?|factors?|proteins?|"
    r"chains?|alleles?|antigens?|immunoglobulins?|toxins?|coenzyme|amphotericin|polymyxin|cyclosporin|leads?|virus|"
    r"st|gr|cat|vs|approx|ca"
)
# Words that a letter in their sentence may well belong to: "the breast density is C", "the arrow marked B".
_GRADED = re.compile(
    rf"(?i)\b(?:{_NAMED_BY_LETTER}|staging|density|child-pugh|bi-?rads|dukes'?|weber|stanford|kellgren|fractions?|"
    r"subunits?|residues?|amino\s+acids?|bases?|nucleotides?|complement|arrows?|points?(?!\s+to)|regions?|zones?|areas?|"
    r"segments?|sections?|positions?|phases?|lines?|(?<!my )views?|plates?|slides?|markers?|"
    r"letters?(?!\s+(?:is|of))|labell?ed|"
    r"written|printed|variants?|mutations?|samples?|lanes?|wells?|tubes?|plasmids?|rhesus|blood|temperature|degrees)\b"
)
_LEAD = (
    r"(?:is|was|remains?|becomes?|equals|(?:makes?|call(?:s|ed)?|labels?|names?|grades?|reads?)\s+(?:it|this|that)|me|us|so|thus|hence|therefore|then|but|still|just|only|"
    r"(?:must|should|would|will|can\s+only|to|gotta)\s+be|"
    r"likely|probably|likeliest|guess|say|says|said|"
    r"shows?|represents?|depicts?|demonstrates?|indicates?|suggests?|supports?|favou?rs?|confirms?|means?|implies|"
    r"matches|match|fits?|describes|gives?|yields?|leaves?|makes?|picks?|chooses?|selects?|have|got|get|vote|"
    r"points?\s+(?:to|towards)|choose|pick|select|mark|tick|circle|check|take|prefer|\w{3,}ly|maybe|perhaps)"
)
_CLOSING = re.compile(
    r"(?P<lead>\b(?i:LEAD)|'s|(?P<sign>[,:;]|->|=>|=|\s-))[ \t]*[(\[\"']{0,3}(?:(?i:option|choice|answer|letter)\s+)?"
    r"[(\[\"']{0,2}(?P<label>[A-Z]|\d{1,2})(?=[)\]\"']{0,3}\s*(?:[.!;\n]|\Z|(?i:here|for\s+(?:me|sure)|to\s+me|instead|"
    r"actually|then|obviously|of\s+course|anyway|again)\s*(?:[.!;\n]|\Z)))".replace("LEAD", _LEAD)
)


_MOST = 200
"""More labels than this at the ends of sentences are noise."""


def last_sentence(page: Page) -> Finding | None:
    """Read a last sentence that is a label and nothing else."""
    offset = max(0, len(page.text) - 120)
    tail = page.text[offset:]
    found = _LAST_SENTENCE.search(tail)
    if found is None or not _set_off(tail, found, page.options.numbered):
        return None
    label = found.group(3)
    start = offset + found.start(3)
    at = page.options.labelled(label)
    others = {
        page.options.labelled(other.group(1))
        for other in OTHER_LEAD.finditer(page.text, 0, start)
        if not cues.NEGATION.search(page.before(other.start(1)))
    }
    return None if others - {None, at} else page.choose([Slot((-1 if at is None else at,), start, start + len(label))])


def _set_off(tail: str, found: re.Match[str], numbered: bool) -> bool:
    """Whether a sentence ends before the label, rather than a name, an abbreviation or a list of labels."""
    word, mark, label = found.groups()
    if label.isdigit() and not numbered:
        return False
    if re.fullmatch(rf"(?i)(?:{_NAMED_BY_LETTER})", word) or _LISTED.search(tail[: found.start(3)]):
        return False
    return mark == "!" or len(tail[: found.start(2)].split()) > 1


def closing_labels(page: Page) -> list[Slot]:
    """Return the labels that sentences lead to and end with, none denied, graded, asked for or in doubt."""
    if page.options.lettered:
        return []
    found = []
    for match in deque(_CLOSING.finditer(page.text), maxlen=_MOST):
        at = page.options.labelled(match.group("label"))
        place = match.start("label")
        if at is None or match.group("label") == "I" or (match.group("label").isdigit() and not page.options.numbered):
            continue
        if closed(page.text, match.end("label"), strict=True) and _leads(page, match):
            found.append(Slot((at,), place, match.end("label")))
    return found


_OTHER_LABEL = re.compile(r"(?<![\w'-])(?:[B-HJ-Z]|[AI](?=[)\],;/&]))(?![\w'-])")
_SURE_LEAD = re.compile(
    r"(?i)(?:\w+\s+)?(?:it|this|that|me|us|so|thus|hence|therefore|guess|vote|choose|pick|select|prefer|favou?rs?|to)|->|=>"
)
# What a colon leads from to something other than the answer.
_HEADING = re.compile(
    r"(?i)\b(?:differentials?|differential\s+diagnos[ie]s|alternatives?|runners?-?\s?up|second(?:ary)?|others?|excluded|eliminated|"
    r"ruled\s+out|notes?|references?|step\s*\d*|explanations?|reason\w*|rationale|analysis|comparison|versus|options?|choices?|"
    r"distractors?|labels?|given|list|legend|key)\s*\Z"
)
_JUST_NO = re.compile(r"(?i)\s*(?:no|nope|yes|yeah|ok|okay)\s*")
_SO_IS = re.compile(r"(?i)\b(?:so|nor|neither|as|than)\s+\Z")
_ADVERB = re.compile(r"(?i)maybe|perhaps|\w+ly")
_WORD = re.compile(r"[^\W\d_]{2,}")


def _leads(page: Page, match: re.Match[str]) -> bool:
    """Whether the sentence before a label leads to it."""
    start, sign = match.start("lead"), match.group("sign")
    whole = page.before(start)
    before = whole if sign == "," else cues.ASIDE.sub("", whole)
    near = before[before.rfind(",") + 1 :]
    if _graded(page, match) or _SO_IS.search(before) or claims.considering(page, start):
        return False
    if not _JUST_NO.fullmatch(near) and cues.NEGATION.search(cues.NO_DOUBT.sub("", near)):
        return False
    if claims.denied(page, start, match.end("lead")):
        return False
    if sign in {"->", "=>", "="} or (sign is None and not _ADVERB.fullmatch(match.group("lead"))):
        return True
    # Behind an adverb, a comma or a colon stands an answer only where no other label stands before it.
    if _OTHER_LABEL.search(before) or _HEADING.search(before):
        return False
    words = len(_WORD.findall(whole))
    return sign is None or words > (sign == ",") or _JUST_NO.fullmatch(before) is not None


def _graded(page: Page, match: re.Match[str]) -> bool:
    """Whether the letter may belong to something that its sentence grades or names."""
    return (
        not _SURE_LEAD.fullmatch(match.group("lead")) and _GRADED.search(page.before(match.start("label"))) is not None
    )


def closing_label(page: Page) -> Finding | None:
    """Read the label that sentences end with: "in this case, D.", "the tail makes it B."."""
    found = closing_labels(page)
    return page.choose(found) if found else None
