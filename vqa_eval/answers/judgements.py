"""English phrases, as data: what is said of an option behind its label, for it and against it."""

from vqa_eval.answers.expressions import expression

_GOOD = (
    r"(?:correct|right|true|accurate|better|best|valid|likely|likeliest|probable|appropriate|suitable|consistent|"
    r"plausible|answer|choice|option|one|fit|match|solution|diagnosis|selected|chosen|favou?red|supported|preferred|"
    r"closest|strongest|reasonable|sensible|logical|fitting|obvious|natural|convincing|compelling|way\s+to\s+go|last\s+(?:one|option)|winner|"
    r"my\s+(?:final\s+|best\s+|first\s+)?(?:answer|choice|pick|guess|selection|vote|bet))"
)
_GRADE = (
    r"(?:(?:a|clearly|definitely|therefore|thus|both|all|the|my|most|single|only|indeed|also|more|far|by|"
    r"much|best|very|probably|likely|slightly|somewhat|remaining|next|final|correct|right|overall|obviously|"
    r"certainly|hence|still|actually|in\s+fact)\s+){0,5}"
)
# Any one adjective that does not turn the noun behind it: "the expected answer".
_KIND = (
    r"(?:(?!(?:wrong|incorrect|false|least|less|worst|second|third|other|alternative|next|weak\w*|poor\w*|un\w+|tempting|"
    r"possible|not|bad|in(?:correct|valid)|common|usual)\b)\w+\s+){0,2}"
)
_BEARING = (
    r"(?:is|are|was|would\s+be|must\s+be|should\s+be|has\s+to\s+be|may\s+be|might\s+be|could\s+be|can\s+be|"
    r"(?:may|might|could)\s+well\s+be|"
    r"seems?(?:\s+to\s+be)?|looks?|sounds?|feels?|appears?(?:\s+to\s+be)?|remains?|being|it'?s|"
    r"represents?|'s|=)"
)
JUDGED_GOOD = expression(
    r"(?i)[)\]\"'*,]*[ \t]*(?:\.\s+(?=(?-i:is)\b))?(?:" + _BEARING + r"\s+" + _GRADE + _GOOD + r"\b"
    r"(?!\s+(?:of|only|if|when|way|diagnos[ie]s\s+(?:to|of)|but|yet|although|though)\b)"
    r"|(?:clearly\s+|best\s+|also\s+|only\s+|most\s+closely\s+|"
    r"alone\s+|still\s+|really\s+|perfectly\s+)?(?:fits?|match(?:es)?|apply|applies|remains?|stays|stands|survives|wins|holds(?:\s+up)?|works|qualifies|passes|"
    r"(?-i:it\s+is)(?=\W*(?:\Z|\n|[.!,;]|because|then|for))|stands\s+out|prevails|"
    r"makes\s+(?:the\s+most\s+)?sense|describes|explains|corresponds|aligns|agrees|accounts\s+for|"
    r"(?:gets|has|wins|takes)\s+my\s+vote|does(?=\s*(?:[.!]|\Z)))\b(?!\s+(?:only|poorly|less|out))"
    r"|(?:is|are)\s+(?:left|the\s+only\s+(?:one|option|choice)|the\s+last|supported|favou?red|it(?=\W*(?:\Z|\n|[.!]))|what\s+remains|"
    r"all\s+that(?:'s|\s+is|\s+remains)|what\s+(?:I|we)(?:'d|\s+would|\s+see|'ll|\s+will)?|"
    r"where\s+I|what\s+(?:is|was)\s+(?:seen|shown)|"
    r"to\s+be\s+chosen)\b"
    r"|(?-i:as\s+the|the|my)\s+(?:only\s+)?(?:correct|right|best|most\s+\w+)\s+(?:answer|choice|option|one|fit|match)\b"
    r"|" + _BEARING + r"\s+(?:the|my|our|a)\s+" + _KIND + r"(?:answer|choice|option|pick|selection|match|fit|letter|"
    r"bet|guess|candidate|favou?rite|survivor|winner|explanation|diagnosis)\b(?!\s+(?:if|when|only))"
    r"|(?:captures|hits|nails|tops|leads|(?:does|gets)\s+the\s+(?:job|nod|point)|reflects|satisfies|meets|ranks\s+first|"
    r"comes\s+(?:out\s+)?(?:first|top|on\s+top|closest)|has\s+the\s+(?:highest|best|most|strongest|greatest)|"
    r"(?:sits|works)\s+best|(?:I|we)(?:'d|\s+would)\s+(?:say|go|think|guess|choose|pick)|"
    r"(?:is|was)\s+(?:exactly|precisely|just)\s+what)\b"
    r"|would\s+(?:therefore\s+|then\s+)?be\s+my\b(?!\s+(?:second|third|last|next))|is\s+my\s+first\b|✓)"
)
JUDGED_BAD = expression(
    r"(?i)[)\]\"'*]*\s*(?:\.\s+(?=(?-i:is)\b))?[,(]?\s*(?:-\s|:\s)?(?:(?:which|that|also|then|therefore|clearly|"
    r"both|however|,)\s+){0,3}"
    r"(?:(?:is|are|was|were|would\s+be|seems?(?:\s+to\s+be)?|looks?|sounds?|appears?(?:\s+to\s+be)?|can\s+be|"
    r"could\s+be|may\s+be|might\s+be|should\s+be|must\s+be|has\s+been|being)\s+"
    r"(?:(?:clearly|definitely|therefore|thus|also|both|all|the|an?|safely|very|highly|more|easily|likely|"
    r"obviously|most|quite|rather|considered|too|often|certainly|immediately|probably|just|equally|similarly|"
    r"somewhat|still|simply|actually)\s+){0,4}"
    r"(?:not\b|n't|un\w+|in(?:correct|consistent|compatible|accurate|appropriate|valid)\b|im(?:probable|"
    r"plausible|possible)\b|wrong|false|less\b|least\b|excluded|eliminated|ruled|dismissed|discarded|"
    r"rejected|removed|crossed|out\b|off\b|absent|possible|tempting|considered|only\s+(?:if|when|partially|"
    r"possible)\b|contradicted|"
    r"never|distractor|worse|worst|weak\w*|bad\b|poor|second\b|farther|further|mistake|trap|gamble|red\s+herring|nonsense|"
    r"far-fetched|questionable|doubtful|debatable|hardly|barely|anything\s+but|at\s+odds|refuted)"
    r"|(?:cannot|can't|can\s+not|could\s+not|couldn't|do(?:es)?\s+not|do(?:es)?n't|did\s+not|didn't|isn't|"
    r"aren't|wasn't|won't|wouldn't|would\s+not|will\s+not|should\s+not|fails?\b|lacks?\b|contradicts?\b|"
    r"makes\s+no\s+sense|makes\s+little\s+sense|"
    r"would\s+(?:show|have|look|appear|need|require|also|typically|usually|normally|give|cause|produce|lead|present|"
    r"damage|rather|instead|more|result|affect|involve|be\s+(?:darker|larger|expected|a\s+guess|irresponsible|"
    r"premature|speculat\w+|"
    r"brighter|smaller|more|less|seen|different|associated|located|characteri[sz]ed|(?:right|correct|true|the\s+answer)\s+(?:only\s+)?(?:if|when)))|"
    r"only\s+(?:if|when)|poorly\b|"
    r"(?:can|could|may|might|should)\s+(?:also\s+)?be\s+(?:excluded|ruled|eliminated|considered|dismissed|"
    r"tempting)|"
    r"incorrect|wrong|false\b|excluded|eliminated|unlikely|rejected|✗))"
)
UNDONE = expression(
    r"(?i)[)\]\"']*\s*(?:\((?:option\s+)?[A-Z0-9]{1,2}\)\s*)?(?:,?\s*(?:which|that|and|but)\s+)?(?:is|are|"
    r"was|were)\s+(?:\w+\s+){0,2}(?:possible|considered|possibility|differentials?|"
    r"typically|usually|often|commonly|generally|defined|characteri[sz]ed|caused|associated|treated|(?:an?|one\s+of\s+the)\s+\w+)\b"
    r"|[)\]\"']*\s*(?:typically|usually|often|generally|commonly|normally|would|could|might|may|"
    r"tends?\s+to|versus|vs)\b(?!\s+(?:best\s+|also\s+)?(?:explain|fit|account|match)\b)"
    r"|\s*,?\s*(?:and/)?or\b|[)\]\"']*\s*(?:\?|可能(?!性?(?:最|很|较)?[大高])|不|被排除)|,?\s*(?:one|we|you)\s+(?:would|should|expects?)\b"
)
"""What is said of an option in general, or in passing, so that it is not stated."""

VERDICT_GOOD = expression(
    r"(?i)[)\]\"'*.:(\s-]{0,6}(?:(?:this|it)\s+is\s+|is\s+)?(?:the\s+)?(?:correct|right\b(?![ \t]+\w)|"
    r"true|yes\b|✓)"
)
VERDICT_BAD = expression(
    r"(?i)[)\]\"'*.:(\s-]{0,6}(?:(?:this|it)\s+is\s+|is\s+)?(?:clearly\s+|"
    r"also\s+)?(?:not\b(?!\s+(?:(?-i:[A-Z])\b|(?:\w+\s+)?(?:sure|certain|confident)\b))|in(?:correct|consistent|compatible)|wrong|false|unlikely|"
    r"excluded|eliminated|ruled\s+out|(?<!\.\s)no\b|no\b(?=\s*(?:[.,;:!)\n-]|\Z))|✗|does\s+not|doesn't)"
)
