"""Reading the place where an answer must stand: a label, a list of labels, or an option's words.

A letter is a label only in such a place, and only where the place is closed behind it: "the answer is A." and
"the answer is A because" name option A, "the answer is a lesion", "B-cell", "C. difficile" and "A>G" do not.
"""

from itertools import pairwise

from vqa_eval.answers.closing import closed, list_closed
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.ordinals import read_ordinal
from vqa_eval.answers.page import Page, Slot

_WORD = r"0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f"
LABEL = expression(
    rf"([A-Za-z]{{1,12}}|\d{{1,3}})(?![{_WORD}])(?!-[{_WORD}])(?!'(?!(?:d|t)[iıuü]r\b)[a-z])(?!\.\d)(?![%°]|=(?![a-z✓✗])|\+(?!\s?[A-Z](?![A-Za-z]))|\s?>\s?[A-Z0-9])"
)

# Words that may stand between "the answer is" and the answer itself.
_FILLER = expression(
    r"(?:[\s\"'(\[{<:=|#]|\.{2,}|-(?=[\s>(\[\"'A-Z])|>|\\|~|\*"
    r"|(?i:options?|choices?|letters?|numbers?|n[or]\.(?=\s*\d)|answers?|items?|statements?|alternatives?|"
    r"label(?:l?ed)?|marked|clearly|definitely|certainly|"
    r"undoubtedly|simply|just|only|really|therefore|thus|then|indeed|still|in\s+fact|actually|obviously|"
    r"most|very|more|likely|probably|presumably|best|(?:on|for)(?=\s+(?:option\s+)?[(\[]?(?-i:[A-Z])\b)|(?:described|represented|explained|answered|"
    r"given)\s+(?:as|by)|"
    r"to\s+be|be|as|with|that\s+of|"
    r"the|la|el|le|die|der|das|het|den|opci[oó]n|opç[aã]o|letra|lettre|lettera|alternativa|alternative|"
    r"buchstabe|"
    r"r[eé]ponse|respuesta|resposta|antwort|вариант|буква|пункт|под\s+буквой|seçeneği|şıkkı|pilihan|huruf|"
    r"phương\s+án)(?![\w'-]),?"
    r"|(?i:a)(?=\s+(?:[A-Z]\b|letra|alternativa|opç))"
    r"|选项|选|選項|選|項|项|字母|第|為|为|是|보기|선택지|번호|選択肢|الخيار|الحرف|विकल्प|ข้อ|ตัวเลือก){0,12}+"
)

_JOINT = expression(
    r"[)\]\"'*]{0,6}\s{0,3}[(\[]?(?P<join>,\s{0,3}(?:and/or|and|or)\b|and/or\b|and\b|or\b|as\s+well\s+as\b|plus\b|[,;/&+、]|y\b|"
    r"o\b|et\b|ou\b|und\b|oder\b|和|及|与|與|以及|或者|或是|或|还是|還是|と|か|와|과|또는|و|أو|и\b|или\b|vs\.?\b|versus\b|(?<=[)\]])(?=\s?[(\[][A-Z\d]))"
    r"\s{0,3}(?:(?:also|possibly|perhaps|maybe|probably|even|alternatively|[Oo]ption|[Cc]hoice|[Aa]nswer|选项|"
    r"選項)\s{1,3}|选项){0,3}[(\[\"'*]*"
)
_OR = expression(r"(?i)\bor\b|\bo\b|\bou\b|\boder\b|或|还是|還是|か|또는|أو|или|vs")
_LIST_GAP = expression(r"[)\].]*[ \t]{1,3}[(\[]?|[)\].]*\s{0,3}\n\s{0,3}(?:[-•*]\s{1,3})?[(\[]?")
_TO_TEXT = expression(r"[)\]}\"'|*]*\s{0,3}(?:[.:,=(\[|]|-(?=[\s\w])){0,2}\s{0,3}[\"'(*]*(?:(?:the|an?)\s)?")
_EITHER = expression(r"(?i)(?:either|both|between|all\s+of|one\s+of)\b:?\s{0,3}(?:option|choice)?s?\s{0,3}[(\[\"']*")
_ARTICLE_GAP = expression(r"\s+\w")
_ARTICLE = expression(r"(?i)(?:(?:an?|the|that\s+of|it\s+is|this\s+is|shows?|there\s+(?:is|are))\s+){1,3}")


def read_slot(page: Page, place: int, *, strict: bool = False, words: bool = True) -> Slot | None:
    """Return the answer that stands at a place, behind words that only lead to it; None where there is none.

    strict: the label must be followed by punctuation or the end, not by more of the sentence.
    words: an option's words count too.
    """
    filler = _FILLER.match(page.text, place)
    start = filler.end() if filler else place
    start = skip_either(page.text, start)
    mention = page.first_mention(place, start) if words else None
    if mention is not None and _outweighs(page, mention.index, mention.start, mention.end):
        return _text_list(page, mention.start)
    slot = _labels(page, start, strict=strict)
    if slot is not None:
        return slot
    counted = _counted_place(page, place, start)
    if counted is not None or not words:
        return counted
    article = _ARTICLE.match(page.text, start)
    return _text_list(page, start) or (_text_list(page, article.end()) if article else None)


def _counted_place(page: Page, place: int, start: int) -> Slot | None:
    """Return an option counted behind a lead, whose article may have been taken for one of its words."""
    lead = len(page.text) - len(page.text[place:].lstrip(" \t\n\"'(")) if place < start else start
    return read_ordinal(page, min(lead, start)) or read_ordinal(page, start)


def skip_either(text: str, place: int) -> int:
    """Return the place behind "both", "either" and the like."""
    either = _EITHER.match(text, place)
    return either.end() if either else place


def _outweighs(page: Page, index: int, start: int, end: int) -> bool:
    """Whether words at a place say more than the label they begin with: "2 calcium ions", "A lesion"."""
    label = LABEL.match(page.text, start)
    if label is None or label.end() < end:
        return True
    return page.options.labelled(label.group(1)) is None


def _text_list(page: Page, place: int) -> Slot | None:
    mention = page.mention_at(place)
    if mention is None:
        return None
    chosen, end, by_or = [mention.index], mention.end, False
    while joint := _JOINT.match(page.text, end):
        article = _ARTICLE.match(page.text, joint.end())
        following = page.mention_at(article.end() if article else joint.end())
        if following is None:
            break
        by_or = by_or or bool(_OR.search(joint.group("join")))
        chosen.append(following.index)
        end = following.end
    return Slot(tuple(chosen), mention.start, end, "text", by_or)


def _labels(page: Page, start: int, *, strict: bool) -> Slot | None:
    first = LABEL.match(page.text, start)
    slot = read_label_list(page, start)
    if first is None or slot is None:
        return None
    word = first.group(1)
    article = (slot.against and word in {"a", "A", "I"}) or (word == "a" and slot.end > first.end())
    if article and _ARTICLE_GAP.match(page.text, first.end()):
        return None  # "a meningioma": an article, whatever option bears its letter
    opened, shut = page.text[max(0, start - 1) : start], page.text[first.end() : first.end() + 1]
    bracketed = opened + shut in {"()", "[]"}
    lower = word.islower() and not bracketed
    if len(slot.chosen) > 1:
        return None if lower and not page.text[start : slot.end].islower() else slot
    if lower and slot.chosen == (-1,):
        return None
    if strict and word == "a" and not bracketed and not page.text[first.end() :].strip():
        return None  # "which suggests a": the reply was cut before the noun
    strict = strict or (lower and word != "a")
    stands = slot.against or slot.end > first.end() or bracketed or closed(page.text, first.end(), strict=strict)
    return slot if stands else None


_COUNTED = expression(r"(?i)(?:option|choice|选项|選項|answer\s+(?:number|no\.))\s{0,2}[(\[\"'#]*\Z")


def _label_value(page: Page, word: str, before: str) -> tuple[int, ...] | None:
    """Return the positions that a label-like word names: (-1,) for a label of no option, None for no label."""
    options = page.options
    at = options.labelled(word)
    if at is not None:
        return (at,)
    if word.isdigit() or len(word) == 1:
        if word.isdigit() == options.numbered:
            return (-1,)
        return _counted(page, int(word), before) if word.isdigit() else None
    places = [-1 if place is None else place for place in map(options.labelled, word)]
    ascending = word.isupper() and places[0] >= 0 and all(one < next_one for one, next_one in pairwise(places))
    return tuple(places) if ascending else None


def _counted(page: Page, number: int, before: str) -> tuple[int, ...] | None:
    """Return what "option 2" names where the labels are letters, unless a number is what an option says."""
    if not _COUNTED.search(before[-16:]) or not 1 <= number <= len(page.options):
        return None
    return None if any(str(number) in words for words in page.options.words) else (number - 1,)


def _own_words(page: Page, chosen: tuple[int, ...], end: int) -> tuple[int, bool]:
    """Return where the option's words behind its label end, and whether another option's stand there instead."""
    gap = _TO_TEXT.match(page.text, end)
    if gap is None or len(chosen) != 1 or (gap.end() == end):
        return end, False
    mention = page.mention_at(gap.end())
    if mention is None:
        bare = _TO_TEXT.sub("", gap.group())
        mention = page.mention_at(end + len(bare)) if bare else None
    if mention is None or "\n" in page.text[end : mention.start]:
        return end, False
    if mention.index == chosen[0]:
        return mention.end, False
    behind = page.text[mention.end : mention.end + 1]
    sentence = page.text[end : mention.start].lstrip(")]\"'*").startswith(".") and behind not in {
        "",
        ".",
        "\n",
        ")",
    }
    return end, not sentence


_SECOND = expression(
    r"(?i)[)\]\"']*\s+(?:as\s+(?:an?|the|my|its)\s+(?:\w+\s+)?(?:second|alternative|runner|back-?up|fallback|differential|possibility)|"
    r"(?:being\s+)?(?:second|next|less\s+likely|a\s+(?:distant|close)))\b"
)
_MOST = 60
"""A longer list of labels says no more."""


def _more_labels(page: Page, start: int, chosen: tuple[int, ...], end: int) -> Slot | None:
    """Return the whole list where further labels are joined to the first; None where none is."""
    found, by_or = list(chosen), False
    while len(found) < _MOST:
        joint = _JOINT.match(page.text, end) or (_LIST_GAP.match(page.text, end) if page.multi else None)
        label = LABEL.match(page.text, joint.end()) if joint else None
        if joint is None or label is None:
            break
        if _SECOND.match(page.text, label.end()):
            break
        value = _label_value(page, label.group(1), "")
        own_end = _own_words(page, value, label.end())[0] if value is not None else 0
        if value is None or (own_end == label.end() and not list_closed(page.text, label.end())):
            break
        by_or = by_or or bool(_OR.search(joint.groupdict().get("join") or ""))
        found += value
        end = own_end
    return Slot(tuple(found), start, end, "label", by_or) if len(found) > len(chosen) else None


def read_label_list(page: Page, start: int) -> Slot | None:
    """Return the label that stands at a place with its words and the labels joined to it; None for no label.

    Whether what follows makes it part of a longer expression is the caller's to judge.
    """
    first = LABEL.match(page.text, start)
    chosen = _label_value(page, first.group(1), page.text[max(0, start - 24) : start]) if first else None
    if first is None or chosen is None:
        return None
    end, against = _own_words(page, chosen, first.end())
    several = _more_labels(page, start, chosen, end)
    return several or Slot(chosen, start, end, "label", against=against)


def read_closed_label(page: Page, start: int) -> Slot | None:
    """Return the same, only where the label is closed off by punctuation or by its option's words."""
    return _labels(page, start, strict=True)
