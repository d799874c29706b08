"""English phrases that lead to an answer, as data: from plain statements down to words of doubt."""

from vqa_eval.answers.expressions import expression

_ADVERB = (
    r"(?:(?:definitely|clearly|likely|most\s+likely|probably|therefore|thus|then|indeed|really|still|also|"
    r"certainly|personally|confidently|tentatively|now|have\s+to|only|strongly|rather|simply|just|hereby)\s+){0,2}"
)
_COPULA = (
    r"(?:is\s+(?:going|likely|bound)\s+to\s+be|is|are|was|would\s+(?:therefore\s+|then\s+)?be|"
    r"should\s+(?:therefore\s+|then\s+)?be|must\s+(?:therefore\s+|then\s+)?be|will\s+be|has\s+(?:got\s+)?to\s+be|"
    r"ought\s+to\s+be|seems?(?:\s+to\s+be)?|appears?(?:\s+to\s+be)?|remains|becomes|has\s+been|equals|reads|"
    r"goes\s+to|as\s+follows)"
)
_NOUN = (
    r"(?:answers?|ans|options?|choices?|selections?|picks?|responses?|letters?|solutions?|diagnos[ie]s|"
    r"conclusions?|verdicts?|guess|bet|votes?|predictions?|decisions?|judge?ments?|impression|alternative|"
    r"one|match|fit|winner|candidate|hunch|estimate|money|statement)"
)
# Lower-case words between the noun and the verb: "the answer to this question is"; labels cannot hide there.
_GAP = r"(?:,?\s(?:(?-i:[a-z][a-z'-]+|I(?:'[a-z]{1,2})?)|(?:question|case|item|image|q)\s?#?\d{1,3}),?){0,8}?"
_WE = r"(?:I|we)(?:'d|'ll|'m|'ve|\s+(?:would|will|should|am|have|must|shall|can|could))?(?:\s+be)?\s+"

STRONG = expression(
    rf"(?i)\b(?:(?P<noun>{_NOUN})(?:"
    rf"(?P<gap>{_GAP}),?\s+{_COPULA}\b(?:\s*[:=])?"
    r"|\s*(?:\([^()\n]{0,30}\)|\[[^\[\]\n]{0,30}\])?\s*[\"'*\])]{0,3}\s*(?:(?::|=|->|=>|>)[\s>]*)++"
    r"|(?<=ns)\.(?=\s?[(\[\"']?[A-Z0-9])|\s+-{1,3}\s(?=\s*[(\[\"']?(?:(?-i:[A-Z0-9])|[a-z](?:\W|\Z)))"
    r")"
    rf"|{_WE}{_ADVERB}"
    r"(?:chose|chosen|choose|select(?:ed)?|pick(?:ed)?|go(?:ing)?\s+(?:with|for)|went\s+with|opt(?:ed|"
    r"ing)?\s+for|vot(?:e|ing)(?:\s+for)?|answer|say|guess|prefer|took|take|"
    r"settled?\s+(?:on|for)|lean(?:ing)?(?:\s+(?:towards?|to))?|suspect|favou?r|believe|think|conclude|propose|"
    r"submit|suggest|bet(?:\s+on)?|venture|wager|hazard(?!\s+a\b)|guessing|gone\s+with|decided?\s+(?:on|for)|put\s+down|tick|circle|"
    r"(?:stick(?:ing)?|stay(?:ing)?|remain(?:ing)?|end(?:ed)?\s+up|agree)\s+with|"
    r"stand\s+by|mark|call\s+(?:it|this|that)|label\s+(?:it|this|that)|"
    r"(?:arrived?|land(?:ed)?|came|come)\s+(?:at|on|to)|hazard\s+a\s+guess\s+of|meant|mean|"
    r"put\s+my\s+money\s+on|inclined\s+to(?:wards?)?)"
    r"(?:\s+that)?(?:\s+(?:it|this|that)(?:'s|\s+is|\s+would\s+be|\s+must\s+be))?\b"
    r"|(?:choos(?:e|ing)|select(?:ing|ed)?|pick(?:ing|ed)?|go(?:ing)?\s+(?:with|for)|opt(?:ing)?\s+for|settl(?:e|"
    r"ing)\s+on|vot(?:e|ing)\s+for|lean(?:s|ing)?\s+towards?|(?:stick(?:ing)?|stay(?:ing)?)\s+with)\s*:?"
    r"|(?:correct|right|best|final)(?:\s+one)?\s*(?:is|:)"
    r"|the\s+(?:only\s+)?(?:remaining|correct|right|best|last|most\s+likely)\s+(?:remaining\s+)?(?:answer|option|choice|one|"
    r"candidate|possibility|diagnosis),(?=\s)"
    r"|(?:chosen|predicted|remaining|revised|corrected|updated|edit(?:ed)?|key|label|result)\s*(?::|=|->)"
    r"|(?:following|these|they)\s+(?:\w+\s+){0,2}(?:apply|applies|are\s+(?:correct|right|true|present|seen))\s*:"
    r"|(?:chang(?:ed?|ing)|revis(?:ed?|ing)|switch(?:ed|ing)?|correct(?:ed|ing)|updat(?:ed?|ing)|amend(?:ed|"
    r"ing)?|alter(?:ed|ing)?)(?:\s+(?:my|the|this|that|it|mine|answer|choice|response|selection|final)){0,3}\s+to)"
    r"|<(?:final[_ ]?)?(?:answer|ans|choice|option|result|response|output|solution|final)\s?>(?=\s*\S)"
    r"|(?<!\w)####\s"
)
"""Leads to an explicit statement of the answer; the words after it are read as its place."""

BARE_NOUN = expression(
    r"(?i)(?<![a-z])(?:(?:the\s+|my\s+)?(?:final|correct|best|right)[\s_](?:answer|option|choice|guess)|"
    r"answer\s+(?:choice|option)|answer|ans|final|answer\s+(?:is|"
    r":)?)(?:\]{1,2}|\.{2,})?[ \t]*\n?\s{0,3}\(?(?=[(\[\"']{0,2}(?:(?-i:[A-Z0-9])|[a-z]\W*\Z))"
)
"""The same without any verb or colon: "Answer B", or the heading "Answer" above the letter."""

WEAK = expression(
    r"(?i)\b(?:(?:it|this|that|which|these|findings)(?:'s|'d\s+be|\s+(?:is|must\s+be|should\s+be|would\s+be|has\s+to\s+be|"
    r"can\s+only\s+be|will\s+be|seems\s+(?:to\s+be|like)|seems|appears\s+to\s+be|"
    r"looks\s+(?:more\s+)?like|corresponds\s+(?:best\s+)?to|(?:best\s+)?matches|means|indicates?|suggests?|"
    r"points?\s+(?:to|towards)|supports?|makes\s+(?:it|this|that)|makes|leads\s+(?:me\s+|us\s+)?to|"
    r"brings\s+(?:me|us)\s+to|confirms|gives|equals|fits|leaves(?:\s+(?:us|"
    r"me))?(?:\s+(?:only|with))?))\b,?"
    r"|(?:it|this|that)\s+would\s+(?:seem|appear)\s+to\s+be\b|its(?=\s+[a-z]\W*\Z)"
    r"|(?:so|thus|therefore|hence|ergo|consequently|accordingly|conclusion|conclude|leaving(?:\s+(?:us|"
    r"me))?(?:\s+(?:only|with))?|leaves(?:\s+(?:us|me))?(?:\s+(?:only|with))?|left\s+with|i\.?e\.?|namely|"
    r"finally|overall|elimination|exclusion|instead|ultimately|must\s+be|has\s+to\s+be|can\s+only\s+be|gotta\s+be|"
    r"making\s+(?:it|this|that)|making)\b[,:]*"
    r"|(?:seems|looks|sounds)\s+(?:more\s+)?(?:like|to\s+be)\b"
    r"|not\b[^.;!?\n]{1,60}?(?<!all)(?<!thing)\s+but\b(?:\s+rather|\s+instead)?(?:\s+it\s+is|\s+is)?\b"
    r"|(?:is|be|are|match(?:es)?|matched|supports?|favou?rs?|suggests?|indicates?|to|with|by|as|towards?|"
    r"for|than|describes|fits?|meets|satisfies)\s+(?=(?:the\s+)?(?:option|choice|answer|letter)\s)"
    r"|(?:best|most\s+closely|most\s+consistently)\s+(?:matche[sd]|fits?|corresponds|described|"
    r"represented|explained|aligns?|match)(?:\s+(?:to|by|with))?\b"
    r"|(?:answered|given|represented|described|captured|explained|matched|met|satisfied|fulfilled|covered|reflected|"
    r"illustrated|denoted|indicated|shown|depicted|supported|identified|labell?ed|classified|read|treated)\s+(?:best\s+)?"
    r"(?:by|as|with)\b"
    r"|(?:consistent|compatible|in\s+keeping)\s+with\b"
    r"|(?:narrow(?:s|ed|ing)?\s+(?:it|this|things)\s+down|boils\s+down|comes\s+down)\s+to\b"
    r"|(?:speaks?|argues?|decides?|votes?|tips\s+(?:the\s+)?(?:balance|scales?)|tips\s+it|pushes\s+me)\s+"
    r"(?:(?:clearly|strongly|rather|more)\s+)?(?:for|in\s+favou?r\s+of|towards?|to)\b"
    r"|only(?=\s+(?:option\s+|choice\s+)?[(\[]?[A-Z0-9]{1,2}[)\]]?\s+(?:remains|is\s+left|fits|applies|can|works|explains|matches|makes|holds)))"
    r"|->|=>|n't\b[^.;!?\n]{1,60}?(?<!all)(?<!thing)\s+but\b(?:\s+rather|\s+instead)?(?:\s+it\s+is|\s+is)?\b"
)
"""Leads that carry a conclusion only where a closed label follows."""

LIKELY = expression(
    r"(?i)(?:\A|(?<=[.,;:!\n-])|\b(?:it|this|that)(?:'s|\s+is))\s*(?:(?:but|so|and|then|it\s+is|"
    r"it's)\s+)?(?:most|more|very|quite|rather|almost\s+certainly)?\s*\b(?:likely|probably|probable|presumably|"
    r"certainly|definitely|clearly|surely|obviously|absolutely|undoubtedly|evidently|tentatively|leaning)\b[,:]?"
    r"|\b(?:forced|pressed|pushed|had|have)\s+to\s+(?:choose|pick|guess|answer|select)\b[^,.\n]{0,20},"
)
PERHAPS = expression(r"(?i)\b(?:(?:could|might|may)(?:\s+(?:well|also|possibly))?\s+be|possibly|perhaps|maybe)\b[,:]?")
"""An answer named with doubt: taken only where nothing else is named and the reply does not give up."""

_LEADING_VERBS = r"(?:calls?|speaks?|argues?|votes?|opts?|points?|tips|leans?|goes|settles?|favou?rs?)"
SURE_END = (
    r"(?i:(?:makes?|call(?:s|ed)?|labels?|names?|grades?|reads?)\s+(?:it|this|that)|so|thus|hence|therefore|guess|vote|choose|"
    r"pick|select|prefer|go\s+(?:for|with)|favou?rs?|favou?r\s+of|(?:me|us)\s+(?:to|with)|"
    rf"{_LEADING_VERBS}\s+(?:for|to|towards?|with|on|in\s+favou?r\s+of))"
)
"""What a sentence says right before the label that it ends with, where nothing but an option can follow."""

PLAIN_END = (
    r"(?i:is|was|remains?|becomes?|equals|me|us|then|but|yet|still|just|(?<!not\s)only|"
    r"(?:must|should|would|will|can\s+only|to|gotta|'d)\s+be|likely|probably|likeliest|say|says|said|"
    r"shows?|represents?|depicts?|demonstrates?|indicates?|suggests?|supports?|confirms?|means?|implies|"
    r"matches|match|fits?|describes|gives?|yields?|leaves?|makes?|picks?|chooses?|selects?|have|got|get|"
    r"mark|tick|circle|check|take|(?:in\s+)?(?:truth|reality|fact))"
)
"""The same where the letter may belong to something that the sentence grades."""

LOOSE_END = (
    r"(?i:[a-z]{2,}(?<![uis])s(?:\s+(?:to|towards?|for|on|as))?|(?!alternativ|respectiv|second|similar|previous|initial|original|former|"
    r"addition|only\b|famil|ear)\w{2,}ly|maybe|perhaps|likelihood|probability|certainty|confidence|doubt|than\s+not|"
    r"preference\s+for|down\s+to)"
)
"""The same where another label in the sentence would make it doubtful."""
