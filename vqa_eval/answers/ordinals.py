"""Options named by their place in the list: "the second one", "the last option", "第三个选项"."""

import re
from collections.abc import Iterable

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.folding import fold
from vqa_eval.answers.page import Page, Slot


def _numbered(*rows: str) -> dict[str, int]:
    return {word: at for row in rows for at, word in enumerate(row.split())}


_ORDINALS = _numbered(
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th",
    "primera segunda tercera cuarta quinta sexta séptima octava novena décima",
    "primeira segunda terceira quarta quinta sexta sétima oitava nona décima",
    "première deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième",
    "premier seconde",
    "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte",
    "prima seconda terza quarta quinta sesta settima ottava nona decima",
    "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende",
    "первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый",
    "top",
)
_COUNTS = _numbered(
    "one two three four five six seven eight nine ten",
    "一 二 三 四 五 六 七 八 九 十",
    "첫 두 세 네 다섯 여섯 일곱 여덟 아홉 열",
)
_FROM_END = {
    **dict.fromkeys(("last", "bottom", "última", "dernière", "letzte", "ultima", "laatste", "последний"), 1),
    **dict.fromkeys(("最后一", "最後一", "最後", "마지막"), 1),
    **dict.fromkeys(("penultimate", "second-to-last", "second to last", "next-to-last", "next to last"), 2),
    **dict.fromkeys(("second-last", "second last", "last but one", "last-but-one"), 2),
}
_MIDDLE = ("middle", "中间", "中間")


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_WORD = _any_of([*_ORDINALS, *_FROM_END, *_MIDDLE])
_ORDINAL = expression(
    rf"(?i)(?:(?:the|la|le|die|a|de|het)\s+)?(?P<word>{_WORD})\s+(?:and\s+(?:last|final)\s+)?"
    r"(?:(?:listed|given|answer|available|possible|remaining)\s+)?"
    r"(?:one|options?|choices?|answers?|statements?|items?|alternatives?|possibility|entry|of\s+the\s+(?:\w+\s+)?"
    r"(?:options|choices|answers|alternatives)|opción|alternativa|respuesta|opção|resposta|option|réponse|choix|"
    r"proposition|antwort|möglichkeit|lösung|opzione|risposta|optie|antwoord|вариант|ответ|пункт)\b"
    r"|(?:the\s+)?(?P<final>final)\s+(?:option|alternative|item)\b"
    rf"|(?:option|choice|answer|number|no\.)\s+(?:number\s+|no\.?\s*)?(?P<count>{_any_of(list(_COUNTS)[:10])}|#?\d{{1,2}})\b"
    r"|第\s*(?P<zh>[一二三四五六七八九十]|\d{1,2})\s*(?:个|個|项|項|种|種)?(?:选项|選項|选择|答案|项目)?"
    r"|(?P<zh_end>最后一|最後一|中间|中間)(?:个|個|项|項)?的?(?:选项|選項|答案)?"
    r"|(?P<ja>最後|[一二三四五六七八九十]|\d{1,2})\s*(?:番目|つ目)?(?:の(?:選択肢|もの|答え|項目))"
    r"|(?P<ja_bare>[一二三四五六七八九十]|\d{1,2})\s*(?:番目|つ目)"
    r"|(?P<ko>첫|두|세|네|다섯|여섯|일곱|여덟|아홉|열|마지막|\d{1,2})\s*(?:번째\s*)?(?:선택지|보기|옵션|답|항목|번째)"
)
_THE = expression(rf"(?i)the\s+(?P<word>{_WORD})(?=\W*\Z|[.,;!)\n]|\s+(?:is|seems|fits|matches)\b)")
_BARE = expression(rf"(?i)(?:the\s+)?(?P<word>{_WORD})(?=\W*\Z)")
_FROM_TOP = expression(r"(?i)\s*(?:from\s+the\s+top|(?:in|on|of)\s+the\s+list|listed|given)\b")
_IS = expression(
    r"(?i)\s*(?::|=|(?:is|are|was|would\s+be)\s)\s*(?:an?\s|the\s)?[\s(\[\"']*(?P<label>(?-i:[A-Z](?![\w'-])))?"
)
_APPOSED = expression(r"\s?[,:(-]?\s?[\"'(]{0,2}(?:(?:an?|the)\s)?")


def read_ordinal(page: Page, place: int, bare: re.Pattern[str] = _THE) -> Slot | None:
    """Return the option counted at a place, be it without a noun: "the second".

    None where what follows names the option itself ("my first choice is B"), and where the number is a word
    of an option and nothing says that options are counted.
    """
    counted = _ORDINAL.match(page.text, place)
    found = counted or bare.match(page.text, place)
    if found is None:
        return None
    named = _IS.match(page.text, found.end())
    if named and (named.group("label") or page.mention_at(named.end())):
        return None
    word = next(group for group in found.groups() if group).casefold().lstrip("#")
    if (counted is None or counted.group("count")) and any(fold(word) in words for words in page.options.words):
        return None
    at = _position(page, word)
    behind = _FROM_TOP.match(page.text, found.end())
    end = behind.end() if behind else found.end()
    apposed = _APPOSED.match(page.text, end)
    own = page.mention_at(apposed.end()) if apposed else None
    if own is not None and at >= 0:
        return Slot((at,), place, own.end if own.index == at else end, against=own.index != at)
    return Slot((at,), place, end)


def counted_options(page: Page) -> list[Slot]:
    """Return where options are counted in the text."""
    found: list[Slot] = []
    for pattern in (_ORDINAL, _THE):
        for match in pattern.finditer(page.text):
            slot = read_ordinal(page, match.start())
            found += [slot] if slot is not None else []
    return found


def _position(page: Page, word: str) -> int:
    """Return the position that a word counts to; -1 for one beyond the list."""
    count = len(page.options)
    if word in _MIDDLE:
        return count // 2 if count % 2 else -1
    if word == "final" or word in _FROM_END:
        at = count - _FROM_END.get(word, 1)
    else:
        at = int(word) - 1 if word.isdigit() else {**_ORDINALS, **_COUNTS}[word]
    return at if 0 <= at < count else -1


_SAID = expression(
    r"(?i)[\s\"'(*]*(?:(?:I\s+(?:choose|pick|select|think\s+it\s+is)|the\s+answer\s+is|answer:|it\s+is|it's)\s+)?"
)


def whole_ordinal(page: Page) -> Slot | None:
    """Return the option counted by a text that does nothing else: "the fifth one"."""
    lead = _SAID.match(page.text)
    slot = read_ordinal(page, lead.end() if lead else 0, _BARE)
    return slot if slot and not page.text[slot.end :].strip(" .!)\"'*\n。") else None
