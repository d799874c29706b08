"""The words of the COCO caption protocol: what Stanford's PTBTokenizer makes of a text, without Java.

The protocol (X. Chen et al., Microsoft COCO Captions, 2015, §3) counts Penn Treebank tokens in lower case,
punctuation taken away.  The tokenizer is that of CoreNLP 3.4.1, called as pycocoevalcap calls it.  The rules
here are our own, written from what it does with every character of the Basic Multilingual Plane, every string
of up to four letters, and medical prose: the longest match wins, counted with the context that its rule asks
for, and of equally long ones the first.

What differs: letters younger than Unicode 6.1 stay words (the original drops them), and a text is read by
itself (the original lets the next caption's first word decide whether an initial ends a sentence).
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

VERSION = "1"
"""Changes with every change that can move a token; stands in the settings of the metrics that use it."""

# Characters of the Basic Multilingual Plane by their place in the original; what is in no class is dropped.
_SIGNS = """
0021-002f 003a-0040 005b-0060 007b-007e 0080 0091-0094 0096-0097 00a1-00a9 00ab-00ac 00ae-00b4 00b6-00b9 00bb-00bf
00d7 00f7 037e 0387 0589 05be 05c0 05c3 05c6 05f3-05f4 0600-0603 0606-060c 0614 061b 061e-061f 066a 066d 06d4
0700-070d 07f6-07f8 0964-0965 0e3f 0e4f 1fbd 2013-2023 2026 2030-203b 203e-2042 2044 2070 2074-207e 2080-208e 20a0
20a4 20ac 2100-2101 2103-2106 2108-2109 2114 2116-2118 211e-2123 2125 2127 2129 212e 213a-213b 2140-2144 214a-214d
214f 2153-215e 2190-2bff 3001-3002 3012 30fb ff01-ff0f ff1a-ff20 ff3b-ff40 ff5b-ff65 ffe0-ffe1 ffe5-ffe6
"""
# Accents, vowel signs and the soft hyphen, which belong to the word that they stand in.
_MARKS = """
00ad 02c2-02c5 02d2-02df 02e5-02eb 02ed 02ef-036f 0375 0378-0379 0384-0385 03f6 0483-0487 055a-055f 0591-05bd 05bf
05c1-05c2 05c4-05c5 05c7 0615-061a 064b-065e 0670 06d6-06e4 06e7-06ed 06fd-06fe 070f 0711 0730-074c 07a6-07b0
07eb-07f3 0900-0903 093c 093e-094e 0951-0955 0962-0963 0981-0983 09bc 09be-09c4 09c7-09c8 09cb-09cd 09d7 09e2-09e3
0a01-0a03 0a3c 0a3e-0a4f 0a81-0a83 0abc 0abe-0acf 0b82 0bbe-0bc2 0bc6-0bc8 0bca-0bcd 0c01-0c03 0c3e-0c56 0d3e-0d44
0d46-0d48 0e31 0e34-0e3a 0e47-0e4e 0eb1 0eb4-0ebc 0ec8-0ecd
"""

# Abbreviations keep their point: titles, words that may end a sentence, and words that stand before a number.
_TITLES = """
adj adm adv alex assoc asst atty ave brig capt cf cie cmdr col cpl dept det dr drs elec ens ft gen gov govs hon insp
invt jos lt maj messrs mlle mme mr mrs ms msgr mt natl pfc ph pres prof profs pvt rep reps rev sen sens sfc sgt spc
st ste supt treas vs wm
"""
_ENDINGS = """
al ala apr ariz assn aug bhd bldg blvd bros calif co colo conn corp cos ct dak dec esq est etc ext feb fla fri ga
inc ind intl jan jr jul jun kan kans ky ltd mar md mich minn mo mon mont neb nev nov oct okla penn plc rd rt sep
sept seq sq sr sys tel tenn thu thurs tue tues univ va vt wed wis wisc wyo
"""
_BEFORE_NUMBER = "art ca fig figs no nos op pp"
# These are not known in capitals, or only with one.
_TITLES_NOT_UPPER = "mfg mtg"
_ENDINGS_NOT_UPPER = "ppte ppty pte ptes pty ptys"
_ENDINGS_NOT_LOWER = "ark az del ill la mass miss ore pa tex wash"
_BEFORE_NUMBER_NOT_UPPER = "prop"

# After an initial these begin a sentence, so the point before them is a full stop.
_STARTERS = (
    "A|About|According|Additionally|After|An|As|At|But|Earlier|He|Her|Here|However|If|In|It|Last|Many|More|Now|Once|"
    "One|Other|Our|She|Since|So|Some|Such|That|The|Their|Then|There|These|They|This|We|What|When|While|Yet|You"
)

_FILES = (
    "bat|bmp|bz2|c|cgi|class|cpp|css|csv|dll|docx?|exe|gif|gz|h|html?|jar|java|jpe?g|mov|mp3|pdf|php|pl|png|ppt|ps|py|"
    "sql|tar|txt|wav|x|xml|zip"
)

_SPELT = ("-", "cents", "#", "...", "1/4", "1/2", "3/4", "1/3", "2/3")
# What the original writes for a sign that stands alone; inside a token signs stay as they are.
_NAMES = {
    **dict(zip("()[]{}", ("-lrb-", "-rrb-", "-lsb-", "-rsb-", "-lcb-", "-rcb-"), strict=True)),
    **dict.fromkeys("\x91\u2018\u201b\u2039", "`"),
    **dict.fromkeys("\x92\u2019\u203a", "'"),
    **dict.fromkeys("\x93\u201c\u00ab", "``"),
    **dict.fromkeys('\x94\u201d\u00bb"', "''"),
    **dict.fromkeys("\x96\x97\u2013\u2014\u2015", "--"),
    **dict.fromkeys("\x80\u00a4\u20a0\u20ac", "$"),
    **dict(zip("\xad\xa2\xa3\u2026\xbc\xbd\xbe\u2153\u2154", _SPELT, strict=True)),
}
_QUOTES = frozenset("`'\x91\x92\x93\x94\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a\u00ab\u00bb")
_INSIDE = str.maketrans({"(": "-lrb-", ")": "-rrb-", " ": "\u00a0", "\u00ad": None})
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "''", "&apos;": "'"}
_ENTITY = re.compile("|".join(_ENTITIES))
_CONTRACTION = re.compile(r"(?i)(n?)['\x92\u2019](s|m|d|re|ve|ll|t)")

_PUNCTUATION = frozenset(["''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";"])

# A word of ASCII letters before a space, or before one sign and a space: no rule reaches beyond it.
_PLAIN = re.compile(r"(?!(?i:cannot|gonna|gotta|lemme|gimme|wanna)\b)[A-Za-z]+(?=[,;)]? )")


@lru_cache(maxsize=4096)
def sentence(text: str) -> str:
    """Return the text's tokens in lower case, joined by spaces; punctuation is gone, brackets are -lrb-, -rrb-.

    A token that spans two words ("1 1/2") holds a no-break space.  Empty where nothing is left.
    """
    return " ".join(token for token in _tokens(text) if token not in _PUNCTUATION)


def _tokens(text: str) -> list[str]:
    # The original reads a caption as one line of a file.
    text = " ".join(text.splitlines()) + "\n"
    rules = _rules()
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in " \n":
            at += 1
        elif plain := _PLAIN.match(text, at):
            found.append(plain[0].lower())
            at = plain.end()
        elif matches := [match for rule in rules[_kind(text[at])] if (match := rule.match(text, at))]:
            longest = max(matches, key=re.Match.end)
            found.append(_written(longest[1]))
            at = longest.end(1)
        else:
            at += 1
    return found


def _kind(character: str) -> str:
    return "letter" if character.isalpha() else "digit" if character.isdecimal() else "sign"


def _written(token: str) -> str:
    """Return the token as the original writes it."""
    if len(token) == 1 or _QUOTES.issuperset(token):
        return "".join(_NAMES.get(character, character.lower()) for character in token)
    if not token.strip(". \u00a0"):
        return "..."
    if len(token) <= 4 and not token.strip("-"):
        return "--"
    token = _ENTITY.sub(lambda entity: _ENTITIES[entity[0]], token)
    token = _CONTRACTION.sub(r"\1'\2", token) if _CONTRACTION.fullmatch(token) else token
    return token.translate(_INSIDE).lower()


@cache
def _rules() -> dict[str, list[re.Pattern[str]]]:
    """Return the rules by the kind of character that they may begin with; a rule's token is its group 1."""
    letters = _ranges(c for c in range(0x10000) if unicodedata.category(chr(c)) in {"Lu", "Ll", "Lt", "Lm", "Lo"})
    marks, signs = _measured(_MARKS), _measured(_SIGNS)
    letter, inner, alnum = f"[{letters}{marks}]", rf"[{letters}{marks}\d]", rf"[{letters}\d]"
    apostrophe = "(?:['\x92\u2019]|&apos;)"
    word = f"{letter}{inner}*(?:[.!?]{letter}{inner}*)*"
    elided = f"(?:[dDoOlL]{apostrophe}{alnum})?{alnum}+"
    hyphened = rf"{elided}(?:[-_\u058a\u2010\u2011]{elided})*"
    # Bounded, so that a long text without spaces is not searched to its end from every place.
    dotted = r"[A-Za-z0-9][A-Za-z0-9.,\u00ad]{0,255}"
    number = r"(?:\d*(?:[.:,\u00ad\u066b\u066c]\d+)+|\d+)"
    ending = f"{apostrophe}(?:[msdMSD]|re|ve|ll|RE|VE|LL)"
    title = _cased(_TITLES, _TITLES_NOT_UPPER)
    end = _cased(_ENDINGS, _ENDINGS_NOT_UPPER, _ENDINGS_NOT_LOWER)
    numbered = _cased(_BEFORE_NUMBER, _BEFORE_NUMBER_NOT_UPPER)
    name = "[A-Za-z][A-Za-z0-9_:.-]*"
    attribute = rf"{name}(?: *= *(?:'[^'\r\n]*'|\"[^\"\r\n]*\"|{name}))?"
    url = r"[^ \t\n\f\r\"<>|()]+[^ \t\n\f\r\"<>|.!?(){},-]"
    mail = r"[^ \t\n\f\r\"<>|(){}\u00a0"
    rules = (
        ("letter", f"((?i:can(?=not)|gon(?=na)|got(?=ta)|lem(?=me)|gim(?=me)|wan(?=na)))(?i:not|na|ta|me)(?!{inner})"),
        ("letter sign", f"({word})"),
        ("letter", f"([A-Za-z]*[A-MO-Za-mo-z])[nN]{apostrophe}[tT]"),
        ("letter", rf"((?:{title}|[A-Za-z](?:\.[A-Za-z])*)\.)"),
        ("letter", rf"((?:Ph\.D|{end})\.)(?s:..)?"),
        ("letter", rf"([A-Za-z])\. +(?:{_STARTERS})\s"),
        ("letter", rf"((?:{numbered})\.) ?\d"),
        ("letter digit", rf"({dotted}(?:-[A-Za-z0-9\u00ad]+)*-[A-Za-z](?:\.[A-Za-z])+\.)"),  # non-U.S.
        ("letter digit", f"({hyphened})"),  # 67-year-old
        ("letter digit", rf"({dotted}(?:-[A-Za-z0-9\u00ad]+)+)"),  # 1.5-cm
        ("letter digit", r"([A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2})"),  # ER/PR
        ("letter digit", rf"({alnum}+(?:\.{alnum}+)*\.(?i:{_FILES}))[\s.?!,]"),
        ("letter digit sign", rf"((?:{word}|{hyphened})\.)[,;:\u3001]"),
        (
            "letter digit sign",
            rf"((?i:mailto:)?(?:<|&lt;)?[a-zA-Z0-9]{mail}]{{0,255}}@(?:{mail}.]+\.)*{mail}.]+(?:>|&gt;)?)",
        ),
        ("letter", f"([nN]{apostrophe}[tT])"),
        ("letter", f"({word}){ending}"),
        ("letter", f"([yY]{apostrophe}){letter}"),
        ("letter", f"([Mm]ore){apostrophe}n"),
        ("letter", f"([lLdDjJ]{apostrophe}|[oO]l{apostrophe}|C{apostrophe}mon)"),
        ("letter", f"([A-HJ-XZn]{apostrophe}[{letters}]{{2}}[{letters}]*)"),  # O'Brien
        ("letter", f"([{letters}]+[aeiouyAEIOUY]{apostrophe}[aeiouA-Z][{letters}]*)"),
        ("letter", f"(https?://{url})"),
        ("letter", rf"((?:[^ \t\n\f\r\"`'<>|.!?(){{}},\-$/:;@]+\.)+(?:com|net|org|edu)(?:/{url}))"),
        ("letter", r"([A-Z]+(?:(?:[+&]|&amp;)[A-Z]+)+)"),  # R&D
        ("letter", r"([CcFf]#|[Cc]\+\+)"),
        ("letter sign", r"([A-Z]*\$)"),
        ("digit", r"(\d{1,2}[-/]\d{1,2}[-/]\d{2,4})"),
        ("digit", r"((?:\d{1,4}[- \u00a0])?\d{1,4}(?:\\?/|\u2044)\d{1,4})"),  # 1 1/2
        ("digit sign", rf"([-+]?{number})"),
        (
            "digit sign",  # telephone numbers
            r"((?:\([0-9]{2,3}\)[ \u00a0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \u00a0])?[0-9]{2,4}[- \u00a0])"
            r"[0-9]{3,4}[- \u00a0]?[0-9]{3,5}|(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5})",
        ),
        ("sign", rf"(<(?:[!?][A-Za-z-][^>\r\n]*|/?{name}(?: +{attribute})* */?) *>)"),
        ("sign", f"({ending})[^A-Za-z]"),
        ("sign", "('[tT])(?i:is|was)"),
        ("sign", f"({apostrophe}(?:[nN]{apostrophe}?|[2-9]0s|(?i:em|till?|cause)))"),
        ("sign", rf"({apostrophe}\d\d)\s"),
        ("sign", r"(')[A-Za-z]\S"),
        ("sign", f"({ending})"),
        ("sign", r"([-^x=~<>']_[-^x=~<>']|\([-^x=~<>'][_.]?[-^x=~<>']\))"),  # ^_^
        ("sign", r"([<>]?[:;=][-o*']?[()DPdpO\\{@|[\]])(?![A-Za-z0-9])"),  # :-)
        ("sign", f"(@[a-zA-Z_][a-zA-Z_0-9]*|#[{letters}]+)"),
        ("sign", "([\u207a\u207b\u208a\u208b]?(?:[\xb2\xb3\xb9\u2070\u2074-\u2079]+|[\u2080-\u2089]+))"),
        ("sign", r"(-+|_+|#+|@+|\*+|(?:\\\*){1,3}|[?!]+|<<|>>|\.{3,5}|(?:\.[ \u00a0]){2,4}\.)"),
        ("sign", "(``|''|[\x91-\x94\u2018-\u201f\u2039\u203a\xab\xbb]{1,2})"),
        ("sign", "(&(?:lt|gt|amp|quot|nbsp);)"),
        ("sign", f"([{signs}])"),
    )
    compiled = [(kinds, re.compile(rule)) for kinds, rule in rules]
    return {kind: [rule for kinds, rule in compiled if kind in kinds] for kind in ("letter", "digit", "sign")}


def _cased(words: str, not_upper: str = "", not_lower: str = "") -> str:
    """Return words in any case, and those that are known in two cases only, as alternatives."""
    return "|".join(
        [f"(?i:{'|'.join(words.split())})"]
        + [f"{word}|{word.title()}" for word in not_upper.split()]
        + [f"{word.title()}|{word.upper()}" for word in not_lower.split()]
    )


def _measured(hexadecimal: str) -> str:
    """Return ranges of code points as they stand in a character class."""
    return re.sub(r"\s+", "", re.sub(r"[0-9a-f]{4}", r"\\u\g<0>", hexadecimal))


def _ranges(codes: Iterable[int]) -> str:
    """Return rising code points as they stand in a character class."""
    spans: list[list[int]] = []
    for code in codes:
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "".join(rf"\u{first:04x}-\u{last:04x}" for first, last in spans)
