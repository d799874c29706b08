"""What a letter may belong to besides an option: "vitamin D", "the density is C", "the arrow marked B"."""

from vqa_eval.answers.expressions import expression

_NAMED = (
    r"vit(?:amins?)?|hep(?:atitis)?|influenza|ha?emophilia|ha?emoglobin|types?|sub-?types?|sero-?types?|geno-?types?|"
    r"fig(?:ures?)?|panels?|class(?:es)?|grades?|stages?|levels?|groups?|strains?|categor(?:y|ies)|scores?|factors?|proteins?|"
    r"chains?|alleles?|antigens?|immunoglobulins?|toxins?|coenzyme|amphotericin|polymyxin|cyclosporin|cystatin|troponin|"
    r"leads?|virus|plan|dr|prof|site|room|ward|trial|drug|arm|cohort|appendix|strep\w*|st|gr|cat|vs|approx|ca"
)
NAMED_BY_LETTER = expression(rf"(?i)(?:{_NAMED})\Z")
"""Words that a letter goes with as a name."""

TERM = expression(rf"(?i)\b(?:{_NAMED})\s+(?-i:[A-Z]|\d{{1,3}})(?![\w'-])(?!\s*(?:,|/|&|and\b|or\b)\s*(?:[A-Z\d]|\Z))")
"""Such a word with its one letter or number, which is then no label."""

GRADED = expression(
    rf"(?i)\b(?:{_NAMED}|staging|density|child-pugh|bi-?rads|dukes'?|weber|stanford|kellgren|fractions?|"
    r"subunits?|residues?|amino\s+acids?|bases?|nucleotides?|complement|arrows?|points?(?!\s+to)|regions?|zones?|areas?|"
    r"segments?|sections?|positions?|phases?|(?<!bottom )lines?|(?<!my )views?|plates?|slides?|markers?|"
    r"labels?(?!\s+(?:is|of|for))|film|reported|letters?(?!\s+(?:is|of|you))|labell?ed|"
    r"written|printed|variants?|mutations?|samples?|lanes?|wells?|tubes?|plasmids?|rhesus|blood|temperature|degrees)\b"
)
"""Words in whose sentence a letter may well be no label."""
