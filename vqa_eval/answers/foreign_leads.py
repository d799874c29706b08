"""Phrases of other languages that lead to an answer; a language is a few words here."""

import re

from vqa_eval.answers.expressions import expression

_NOUNS = (
    r"respuestas?|opci[oó]n|elecci[oó]n|alternativa|resposta|opç[aã]o|gabarito|r[eé]ponses?|choix|"
    r"antwort(?:en)?|l[oö]sung|risposta|scelta|opzione|antwoord|optie|odpowied[zź]|odpov[eě][dď]|"
    r"svar(?:et)?|vastaus|cevap|cevab[ıi]|yan[ıi]t|jawaban(?:nya)?|đáp\s+án|câu\s+trả\s+lời|"
    r"r[aă]spuns(?:ul)?|v[aá]lasz|sagot|jibu|odgovor|odpoveď|atbilde|atsakymas|vastus|erantzun|"
    r"diagn[oó]stico|diagnostic|diagnose|diagnosi|conclusi[oó]n|fazit|letra|lettre|pilihan|alternativ|seçenek|cevabım|wahl|auswahl"
)
_ADJECTIVES = (
    r"correct[ao]?s?|corret[ao]|certa|final(?:e|is)?|m[aá]s\s+probable|probable|mais\s+prov[aá]vel|bonne|juste|"
    r"exacte|plus|más|mais|richtige|korrekte|richtig|giusta|esatta|corretta|juiste|correcte|"
    r"prawid[lł]owa|poprawna|spr[aá]vn[aá]|rätta?|riktiga|oikea|do[gğ]ru|yang\s+(?:benar|tepat)|benar|"
    r"tepat|đúng|ch[ií]nh\s+xác|corect|helyes|tamang|sahihi|zuzena|da|para|(?-i:a|à)|la|pregunta|pergunta|"
    r"question|es|auf|die|frage"
)
_COPULAS = (
    r"es|son|ser[ií]a|é|és|são|est|sont|serait|ist|sind|lautet|w[aä]re|è|sono|sarebbe|is|zijn|to|je|[aä]r|er|on|ir|"
    r"yra|adalah|ialah|là|este|az|ay|ni"
)
_ARTICLES = (
    r"(?:\s+(?:la|el|le|die|der|das|a|o|het|il|de|den)(?=\s)|\s+l'(?=option))?"
    r"(?:\s*(?:option|opci[oó]n|opç[aã]o|réponse|respuesta|antwort|letra|alternativa|opzione|вариант|ответ)(?=\s))?"
)
_LATIN = expression(
    rf"(?i)\b(?:(?:{_NOUNS})(?:\s+(?:{_ADJECTIVES})){{0,5}}\s*(?::|=|\s-\s|"
    rf"\b(?:{_COPULAS})\b\s*:?|(?=\s[(\[]?(?-i:[A-Z])\b))"
    r"|(?:la\s+correcta|lo\s+correcto|a\s+correta|la\s+bonne|richtig|korrekt|corretta|correcto|"
    r"l[oa]\s+m[aá]s\s+probable)\s+(?:es|é|est|ist|è)\b"
    r"|(?:elijo|elegir[ií]a|escojo|escoger[ií]a|selecciono|opto\s+por|me\s+quedo\s+con|me\s+inclino\s+por|dir[ií]a|"
    r"creo\s+que\s+es|pienso\s+que\s+es|considero\s+que\s+es|escolho|escolheria|fico\s+com|acho\s+que\s+é|acredito\s+que\s+(?:seja|é)|marco|marcar[ií]a|"
    r"je\s+choisi(?:s|rais)|je\s+s[eé]lectionne|je\s+(?:dirais|répondrais)|j'opte\s+pour|je\s+pench(?:e|erais)\s+pour|je\s+retiens|"
    r"je\s+(?:pense|crois)\s+que\s+c'est|ich\s+(?:w[aä]hle|nehme|w[uü]rde|sage|tippe\s+auf|bin\s+f[uü]r|entscheide\s+mich\s+f[uü]r)|"
    r"ich\s+(?:denke|glaube|meine),?\s+(?:es|das)\s+ist|scelgo|sceglierei|direi|opt(?:o|erei)\s+per|"
    r"(?:penso|credo)\s+(?:che\s+)?(?:sia|è)|ik\s+(?:kies|denk)(?:\s+voor)?|wybieram|wybra[lł]bym|vol[ií]m|vyb[ií]r[aá]m|"
    r"jag\s+(?:v[aä]ljer|tror(?:\s+det\s+är)?)|jeg\s+(?:v(?:æ|e)lger|tror(?:\s+det\s+er)?)|valitsen|aleg|saya\s+(?:memilih|pilih)|chọn|tôi\s+chọn|seçiyorum)\b\s*:?)"
)
_OTHER_SCRIPTS = expression(
    r"(?i)(?:ответ|вариант|відповідь|отговор)\w{0,2}(?:\s+на\s+вопрос)?\s*(?::|-|это|будет|является|е\b|є\b|"
    r"(?=\s*[(\[]?(?-i:[A-Z](?![A-Za-z]))))"
    r"|(?:я\s+)?(?:выбираю|выбрать|выбор:?|обираю)"
    r"|(?:الإجابة|الاجابة|الجواب|الخيار|إجابة|جواب|اختياري|أختار)(?:\s+(?:الصحيحة?|الصحيح|النهائية?|الأصح))?\s*(?:هي|هو|:)?"
    r"|(?:सही\s+)?(?:उत्तर|विकल्प|जवाब)\s*(?:है|:|-)?"
    r"|(?:উত্তর|বিকল্প|விடை|పాక్య|సమాధానం|జవాబు|ಉತ್ತರ|ഉത്തരം)\s*(?:হল|হলো|:|-)?"
    r"|(?:پاسخ|گزینه|جواب)(?:\s+(?:صحیح|درست))?\s*(?:است|:)?"
    r"|(?:התשובה|תשובה)(?:\s+הנכונה)?\s*(?:היא|:)?"
    r"|(?:η\s+)?(?:σωστή\s+)?απάντηση\s*(?:είναι|:)(?:\s+η(?=\s))?"
    r"|(?:คำตอบ|ตอบ)(?:ที่ถูกต้อง)?\s*(?:คือ|:|ข้อ)?\s*(?:ข้อ)?"
    r"|(?:最终|最後|正确|正確|标准|参考|本题|此题|我的|最佳|合适|可能)?的?(?:答案|答复|答|诊断|診断)\s*(?:应该|应当|應該|应|應|就|可能|很可能)?\s*"
    r"(?:是|为|為|选|選|:|=)+\s*(?:选项|選項)?"
    r"|答案\s*\]?\s*(?=[(\[]?(?-i:[A-Z](?![A-Za-z])))"
    r"|(?:正确|正確|最佳|合适|最合适|符合)的?(?:选项|選項|选择|選擇)?\s*(?:应该|应)?\s*(?:是|为|為|:)"
    r"|(?<![不未可多单备])(?:应|應|应该|應該|故|所以|因此|我|本题|可|就|请|则)?\s*(?:选择|選擇|选|選)(?:了|的是|项|項|:|择)?\s*(?:选项|"
    r"選項)?(?=\s*[(\[\"]?(?-i:[A-Z0-9第]))"
    r"|(?:很可能|大概|大概率|估计|应为|应是|应当是|因此|所以|故|我认为|我觉得|我選|我猜|猜|倾向于|傾向於|最可能|最有可能|应该|應該|可以判断|综上)"
    r"(?:的?(?:是|为|答案是|选))?,?\s*(?:是|为|選|选)?(?=\s*[(\[]?(?-i:[A-Z](?![A-Za-z])))"
    r"|(?<=[,;])\s*(?:应该|應該|就)?是\s*(?=[(\[]?(?-i:[A-Z](?![A-Za-z])))|(?:\A|(?<=[,.;\s]))(?:这|這|此)(?:就)?是\s*(?=[(\[]?(?-i:[A-Z](?![A-Za-z])))"
    r"|(?:而是|而应选|只剩|剩下|剩余|只有)(?:下|的是)?\s*(?:选项)?(?=\s*[(\[]?(?-i:[A-Z](?![A-Za-z])))"
    r"|(?:정답|답변|답|올바른\s*선택|선택)(?:은|는|이|:|\s*은|\s*:)?\s*(?=[(\[]?(?-i:[A-Z0-9](?![A-Za-z])))"
    r"|(?:가|이)\s*아니라\s*(?=[(\[]?(?-i:[A-Z](?![A-Za-z])))"
    r"|(?:最終|最終的な)?(?:答え|正解|解答|回答|正答|選択肢|正しいの|適切なの|適切な選択肢)(?:は|:|が|、)?\s*(?:,\s*)?(?=[(\[「]?(?-i:[A-Z0-9](?![A-Za-z])))"
    r"|(?:ではなく|じゃなく)て?,?\s*(?=[(\[「]?(?-i:[A-Z0-9](?![A-Za-z])))|بل"
)

WEAK = expression(
    rf"(?i)(?:\b(?:das\s+ist|es\s+ist|es|sería|c'est|il\s+s'agit\s+de|se\s+trata\s+de|é|seria|dies\s+ist|"
    rf"es\s+handelt\s+sich\s+um|è|si\s+tratta\s+di|det\s+är|det\s+er|se\s+on|adalah|là|este|sería|cevap){_ARTICLES}"
    r"|\b(?:meiner\s+meinung\s+nach|meines\s+erachtens|zutreffend\s+ist|volgens\s+mij|myślę,?\s+że|menurut\s+saya|theo\s+tôi|"
    r"à\s+mon\s+avis|selon\s+moi|secondo\s+me|a\s+mio\s+avviso|en\s+mi\s+opinión|na\s+minha\s+opinião)\b,?"
    r"|\b(?:así\s+que|entonces|por\s+(?:lo\s+)?tanto|por\s+(?:ello|eso|eliminación|descarte)|en\s+conclusión|"
    r"probablemente|posiblemente|seguramente|sino(?:\s+la)?|portanto|então|provavelmente|mas(?:\s+sim)?|donc|ainsi|"
    r"par\s+(?:conséquent|élimination)|probablement|sans\s+doute|mais|daher|somit|folglich|demnach|deshalb|damit(?:\s+bleibt)?|"
    r"bleibt|wahrscheinlich|vermutlich|am\s+ehesten|sondern|quindi|dunque|pertanto|perciò|probabilmente|ma|bensì|dus|"
    r"daarom|waarschijnlijk|więc|zatem|prawdopodobnie|lecz|proto|takže|alltså|därför|troligen|utan|derfor|altså|siksi|"
    r"luultavasti|vaan|dolayısıyla|muhtemelen|jadi|maka|kemungkinan|melainkan|vậy|do\s+đó|vì\s+vậy|có\s+lẽ|mà\s+là|deci|"
    r"probabil|tehát|hanem|dakle|vjerojatno|nego)\b,?"
    r"|(?:\A|(?<=[.!?\n]))\s*also\b,?"
    r"|\b(?:это|является|итак|следовательно|поэтому|значит|вероятно|наверное|скорее\s+всего|а(?:\s+именно)?|но|отже)\b,?"
    rf"{_ARTICLES})"
)
"""Leads that carry a conclusion only where a closed label follows."""


def strong(text: str) -> list[re.Match[str]]:
    """Return where other languages lead to an explicit statement of the answer."""
    found = list(_LATIN.finditer(text))
    return found if text.isascii() else found + list(_OTHER_SCRIPTS.finditer(text))
