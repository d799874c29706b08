"""Phrases of other languages that lead to an answer, judge one, or deny one; a language is a few words here."""

import re

_LATIN_NOUNS = (
    r"respuestas?|opci[oó]n|elecci[oó]n|alternativa|resposta|opç[aã]o|gabarito|r[eé]ponse|choix|"
    r"antwort(?:en)?|l[oö]sung|risposta|scelta|opzione|antwoord|odpowied[zź]|odpov[eě][dď]|"
    r"svar(?:et)?|vastaus|cevap|cevab[ıi]|yan[ıi]t|jawaban(?:nya)?|đáp\s+án|câu\s+trả\s+lời|"
    r"r[aă]spuns(?:ul)?|v[aá]lasz|sagot|jibu"
)
_LATIN_ADJECTIVES = (
    r"correct[ao]?s?|corret[ao]|certa|final|m[aá]s\s+probable|probable|mais\s+prov[aá]vel|bonne|juste|"
    r"exacte|finale|richtige|korrekte|richtig|giusta|esatta|corretta|juiste|correcte|"
    r"prawid[lł]owa|poprawna|spr[aá]vn[aá]|rätta?|riktiga|oikea|do[gğ]ru|yang\s+(?:benar|tepat)|benar|"
    r"tepat|đúng|ch[ií]nh\s+xác|corect|helyes|tamang|sahihi|da|para|(?-i:a|à)|la|pregunta|pergunta|"
    r"question|es|auf|die|frage"
)
_LATIN_COPULAS = (
    r"es|ser[ií]a|é|est|serait|ist|lautet|w[aä]re|è|sarebbe|is|to|je|[aä]r|on|adalah|ialah|là|este|az|ay|ni"
)

_LATIN = re.compile(
    rf"(?i)\b(?:(?:{_LATIN_NOUNS})(?:\s+(?:{_LATIN_ADJECTIVES})){{0,5}}\s*(?::|=|\s-\s|"
    rf"\b(?:{_LATIN_COPULAS})\b\s*:?|(?=\s[(\[]?(?-i:[A-Z])\b))"
    r"|(?:la\s+correcta|lo\s+correcto|a\s+correta|la\s+bonne|richtig|korrekt|corretta|correcto)\s+(?:es|é|"
    r"est|ist|è)\b"
    r"|(?:elijo|escojo|selecciono|escolho|je\s+choisis|je\s+s[eé]lectionne|ich\s+w[aä]hle|scelgo|"
    r"ik\s+kies|wybieram|jag\s+v[aä]ljer|saya\s+(?:memilih|pilih)|chọn|tôi\s+chọn|seçiyorum)\b\s*:?)"
)
_OTHER_SCRIPTS = re.compile(
    r"(?i)(?:ответ|вариант|відповідь|отговор)\w{0,2}(?:\s+на\s+вопрос)?\s*(?::|-|это|будет|является|"
    r"(?=\s*[(\[]?(?-i:[A-Z])))"
    r"|(?:я\s+)?(?:выбираю|выбрать|выбор:?)"
    r"|(?:الإجابة|الاجابة|الجواب|الخيار|إجابة|جواب)(?:\s+(?:الصحيحة?|الصحيح|النهائية?|الأصح))?\s*(?:هي|هو|:)?"
    r"|(?:सही\s+)?(?:उत्तर|विकल्प|जवाब)\s*(?:है|:|-)?"
    r"|(?:پاسخ|گزینه|جواب)(?:\s+(?:صحیح|درست))?\s*(?:است|:)?"
    r"|התשובה(?:\s+הנכונה)?\s*(?:היא|:)?"
    r"|(?:η\s+)?(?:σωστή\s+)?απάντηση\s*(?:είναι|:)"
    r"|(?:คำตอบ|ตอบ)(?:ที่ถูกต้อง)?\s*(?:คือ|:|ข้อ)?\s*(?:ข้อ)?"
    r"|(?:最终|最後|正确|正確|标准|参考|本题|此题|我的|最佳|合适)?的?(?:答案|答复|答)\s*(?:应该|应当|應該|应|應|就|可能|很可能)?\s*(?:是|为|為|选|選|:|"
    r"=)+\s*(?:选项|選項)?"
    r"|答案\s*\]?\s*(?=[(\[]?(?-i:[A-Z]))"
    r"|(?:正确|正確|最佳|合适|最合适|符合)的?(?:选项|選項|选择|選擇)\s*(?:应该|应)?\s*(?:是|为|為|:)"
    r"|(?<![不未可多单备])(?:应|應|应该|應該|故|所以|因此|我|本题|可|就|请|则)?\s*(?:选择|選擇|选|選)(?:了|的是|项|項|:|择)?\s*(?:选项|"
    r"選項)?(?=\s*[(\[\"]?(?-i:[A-Z0-9]))"
    r"|(?:很可能|大概|大概率|估计|应为|应是|应当是|因此|所以|故|我认为|我觉得|我選|最可能|最有可能|应该|應該|可以判断|综上)(?:的?(?:是|为|答案是|选))?,?\s*(?:是|"
    r"为|選|选)?(?=\s*[(\[]?(?-i:[A-Z]))"
    r"|(?<=[,;])\s*是\s*(?=[(\[]?(?-i:[A-Z]))"
    r"|(?:而是|而应选|只剩|剩下|剩余|只有)(?:下|的是)?\s*(?:选项)?(?=\s*[(\[]?(?-i:[A-Z]))"
    r"|(?:정답|답변|답|올바른\s*선택|선택)(?:은|는|이|:|\s*은|\s*:)?\s*(?=[(\[]?(?-i:[A-Z0-9]))"
    r"|(?:最終)?(?:答え|正解|解答|回答|正答|選択肢)(?:は|:|が|、)?\s*(?:,\s*)?(?=[(\[「]?(?-i:[A-Z0-9]))"
)
GOOD = re.compile(
    r"\s*(?:选项|選項|项|項)?\s*(?:是|为|為)?\s*(?:正确|正確|对的|最合适|最符合|最佳|最可能)|\s*(?:が|は)\s*正(?:解|しい)|\s*(?:가|"
    r"이)\s*(?:정답|맞)|\s*(?:es|é|est|ist|è)\s+(?:la\s+|a\s+|die\s+)?(?:correcta|correta|correcte|richtig|"
    r"corretta|giusta)\b"
)
BAD = re.compile(
    r"\s*(?:选项|選項|项|項)?\s*(?:是|为)?\s*(?:不正确|不正確|错误|錯誤|错|不对|不符合|不太可能|可以排除|被排除|不是|不)|\s*(?:は|が)\s*(?:誤り|間違|"
    r"不正解)|\s*(?:は|는|은)\s*(?:아니|틀)|\s*(?:no\s+es|não\s+é|n'est\s+pas|ist\s+(?:nicht|falsch)|non\s+è|"
    r"es\s+incorrect)"
)
DENIED = re.compile(
    r"不(?:是|选|選|应|應|可能|能|会)\Z|不(?:是|选|選)|排除|除了|\bno\s+(?:es|elijo)\b|\bnão\b|\bnon\b|\bnicht\b|\bne\b|"
    r"\bpas\b|\bне\b|ليست|ليس|नहीं|아니|ではな|じゃな|错误"
)
SUPPOSED = re.compile(r"如果|假如|是否|もし|만약|\b(?:si|se|wenn|falls|если)\b")


def strong(text: str) -> list[re.Match[str]]:
    """Return where other languages lead to an explicit statement of the answer."""
    found = list(_LATIN.finditer(text))
    return found if text.isascii() else found + list(_OTHER_SCRIPTS.finditer(text))
