"""Phrases of other languages that judge an answer, deny it or suppose it; a language is a few words here."""

from vqa_eval.answers.expressions import expression

_NOUN = (
    r"(?:respuesta|opción|resposta|opção|réponse|antwort|lösung|risposta|antwoord|odpowiedź|odpověď|svar\w*|vastaus|"
    r"jawaban|đáp\s+án)"
)
_RIGHT = (
    r"(?:correct[ae]?s?|corret[ao]|certa|richtig\w*|korrekt\w*|bonne|juste|exacte|giusta|esatta|corretta|juist\w*|goed|"
    r"prawidłow\w+|poprawn\w+|správn\w+|rätt\w*|riktig\w*|rigtig\w*|oikea|benar|tepat|đúng|corect\w*|helyes)"
)
_IS = r"(?:(?:qui|que|die)\s+)?(?:es|é|est|está|ist|è|is|är|er|je|jest|to|on|adalah|là|este)"
GOOD = expression(
    r"(?i)[)\]\"'*]*\s*(?:选项|選項|项|項)?\s*(?:是|为|為)?\s*(?:正确|正確|对(?!比)|對|最?合适|最?符合|最佳|最?可能|更合适|更符合)"
    r"|\s*(?:が|は)\s*(?:正(?:解|しい)|最も|適切)|\s*を選(?:び|択)|\s*(?:가|이)\s*(?:정답|맞|가장|적절)|\s*(?:를|을)\s*(?:선택|고르)"
    rf"|\s+{_IS}\s+(?:(?:la|a|die|das|le|het|de|den|det|en)\s+)?(?:{_RIGHT}\s+{_NOUN}|{_NOUN}\s+{_RIGHT}|{_NOUN}|{_RIGHT})\b"
    r"|\s+(?:trifft\s+zu|stimmt|passt)\b|\s+(?:şıkkı\s+|seçeneği\s+)?doğru\w*|\s+richtig\b|\s+(?:-\s+)?(?:это\s+)?(?:правильн|верн|подходит)\w*"
    r"|\s+सही|\s+(?:هو|هي)?\s*(?:الصحيح|صحيح)|\s+ถูก|\s+(?:صحیح|درست)"
)
BAD = expression(
    r"(?i)[)\]\"'*]*\s*(?:选项|選項|项|項)?\s*(?:是|为)?\s*(?:不正确|不正確|错误|錯誤|错|不对|不符合|不太可能|可以排除|被排除|不是|不)"
    r"|\s*(?:は|が)\s*(?:誤り|間違|不正解|違)|\s*(?:では|じゃ)(?:な|あり)|\s*(?:は|が)[^.\n]{0,8}(?:ない|ません|なし)|\s*(?:は|는|은|가|이)\s*(?:아니|아닙|아님|틀|없)"
    r"|\s*(?:no\s+es|não\s+(?:é|está)|n'est\s+pas|(?:ist|sind)\s+(?:nicht|falsch)|non\s+è|is\s+(?:niet|onjuist|fout)|"
    r"nie\s+jest|není|är\s+(?:inte|fel)|er\s+ikke|ei\s+ole|değil|yanlış|bukan|salah|không|sai\b|"
    r"(?:es|está|é)\s+(?:incorrect|incorret|fals|errad)\w*|est\s+(?:fausse|faux|incorrecte?)|è\s+(?:sbagliata|errata)|"
    r"jest\s+błędn\w+|(?:это\s+)?не\b|неверн\w*|неправильн\w*|गलत|नहीं|خطأ|غير|ผิด|ไม่|نیست|غلط)"
)
DENIED = expression(
    r"(?i)不(?:是|选|選|应|應|可能|能|会)\Z|不(?:是|选|選)|并非|排除|除了|\bno\s+(?:es|elijo)\b|\bnão\b|\bnon\b|\bnicht\b|\bkeine?\b|"
    r"\bne\b|\bn'est\b|\bpas\b|\bне\b|\bнет\b|\bnie\b|\bnem\b|\bniet\b|\binte\b|\bikke\b|\bdeğil\b|\bbukan\b|\btidak\b|"
    r"\bkhông\b|\b(?:nessun\w?|nenhum\w?|ningun\w?|ningún|sin|sans|ohne|senza|sem|без)\b|ليست|ليس|नहीं|아니|ではな|じゃな|错误"
)
SUPPOSED = expression(r"如果|假如|是否|もし|만약|\b(?:si|se|wenn|falls|если)\b")
REFUTED = expression(
    r"不|非|没|沒|無|无|错|錯|误|誤|除|否|ない|なく|ません|以外|違|아니|아닙|아님|않|제외|틀|없|못|모르|(?i:\b(?:не|нет|ни|кроме|исключ\w+|"
    r"δεν|όχι|εκτός|λάθος)\b)|ليس|ليست|غير|خطأ|لا\b|लेकिन\s+नहीं|नहीं|गलत|ग़लत|না|নয়|ভুল|இல்லை|அல்ல|కాదు|తప్పు|ไม่|ผิด|ยกเว้น|"
    r"نیست|غلط|نہیں|לא|אינ|שגוי|אין"
)
"""Whatever may deny something in a script other than the Latin one."""

TERM = expression(
    r"(?:维生素|維生素|ビタミン|비타민|витамин\w*|विटामिन|فيتامين|วิตามิน|肝炎|hepatit\w*|гепатит\w*|тип\w*|групп\w*|класс\w*|стади\w*|"
    r"фактор\w*|рис\w*\.?|型|图|圖|図|그림|نوع|مجموعة|ชนิด|กลุ่ม)\s*\Z"
)
TERM_BEHIND = expression(r"\s?(?:超|型|群|级|級|期|族|细胞|細胞|组|組|类|類|线|線|波|链|鎖|형|군|급|세포|간염)")
"""What makes a Latin letter in another script part of a term."""
