"""Reading the place where an answer must stand: a label, a list of labels, or an option's words.

A letter is a label only in such a place, and only where the place is closed behind it: "the answer is A." and
"the answer is A because" name option A, "the answer is a lesion", "B-cell", "C. difficile" and "A>G" do not.
"""

import re

from vqa_eval.answers.page import Page, Slot

_WORD = r"0-9A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u052f"
LABEL = re.compile(
    rf"([A-Za-z]{{1,12}}|\d{{1,3}})(?![{_WORD}])(?!-[{_WORD}])(?!'[a-z])(?!\.\d)(?![+%°=]|\s?>\s?[A-Z0-9])"
)

# Words that may stand between "the answer is" and the answer itself.
_FILLER = re.compile(
    r"(?:[\s\"'(\[{<:=|]|-(?=[\s>(\[\"'A-Z])|>|\\|~|\*"
    r"|(?i:options?|choices?|letters?|numbers?|n[or]\.(?=\s*\d)|answers?|items?|statements?|alternatives?|label(?:l?ed)?|marked|clearly|definitely|certainly|"
    r"undoubtedly|simply|just|only|really|therefore|thus|then|indeed|still|in\s+fact|actually|obviously|"
    r"most|very|more|likely|probably|presumably|best|(?:described|represented|explained|answered|given)\s+(?:as|by)|"
    r"to\s+be|be|as|with|that\s+of|"
    r"the|la|el|le|die|der|das|het|den|opci[oó]n|opç[aã]o|letra|lettre|lettera|alternativa|alternative|buchstabe|"
    r"r[eé]ponse|respuesta|resposta|antwort|вариант|буква|пункт|под\s+буквой|seçeneği|şıkkı|pilihan|huruf|phương\s+án)(?![\w'-]),?"
    r"|(?i:a)(?=\s+(?:[A-Z]\b|letra|alternativa|opç))"
    r"|选项|选|選項|選|項|项|字母|第|為|为|是|보기|선택지|번호|選択肢|الخيار|الحرف|विकल्प|ข้อ|ตัวเลือก){0,12}+"
)

_CLOSERS = re.compile(r"[)\]}\"'>|*]{0,8}")
# Words that follow a label inside a sentence and never follow an article or belong to a term.
_FOLLOW = re.compile(
    r"(?i)(?:because|since|as|due|and|or|but|for|given|based|which|with|not|rather|in|on|from|by|here|according|"
    r"instead|over|although|though|however|so|then|while|where|that|this|is|are|was|were|would|among|"
    r"per|if|unless|than|after|considering|owing|meaning|i\.e|at|of\s+the\s+(?:options|choices)|too|alone|only|again|"
    r"porque|ya|debido|pues|pois|já|parce|car|puisque|weil|da|denn|perch[eé]|poich[eé]|y|e|et|und|es|est|ist|è|é|olur|omdat|"
    r"потому|так|karena|vì|bo|ponieważ|option|choice|i\s+(?:think|believe|guess))(?![\w-])"
)
_AS_ANSWER = re.compile(r"(?i)as\s+(?:the|my|our)\s|by\s+elimination|for\s+(?:this|these|the\s+above)\b")
_FOREIGN = re.compile(r"[\u0590-\u0dff\u0e00-\u0fff\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af]")
_JOINT = re.compile(
    r"[)\]\"'*]{0,6}\s{0,3}[(\[]?(?P<join>,\s{0,3}(?:and/or|and|or)\b|and/or\b|and\b|or\b|[,;/&+、]|y\b|o\b|et\b|ou\b|und\b|oder\b|和|及|与|與|以及|或者|或是|或|还是|還是|と|か|와|과|또는|و|أو|и\b|или\b|vs\.?\b|versus\b)"
    r"\s{0,3}(?:(?:also|possibly|perhaps|maybe|probably|even|alternatively|option|choice|answer|选项|選項)\s{1,3}|选项){0,3}[(\[\"'*]*"
)
_OR = re.compile(r"(?i)\bor\b|\bo\b|\bou\b|\boder\b|或|还是|還是|か|또는|أو|или|vs")
_LIST_GAP = re.compile(r"[)\].]*[ \t]{1,3}[(\[]?|[)\].]*\s{0,3}\n\s{0,3}(?:[-•*]\s{1,3})?[(\[]?")
_TO_TEXT = re.compile(r"[)\]}\"'|*]*\s{0,3}(?:[.:,=(\[|]|-(?=[\s\w])){0,2}\s{0,3}[\"'(*]*(?:(?:the|an?)\s)?")
_EITHER = re.compile(r"(?i)(?:either|both|between|all\s+of|one\s+of)\b:?\s{0,3}(?:option|choice)?s?\s{0,3}[(\[\"']*")
_ARTICLE_GAP = re.compile(r"\s+\w")
_ARTICLE = re.compile(r"(?i)(?:(?:an?|the|that\s+of|it\s+is|this\s+is|shows?|there\s+(?:is|are))\s+){1,3}")


def read_slot(page: Page, place: int, *, strict: bool = False, words: bool = True) -> Slot | None:
    """Return the answer that stands at a place, behind words that only lead to it; None where there is none.

    strict: the label must be followed by punctuation or the end, not by more of the sentence.
    words: an option's words count too.
    """
    filler = _FILLER.match(page.text, place)
    start = filler.end() if filler else place
    start = skip_either(page.text, start)
    mention = page.mention_at(start) if words else None
    if mention is not None and _outweighs(page, mention.index, mention.start, mention.end):
        return _text_list(page, start)
    slot = _labels(page, start, strict=strict)
    if slot is not None or not words:
        return slot
    article = _ARTICLE.match(page.text, start)
    return _text_list(page, start) or (_text_list(page, article.end()) if article else None)


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
    if first is None:
        return None
    token = first.group(1)
    bracketed = page.text[start - 1 : start] in {"(", "["} and page.text[first.end() : first.end() + 1] in {
        ")",
        "]",
    }
    chosen = _label_value(page, token, page.text[max(0, start - 24) : start])
    if chosen is None:
        return None
    own_end, against = _own_words(page, chosen, first.end())
    lower = token.islower() and not bracketed
    if against and token in {"a", "A", "I"} and _ARTICLE_GAP.match(page.text, first.end()):
        return None  # "a meningioma": an article, whatever option bears its letter
    several = _more_labels(page, chosen, own_end)
    if several is not None:
        if lower and not all(token.islower() for token in several[2]):
            return None
        return Slot(several[0], start, several[1], "label", several[3])
    closed = (
        against
        or own_end > first.end() or bracketed or _closed(page.text, first.end(), strict=strict or (lower and token != "a"))
    )
    if not closed or (lower and chosen == (-1,)):
        return None
    return Slot(chosen, start, own_end, "label", against=against)


def _label_value(page: Page, token: str, before: str) -> tuple[int, ...] | None:
    """Return the positions that a label-like token names: (-1,) for a label of no option, None for no label."""
    options = page.options
    at = options.labelled(token)
    if at is not None:
        return (at,)
    if token.isdigit():
        if options.numbered:
            return (-1,)
        # "Option 2" where the labels are letters counts the options, unless a number is what they say.
        counted = re.search(
            r"(?i)(?:option|choice|选项|選項|answer\s+(?:number|no\.))\s{0,2}[(\[\"'#]*\Z", before[-16:]
        )
        if counted and 1 <= int(token) <= len(options) and not any(token in words for words in options.words):
            return (int(token) - 1,)
        return None
    if len(token) == 1:
        return None if options.numbered else (-1,)
    places = [options.labelled(letter) for letter in token]
    if token.isupper() and all(
        a is not None and b is not None and a < b for a, b in zip(places, places[1:], strict=False)
    ):
        return tuple(place for place in places if place is not None)
    return None


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


def _more_labels(page: Page, chosen: tuple[int, ...], end: int) -> tuple[tuple[int, ...], int, list[str], bool] | None:
    """Return the whole list where further labels are joined to the first; None where none is."""
    found, tokens, by_or = list(chosen), [], False
    while True:
        joint = _JOINT.match(page.text, end) or (_LIST_GAP.match(page.text, end) if page.multi else None)
        label = LABEL.match(page.text, joint.end()) if joint else None
        if joint is None or label is None:
            break
        token = label.group(1)
        value = _label_value(page, token, "")
        if value is None or (token.islower() and len(token) == 1 and not _list_closed(page.text, label.end())):
            break
        own_end, _ = _own_words(page, value, label.end())
        if own_end == label.end() and not _list_closed(page.text, label.end()):
            break
        groups = joint.groupdict()
        by_or = by_or or bool(_OR.search(groups.get("join") or ""))
        found += value
        tokens.append(token)
        end = own_end
    return (tuple(found), end, tokens, by_or) if tokens else None


_LIST_CLOSED = re.compile(
    r"[)\]\"'*]*\s{0,3}(?:\Z|\n|[.,;:!?/&+)(、]|(?i:and|or|are|both|together|can|cannot|can't|do|don't|have|fit|match|leave|leaves|because|since|as|but|y|et|und|o|ou|oder|were|seem|could|might|may|in|for|all|to|on|equally)\b|-\s|[\u0590-\u9fff\uac00-\ud7af]|[A-Z](?![A-Za-z0-9]))"
)


def _list_closed(text: str, end: int) -> bool:
    return _LIST_CLOSED.match(text, end) is not None


def _closed(text: str, end: int, *, strict: bool) -> bool:
    """Whether nothing behind a label makes it part of a longer expression."""
    closers = _CLOSERS.match(text, end)
    place = closers.end() if closers else end
    if text[end:place].startswith((")", "]")):
        return True
    rest = text[place : place + 40]
    line = rest.lstrip(" \t")
    if not line or line[0] == "\n":
        return True
    if line[0] in ",;!?:([=|-<" or line.startswith(("->", "✓", "✗")):
        return line[0] != "-" or line[1:2] in {" ", "\n", "", ">"} or line.startswith("--")
    if line[0] == ".":
        behind = line[1:].lstrip(".)]\"' \t")
        # "C. difficile", "E. coli": an abbreviated name goes on in lower case.
        return not behind or behind[0] == "\n" or not behind[0].islower() or bool(_FOLLOW.match(behind))
    if _FOREIGN.match(line):
        return True
    if strict:
        return _AS_ANSWER.match(line) is not None
    return line != rest and _FOLLOW.match(line) is not None


def read_label_list(page: Page, start: int, *, closed: bool = False, strict: bool = True) -> Slot | None:
    """Return the label that stands at a place with its words and the labels joined to it; None for no label.

    closed: only where nothing behind makes it part of a longer expression; otherwise the caller judges what
    follows.
    """
    if closed:
        return _labels(page, start, strict=strict)
    first = LABEL.match(page.text, start)
    chosen = _label_value(page, first.group(1), page.text[max(0, start - 24) : start]) if first else None
    if first is None or chosen is None:
        return None
    end, against = _own_words(page, chosen, first.end())
    several = _more_labels(page, chosen, end)
    if several is not None:
        return Slot(several[0], start, several[1], "label", several[3])
    return Slot(chosen, start, end, "label", against=against)
