"""Replies of many forms with what they say: letters where they answer, None where they do not."""

BRAIN = ("Glioma", "Meningioma", "Pituitary adenoma", "Vestibular schwannoma")
LUNG = ("Adenocarcinoma", "Adenocarcinoma in situ", "Squamous cell carcinoma", "Small cell carcinoma")
CHEST = ("Pneumonia", "Pleural effusion", "Pneumothorax", "Normal chest", "Atelectasis")
VIRUS = ("Influenza A", "Influenza B", "Parainfluenza", "RSV")
LIVER = ("Child-Pugh A", "Child-Pugh B", "Child-Pugh C", "Not classifiable")
BREAST = ("BI-RADS A", "BI-RADS B", "BI-RADS C", "BI-RADS D")
GUT = (
    "Polyp",
    "Ulcer",
    "Normal mucosa",
    "Bleeding",
    "Erosion",
    "Diverticulum",
    "Cecum",
    "Pylorus",
    "Ileum",
    "Foreign body",
)
YESNO = ("Yes", "No")
NONE = ("Fracture", "Dislocation", "Osteoarthritis", "None of the above")
COUNT = ("2", "4", "6", "8")
SIZE = ("1 cm", "2 cm", "2.5 cm", "12 cm")
GRADE = ("Benign", "Malignant", "Non-neoplastic", "Indeterminate")
CHINESE = ("脑膜瘤", "胶质瘤", "垂体瘤", "正常")
SYMPTOMS = ("Fever", "Cough", "Rash", "Dyspnea")
GENO = ("0/0", "0/1", "1/1", "No call")
SIDE = ("Left", "Right", "Bilateral", "Neither side")
SENTENCES = (
    "The tumour invades the muscle layer",
    "The tumour is limited to the mucosa",
    "There is no tumour in the specimen",
    "The margins are involved",
)
RESIDUES = ("Residue H57", "Residue D102", "Residue S195", "Residue G193")
GREEK = ("α-thalassemia", "β-thalassemia", "Sjögren’s syndrome", "Behçet disease")

ONE: tuple[tuple[tuple[str, ...], str, str | None], ...] = (
    # a letter by itself
    (BRAIN, "C", "C"), (BRAIN, "c", "C"), (BRAIN, "(C)", "C"), (BRAIN, "[C]", "C"), (BRAIN, "C)", "C"), (BRAIN, "c.", "C"),
    (BRAIN, "C.\n", "C"), (BRAIN, "**C**", "C"), (BRAIN, "**C.**", "C"), (BRAIN, "*C*", "C"), (BRAIN, "`C`", "C"), (BRAIN, '"C"', "C"),
    (BRAIN, "'C'", "C"), (BRAIN, "Option C", "C"), (BRAIN, "option c", "C"), (BRAIN, "Choice C.", "C"), (BRAIN, "Letter C", "C"), (BRAIN, "C!", "C"),
    (BRAIN, "$C$", "C"), (BRAIN, "{C}", "C"), (BRAIN, "<C>", "C"), (BRAIN, "- C", "C"), (BRAIN, "C:", "C"), (BRAIN, "> C", "C"),
    (BRAIN, "Answer C", "C"), (BRAIN, "_C_", "C"), (BRAIN, "__C__", "C"), (BRAIN, "\n\n  C  \n", "C"), (BRAIN, "C,", "C"), (BRAIN, "(c).", "C"),
    # letter and text
    (BRAIN, "B. Meningioma", "B"), (BRAIN, "B) Meningioma", "B"), (BRAIN, "(B) Meningioma", "B"), (BRAIN, "B: Meningioma.", "B"), (BRAIN, "B - Meningioma", "B"),
    (BRAIN, "B – Meningioma", "B"), (BRAIN, "B — Meningioma", "B"), (BRAIN, "B Meningioma", "B"), (BRAIN, "b) meningioma", "B"), (BRAIN, "B.Meningioma", "B"),
    (BRAIN, "**B) Meningioma**", "B"), (BRAIN, "**B**: Meningioma", "B"), (BRAIN, "B, Meningioma", "B"), (BRAIN, "B (Meningioma)", "B"), (BRAIN, "[B] Meningioma", "B"),
    (BRAIN, "Option B: Meningioma", "B"), (BRAIN, "Meningioma (B)", "B"), (BRAIN, "Meningioma, option B", "B"), (BRAIN, "B = Meningioma", "B"), (BRAIN, "Meningioma (option B)", "B"),
    (BRAIN, "The answer is Meningioma (B).", "B"), (BRAIN, "B.\nMeningioma", "B"), (BRAIN, "B. meningioma", "B"), (BRAIN, "Answer: (B) Meningioma", "B"),
    # phrases
    (BRAIN, "The correct choice is B.", "B"), (BRAIN, "The best answer is B", "B"), (BRAIN, "My answer is B.", "B"), (BRAIN, "I would choose B.", "B"), (BRAIN, "I'd go with B.", "B"),
    (BRAIN, "I would say B.", "B"), (BRAIN, "I'll pick B", "B"), (BRAIN, "I select option (B).", "B"), (BRAIN, "Ans: B", "B"), (BRAIN, "Ans. B", "B"), (BRAIN, "ANSWER: B", "B"),
    (BRAIN, "Answer - B", "B"), (BRAIN, "Answer is B", "B"), (BRAIN, "Correct answer: B", "B"), (BRAIN, "Correct option: B) Meningioma", "B"), (BRAIN, "The answer would be B.", "B"),
    (BRAIN, "The answer should be option B.", "B"), (BRAIN, "The answer must be B, given the dural tail.", "B"), (BRAIN, "It is B.", "B"), (BRAIN, "It's B.", "B"), (BRAIN, "This is B.", "B"),
    (BRAIN, "The correct answer to this question is B.", "B"), (BRAIN, "The option that best matches is B.", "B"), (BRAIN, "Option B is correct.", "B"), (BRAIN, "B is the correct answer.", "B"),
    (BRAIN, "B is correct", "B"), (BRAIN, "I believe B is right.", "B"), (BRAIN, "I think it's B", "B"), (BRAIN, "I'm going with B", "B"), (BRAIN, "Selected option: B", "B"),
    (BRAIN, "My final answer: B", "B"), (BRAIN, "FINAL ANSWER: B", "B"), (BRAIN, "Final Answer: (B).", "B"), (BRAIN, "the answer is b.", "B"), (BRAIN, "the answer is (b)", "B"),
    (BRAIN, "The right answer is therefore B.", "B"), (BRAIN, "The most appropriate answer is B", "B"), (BRAIN, "The image corresponds to option B.", "B"),
    (BRAIN, "The findings are most consistent with option B.", "B"), (BRAIN, "Based on the image, the most likely diagnosis is B.", "B"), (BRAIN, "So the answer's B? No wait, yes: the answer is B.", "B"),
    (BRAIN, "Hence, B.", "B"), (BRAIN, "Therefore, option B.", "B"), (BRAIN, "Thus, the correct answer is: **B**", "B"), (BRAIN, "The answer is: B", "B"), (BRAIN, "The answer is option B, meningioma.", "B"),
    (BRAIN, "I would answer B because of the dural tail.", "B"), (BRAIN, "B because of the dural tail.", "B"), (BRAIN, "B, because it has a dural tail", "B"), (BRAIN, "It must be B", "B"),
    (BRAIN, "The answer is B since the lesion is extra-axial.", "B"), (BRAIN, "The answer is 'B'.", "B"), (BRAIN, 'The answer is "B".', "B"), (BRAIN, "Out of the four, B fits best.", "B"),
    # Markdown
    (BRAIN, "## Final Answer\n\n**B**", "B"), (BRAIN, "**Answer: B**", "B"), (BRAIN, "**Answer**: B", "B"), (BRAIN, "**Final answer:** **B. Meningioma**", "B"), (BRAIN, "### Answer: B", "B"),
    (BRAIN, "The answer is `B`.", "B"), (BRAIN, "> **B**", "B"), (BRAIN, "- **B. Meningioma**", "B"), (BRAIN, "The correct option is ***B***.", "B"), (BRAIN, "**The correct answer is B.**", "B"),
    (BRAIN, "**Answer:**\n\nB", "B"), (BRAIN, "<b>B</b>", "B"), (BRAIN, "The answer is <strong>B</strong>.", "B"), (BRAIN, "**Diagnosis:** Meningioma", "B"), (BRAIN, "__Answer:__ B", "B"),
    # words
    (BRAIN, "Meningioma", "B"), (BRAIN, "meningioma.", "B"), (BRAIN, "MENINGIOMA", "B"), (BRAIN, "a meningioma", "B"), (BRAIN, "Pituitary  adenoma", "C"), (BRAIN, "pituitary\nadenoma", "C"),
    (BRAIN, "The answer is meningioma.", "B"), (BRAIN, "This MRI demonstrates a meningioma.", "B"), (BRAIN, "The most likely diagnosis is vestibular schwannoma.", "D"),
    (BRAIN, "Findings are in keeping with a pituitary adenoma.", "C"), (BRAIN, "I think this is a glioma.", "A"), (BRAIN, "It looks like a vestibular schwannoma to me.", "D"),
    (BRAIN, "Diagnosis: Glioma", "A"), (BRAIN, '"Meningioma"', "B"), (BRAIN, "Answer: meningioma", "B"), (BRAIN, "Meningioma is the most likely diagnosis.", "B"), (BRAIN, "The correct answer is 'Meningioma'.", "B"),
    (LUNG, "adenocarcinoma in situ", "B"), (LUNG, "The histology is adenocarcinoma in situ.", "B"), (LUNG, "Adenocarcinoma, in situ", "B"), (LUNG, "Adenocarcinoma", "A"),
    (LUNG, "These features favor squamous cell carcinoma.", "C"), (LUNG, "non-small cell carcinoma", None), (LUNG, "The answer is small cell carcinoma", "D"),
    (GREEK, "β-thalassemia", "B"), (GREEK, "beta-thalassemia", "B"), (GREEK, "Sjogren's syndrome", "C"), (GREEK, "SJÖGREN'S SYNDROME", "C"), (GREEK, "Behcet disease", "D"), (GREEK, "Sjo\u0308gren’s syndrome", "C"),
    # an answer, then an explanation
    (BRAIN, "B\n\nGlioma would be intra-axial, and pituitary adenoma would be in the sella.", "B"), (BRAIN, "The answer is B. Option A is incorrect because it is intra-axial. Option C is in the sella.", "B"),
    (BRAIN, "B. Meningioma\n\nWhy not the others:\n- A. Glioma: intra-axial\n- C. Pituitary adenoma: sellar\n- D. Vestibular schwannoma: in the angle", "B"),
    (BRAIN, "Answer: B\nExplanation: A is intra-axial, so A is wrong.", "B"), (BRAIN, "B. The lesion is extra-axial with a dural tail.", "B"), (BRAIN, "(B) The lesion shows a dural tail", "B"),
    (BRAIN, "B: the lesion shows a dural tail.", "B"), (BRAIN, "Meningioma. The lesion is extra-axial, unlike glioma.", "B"), (BRAIN, "Option B. A broad dural base is seen.", "B"),
    (BRAIN, "The correct answer is B. A glioma would infiltrate.", "B"), (BRAIN, "B\nReason: dural tail", "B"), (BRAIN, "Correct answer: B. Glioma is unlikely.", "B"),
    # reasoning, then an answer
    (BRAIN, "The mass is extra-axial. A is intra-axial and C sits in the sella. So the answer is B.", "B"), (BRAIN, "Step 1: locate. Step 2: compare with A, C and D. Final answer: B", "B"),
    (BRAIN, "Option A describes a glioma. Option B describes a meningioma, which fits the dural tail. Therefore, the correct answer is B.", "B"), (BRAIN, "The lesion has a dural tail.\n\nAnswer: B", "B"),
    (BRAIN, "There is a dural tail.\n\n**B**", "B"), (BRAIN, "There is a broad dural attachment. B.", "B"), (BRAIN, "Considering the options, A is intra-axial, C is sellar; thus B.", "B"),
    (BRAIN, "A. Glioma - intra-axial.\nB. Meningioma - extra-axial.\nC. Pituitary adenoma - sellar.\nD. Vestibular schwannoma - angle.\n\nGiven the dural tail, the answer is B.", "B"),
    (BRAIN, "Dural tail sign seen → B", "B"), (BRAIN, "Dural tail sign => B", "B"), (BRAIN, "#### B", "B"),
    # verdicts
    (BRAIN, "A: incorrect\nB: correct\nC: incorrect\nD: incorrect", "B"), (BRAIN, "A - wrong\nB - right\nC - wrong\nD - wrong", "B"), (BRAIN, "A ✗\nB ✓\nC ✗\nD ✗", "B"), (BRAIN, "A. Glioma ❌\nB. Meningioma ✅\nC. Pituitary adenoma ❌", "B"),
    (BRAIN, "Option A is wrong. Option B is right. Option C is wrong.", "B"), (BRAIN, "A. Glioma: This is incorrect.\nB. Meningioma: This is correct.", "B"), (BRAIN, "A is false, B is true, C is false, D is false", "B"),
    (BRAIN, "- A: Incorrect, it is intra-axial.\n- B: Correct, it has a dural tail.\n- C: Incorrect.", "B"), (BRAIN, "(A) Incorrect\n(B) Correct\n(C) Incorrect\n(D) Incorrect", "B"),
    # options restated
    (BRAIN, "A. Glioma B. Meningioma C. Pituitary adenoma D. Vestibular schwannoma. Answer: B", "B"), (BRAIN, "A. Glioma\nB. Meningioma\nC. Pituitary adenoma\nD. Vestibular schwannoma\n\nB", "B"),
    (BRAIN, "A. Glioma\nB. Meningioma\nC. Pituitary adenoma\nD. Vestibular schwannoma", None), (BRAIN, "Options:\nA) Glioma\nB) Meningioma\nC) Pituitary adenoma\nD) Vestibular schwannoma\nCorrect: B", "B"),
    (BRAIN, "The options are A, B, C and D. I choose B.", "B"), (BRAIN, "The options are A, B, C and D.", None), (BRAIN, "A. Glioma B. Meningioma C. Pituitary adenoma D. Vestibular schwannoma", None),
    # denied, then named
    (BRAIN, "Not A, but B.", "B"), (BRAIN, "The answer is not A; it is B.", "B"), (BRAIN, "It isn't A, it's B.", "B"), (BRAIN, "Rather than A, the answer is B.", "B"), (BRAIN, "Not glioma but meningioma", "B"),
    (BRAIN, "B, not A.", "B"), (BRAIN, "The answer is B, not A.", "B"), (BRAIN, "The answer is B rather than A.", "B"), (BRAIN, "B instead of A", "B"), (BRAIN, "This is not a glioma. This is a meningioma.", "B"),
    (BRAIN, "A is incorrect. B is correct.", "B"), (BRAIN, "I don't think it's A. I think it's B.", "B"), (BRAIN, "It is not a glioma; rather, it is a meningioma.", "B"), (BRAIN, "The answer isn't A but rather B.", "B"),
    # corrected
    (BRAIN, "The answer is A. Actually, the answer is B.", "B"), (BRAIN, "A. Wait, no: B.", "B"), (BRAIN, "I choose A. On second thought, I choose B.", "B"), (BRAIN, "Answer: A. Correction: Answer: B.", "B"),
    (BRAIN, "Glioma. Wait, no, meningioma.", "B"), (BRAIN, "The answer is A... hmm, let me reconsider. The answer is B.", "B"), (BRAIN, "A - sorry, I made a mistake, it is B.", "B"), (BRAIN, "Initially I thought A, but the answer is B.", "B"),
    (BRAIN, "At first glance the answer is A, but looking again, it is B.", "B"), (BRAIN, "The answer is A. Wait, that's wrong.", None), (BRAIN, "Answer: A\nScratch that. Answer: B", "B"), (BRAIN, "First I picked A. After re-examination, I pick B.", "B"),
    # one named with doubt
    (BRAIN, "Likely B", "B"), (BRAIN, "I'm not 100% sure, but I think the answer is B.", "B"), (BRAIN, "Perhaps B", "B"), (BRAIN, "Maybe B.", "B"), (BRAIN, "I would guess B", "B"), (BRAIN, "B, I think.", "B"), (BRAIN, "B (most likely)", "B"),
    (BRAIN, "If I had to choose, I would say B.", "B"), (BRAIN, "It is difficult to be certain, but B seems most likely.", "B"), (BRAIN, "I lean towards B.", "B"), (BRAIN, "Most probably B.", "B"), (BRAIN, "It's hard to say, but my best guess would be B.", "B"),
    (BRAIN, "B is most likely.", "B"), (BRAIN, "I'm leaning toward option B", "B"), (BRAIN, "Possibly B", "B"), (BRAIN, "B?", "B"), (BRAIN, "I guess B.", "B"), (BRAIN, "Without contrast, the answer is probably B.", "B"),
    # by elimination
    (BRAIN, "A, C and D can be ruled out, so B.", "B"), (BRAIN, "Ruling out A, C and D leaves B.", "B"), (BRAIN, "By elimination, the answer is B.", "B"), (BRAIN, "A and C are excluded; only B remains.", "B"), (BRAIN, "We can eliminate A, C and D. That leaves B.", "B"),
    (BRAIN, "A is out, C is out, D is out. B is the only one left.", "B"), (BRAIN, "Since A, C, and D do not fit, B must be correct.", "B"), (BRAIN, "By process of elimination, B", "B"), (BRAIN, "A, C and D are wrong, which leaves B.", "B"),
    # boxes, elements, JSON
    (BRAIN, r"$\boxed{B}$", "B"), (BRAIN, r"\boxed{\text{B}}", "B"), (BRAIN, r"\boxed{\text{(B) Meningioma}}", "B"), (BRAIN, r"The answer is \boxed{\mathrm{B}}.", "B"), (BRAIN, r"\boxed{B. Meningioma}", "B"), (BRAIN, r"\boxed{Meningioma}", "B"),
    (BRAIN, r"A is out. $$\boxed{\textbf{B}}$$", "B"), (BRAIN, "boxed{B}", "B"), (BRAIN, r"\(\boxed{B}\)", "B"), (BRAIN, "[[B]]", "B"), (BRAIN, "<|begin_of_box|>B<|end_of_box|>", "B"),
    (BRAIN, "<answer>B</answer>", "B"), (BRAIN, "<answer>\nB. Meningioma\n</answer>", "B"), (BRAIN, "<ANSWER>b</ANSWER>", "B"), (BRAIN, "<final_answer>B</final_answer>", "B"), (BRAIN, "<answer>Meningioma</answer>", "B"), (BRAIN, "<answer>B", "B"),
    (BRAIN, "I weigh A and C. <answer>The answer is B</answer>", "B"), (BRAIN, "<reasoning>A or C?</reasoning><answer>B</answer>", "B"), (BRAIN, "<answer>A or B</answer>", None), (BRAIN, "<answer></answer>", None), (BRAIN, "<answer>unknown</answer>", None),
    (BRAIN, '{"answer": "B"}', "B"), (BRAIN, '{"choice":"B","confidence":0.7}', "B"), (BRAIN, "{'answer': 'B'}", "B"), (BRAIN, '{"answer": "B. Meningioma"}', "B"), (BRAIN, '{"answer": "meningioma", "why": "not A"}', "B"), (BRAIN, '{"answer": null}', None),
    (BRAIN, 'Here is the JSON:\n```json\n{"explanation": "The answer is A? no", "final_answer": "B"}\n```', "B"), (BRAIN, '{"answer": ["B"]}', "B"), (BRAIN, '["B"]', "B"), (BRAIN, '{"answer": "A or B"}', None), (BRAIN, '{"Answer": "b"}', "B"),
    (BRAIN, '{"answer": "B", "explanation": "C is wrong', "B"), (BRAIN, '{"option": "B"}', "B"), (BRAIN, "answer: B\nconfidence: high", "B"),
    # reasoning blocks
    (BRAIN, "<think>A? B? The answer is A.</think>\nB", "B"), (BRAIN, "<think></think>\n\nThe answer is B.", "B"), (BRAIN, "<thinking>Maybe A</thinking> B. Meningioma", "B"), (BRAIN, "Maybe A or C.\n</think>\n\n**B**", "B"), (BRAIN, "<think>it must be A, the answer is A", None),
    (BRAIN, "◁think▷A◁/think▷B", "B"), (BRAIN, "[THINK]A[/THINK]B", "B"), (BRAIN, "<|begin_of_thought|>A<|end_of_thought|>B", "B"), (BRAIN, "<|channel|>analysis<|message|>A?<|end|><|start|>assistant<|channel|>final<|message|>B", "B"), (BRAIN, "<|channel|>analysis<|message|>The answer is A", None),
    (BRAIN, "<THINK>A</THINK>B", "B"), (BRAIN, "<think>one</think>mid<think>two</think>B", "B"), (BRAIN, "<think>The answer is B.</think>", None), (BRAIN, "<reasoning>The answer is A", None), (BRAIN, "<think>\nOption A: Glioma. Answer: A", None),
    # Chinese and others
    (BRAIN, "答案为B", "B"), (BRAIN, "正确选项是B", "B"), (BRAIN, "应选B。", "B"), (BRAIN, "故选B", "B"), (BRAIN, "我选择B", "B"), (BRAIN, "选项B正确", "B"), (BRAIN, "B选项正确。", "B"), (BRAIN, "本题选B。", "B"), (BRAIN, "答案是：B。因为A不符合。", "B"), (BRAIN, "最可能的答案是B", "B"),
    (BRAIN, "因此，正确答案为（B）。", "B"), (BRAIN, "B是正确的", "B"), (BRAIN, "选B，不选A", "B"), (BRAIN, "不是A，是B", "B"), (BRAIN, "排除A、C、D，选B", "B"), (BRAIN, "A或B", None), (BRAIN, "可能是A或者B", None), (BRAIN, "无法确定", None), (BRAIN, "抱歉，我无法回答。", None), (BRAIN, "不是A", None),
    (BRAIN, "所以答案选B", "B"), (BRAIN, "我认为是B", "B"), (BRAIN, "【答案】B", "B"), (BRAIN, "答：B", "B"), (BRAIN, "答案：B、Meningioma", "B"), (BRAIN, "应该选择选项B", "B"), (BRAIN, "A不正确，B正确", "B"), (CHINESE, "脑膜瘤", "A"), (CHINESE, "答案是脑膜瘤。", "A"), (CHINESE, "图像显示胶质瘤。", "B"), (CHINESE, "A. 脑膜瘤", "A"), (CHINESE, "B、胶质瘤", "B"),
    (CHINESE, "不是脑膜瘤", None), (CHINESE, "答案：C（垂体瘤）", "C"), (CHINESE, "脑膜瘤或胶质瘤", None),
    (BRAIN, "La réponse correcte est B.", "B"), (BRAIN, "La bonne réponse est la B.", "B"), (BRAIN, "Réponse : B", "B"), (BRAIN, "Die richtige Antwort ist B.", "B"), (BRAIN, "Die Antwort lautet B.", "B"), (BRAIN, "Antwort: B", "B"), (BRAIN, "Respuesta: B", "B"), (BRAIN, "La opción correcta es la B.", "B"),
    (BRAIN, "A resposta correta é B.", "B"), (BRAIN, "A alternativa correta é a letra B.", "B"), (BRAIN, "La risposta corretta è B.", "B"), (BRAIN, "Правильный ответ: B", "B"), (BRAIN, "Ответ: Б", None), (BRAIN, "Ответ: А", "A"), (BRAIN, "Правильный ответ — B.", "B"), (BRAIN, "정답은 B입니다.", "B"), (BRAIN, "정답: B", "B"), (BRAIN, "답은 B번입니다", "B"),
    (BRAIN, "正解はBです。", "B"), (BRAIN, "答え：B", "B"), (BRAIN, "Bが正解です", "B"), (BRAIN, "回答はBです", "B"), (BRAIN, "الإجابة الصحيحة هي B", "B"), (BRAIN, "सही उत्तर B है", "B"), (BRAIN, "Jawaban yang benar adalah B.", "B"), (BRAIN, "Đáp án đúng là B.", "B"), (BRAIN, "Doğru cevap: B", "B"), (BRAIN, "Het juiste antwoord is B.", "B"),
    (BRAIN, "Prawidłowa odpowiedź to B.", "B"), (BRAIN, "คำตอบคือ B", "B"), (BRAIN, "Elijo la opción B", "B"), (BRAIN, "Je choisis B.", "B"), (BRAIN, "Lo siento, no puedo ayudar.", None), (BRAIN, "La respuesta no es A", None), (BRAIN, "La respuesta es A o B", None), (BRAIN, "La réponse est A ou B", None),
    # letters in other dress
    (BRAIN, "Ⓑ", "B"), (BRAIN, "ⓑ", "B"), (BRAIN, "𝐁", "B"), (BRAIN, "𝑩", "B"), (BRAIN, "🅱", "B"), (BRAIN, "🅑", "B"), (BRAIN, "⒝", "B"), (BRAIN, "（Ｂ）", "B"), (BRAIN, "Ｂ．Meningioma", "B"), (BRAIN, "\u200bB\u200b", "B"), (BRAIN, "\ufeffB", "B"), (BRAIN, "The answer is\u00a0B.", "B"), (BRAIN, "Ａｎｓｗｅｒ：Ｂ", "B"),
    (BRAIN, "「B」", "B"), (BRAIN, "『B』", "B"), (BRAIN, "The answer is 𝗕.", "B"), (BRAIN, "答案：Ｂ", "B"), (BRAIN, "B\ufe0f", "B"), (BRAIN, "〔B〕", "B"), (BRAIN, "The ans\u200bwer is B", "B"), (BRAIN, "Β", "B"),
    # chat residue and further turns
    (BRAIN, "assistant: B", "B"), (BRAIN, "<|assistant|>B<|end|>", "B"), (BRAIN, "B<|im_end|>", "B"), (BRAIN, "B</s>", "B"), (BRAIN, "B<|eot_id|>", "B"), (BRAIN, "B<end_of_turn>", "B"), (BRAIN, "[/INST] B", "B"), (BRAIN, "Certainly! B", "B"), (BRAIN, "Of course. The answer is B.", "B"),
    (BRAIN, "B\nUSER: and now? ASSISTANT: A", "B"), (BRAIN, "B<|im_end|>\n<|im_start|>user\nAnd? A", "B"), (BRAIN, "B\n\nQuestion: What else?\nAnswer: A", "B"), (BRAIN, "The answer is B.\n\nHuman: thanks\n\nAssistant: A", "B"), (BRAIN, "### Response:\nB", "B"), (BRAIN, "AI: B", "B"),
    (BRAIN, "B. Meningioma. I hope this helps!", "B"), (BRAIN, "B\n\nPlease consult a doctor for medical advice.", "B"), (BRAIN, "The answer is B. Let me know if you have questions.", "B"), (BRAIN, "Answer:B", "B"), (BRAIN, "<s>B", "B"),
    # left open
    (BRAIN, "A or B", None), (BRAIN, "A/B", None), (BRAIN, "Either A or B", None), (BRAIN, "A and B", None), (BRAIN, "The answer is A or B.", None), (BRAIN, "The answer is either A or B.", None), (BRAIN, "Both A and B", None), (BRAIN, "It might be A or C.", None), (BRAIN, "Between B and C", None), (BRAIN, "I'm torn between A and B.", None),
    (BRAIN, "Glioma or meningioma", None), (BRAIN, "This could be glioma or meningioma.", None), (BRAIN, "A, B", None), (BRAIN, "AB", None), (BRAIN, "A & B", None), (BRAIN, "Options A and B are both correct.", None), (BRAIN, "Answer: A, C", None), (BRAIN, "Answer: A and C", None), (BRAIN, "The answer could be A, or possibly B.", None),
    (BRAIN, "I would say A or maybe C.", None), (BRAIN, "A. Glioma\nB. Meningioma", None), (BRAIN, "A and B are possible.", None), (BRAIN, "Glioma and meningioma are both possible.", None), (BRAIN, "It's hard to choose between A and D.", None), (BRAIN, "Answer: A or B", None), (BRAIN, "Answer: A/B", None), (BRAIN, "Perhaps A or B", None), (BRAIN, "A vs B", None),
    # every letter
    (BRAIN, "ABCD", None), (BRAIN, "A, B, C, D", None), (BRAIN, "A B C D", None), (BRAIN, "A/B/C/D", None), (BRAIN, "(A) (B) (C) (D)", None), (BRAIN, "A. B. C. D.", None), (BRAIN, "A, B, C and D", None), (BRAIN, "A\nB\nC\nD", None), (BRAIN, "A) B) C) D)", None), (BRAIN, "Answer: A, B, C, D", None), (BRAIN, "The answer is A, B, C or D.", None), (BRAIN, "Answer with A, B, C or D.", None),
    # refused, failed, empty
    (BRAIN, "I'm sorry, but I cannot help with that.", None), (BRAIN, "I am not able to interpret medical images.", None), (BRAIN, "As an AI, I can't diagnose. Please consult a radiologist.", None), (BRAIN, "I don't know.", None), (BRAIN, "Unable to determine.", None), (BRAIN, "There is not enough information to answer.", None), (BRAIN, "I can't see any image.", None),
    (BRAIN, "I cannot tell whether this is a meningioma.", None), (BRAIN, "I cannot determine whether the answer is A.", None), (BRAIN, "Sorry, I can't determine if it is glioma.", None), (BRAIN, "A definitive diagnosis cannot be made.", None), (BRAIN, "A radiologist should look at this.", None), (BRAIN, "I'm unable to choose an option.", None), (BRAIN, "I cannot say the answer is A.", None),
    (BRAIN, "Error code: 429 - rate limit", None), (BRAIN, "null", None), (BRAIN, "", None), (BRAIN, "   \n", None), (BRAIN, "...", None), (BRAIN, "-", None), (BRAIN, "?", None), (BRAIN, "**", None), (BRAIN, "```", None), (BRAIN, "Request timed out", None), (BRAIN, "API Error: A", None), (BRAIN, "NaN", None), (BRAIN, "[no response]", None), (BRAIN, "Internal server error", None),
    # articles and pronouns
    (BRAIN, "A small opacity is visible in the upper lobe.", None), (BRAIN, "A mass", None), (BRAIN, "a mass", None), (BRAIN, "It is a well-circumscribed mass.", None), (BRAIN, "The answer is a mass.", None), (BRAIN, "Answer: a mass with sharp borders", None), (BRAIN, "A CT scan of the chest.", None), (BRAIN, "This is A lesion.", None), (BRAIN, "A", "A"), (BRAIN, "a", "A"),
    (BRAIN, "A patient with headache. A mass is seen.", None), (BRAIN, "There is a lesion with a rim. The answer is D.", "D"), (BRAIN, "A mass is seen. Answer: A", "A"), (BRAIN, "A large mass is seen.\n\nA", "A"), (BRAIN, "I choose a.", "A"), (BRAIN, "The image shows a", None), (BRAIN, "A T1-weighted image.", None), (BRAIN, "A: I see a mass", None),
    (GUT, "I", "I"), (GUT, "I am not certain.", None), (GUT, "I see a red area.", None), (GUT, "I.", "I"), (GUT, "The answer is I.", "I"), (GUT, "I think the answer is I.", "I"), (GUT, "I would need more images", None), (GUT, "(I)", "I"), (GUT, "I. Ileum", "I"), (GUT, "I think I would choose H.", "H"), (GUT, "I choose I", "I"), (GUT, "J", "J"), (GUT, "The answer is J.", "J"), (GUT, "I don't see anything", None), (GUT, "I, as a model, cannot say", None),
    # none of them
    (BRAIN, "None of the above", None), (BRAIN, "None of the options is correct.", None), (BRAIN, "No option fits.", None), (BRAIN, "Neither A nor B.", None), (NONE, "None of the above", "D"), (NONE, "none of the above.", "D"), (NONE, "The answer is none of the above.", "D"), (NONE, "D. None of the above", "D"), (NONE, "None of the above applies", "D"), (BRAIN, "The correct answer is not listed.", None),
    # out of range
    (BRAIN, "E", None), (BRAIN, "The answer is F.", None), (BRAIN, "Answer: G", None), (BRAIN, "(E)", None), (BRAIN, "E. Metastasis", None), (BRAIN, "Option Z", None), (BRAIN, "e", None), (BRAIN, "答案是E", None), (BRAIN, "<answer>F</answer>", None), (BRAIN, r"\boxed{E}", None), (YESNO, "C", None), (BRAIN, "I choose E.", None), (BRAIN, '{"answer": "E"}', None),
    # denied only
    (BRAIN, "Not A.", None), (BRAIN, "The answer is not B.", None), (BRAIN, "It is definitely not C", None), (BRAIN, "It isn't B.", None), (BRAIN, "This is not a meningioma.", None), (BRAIN, "No glioma is seen.", None), (BRAIN, "Definitely not meningioma.", None), (BRAIN, "A is incorrect.", None), (BRAIN, "Option A can be excluded.", None), (BRAIN, "The incorrect option is A.", None), (BRAIN, "B is unlikely.", None), (BRAIN, "I would rule out A.", None), (BRAIN, "Meningioma is excluded.", None), (BRAIN, "There is no evidence of glioma.", None), (BRAIN, "Anything but A", None), (BRAIN, "Unlikely to be A", None), (BRAIN, "It cannot be B.", None), (BRAIN, "The answer cannot be A.", None),
    # broken off
    (BRAIN, "The correct answer is", None), (BRAIN, "Answer:", None), (BRAIN, "Looking at the image, we can see that option A", None), (BRAIN, "Let's analyze option B (Meningioma). It", None), (BRAIN, "To answer this, consider A. Glioma: infiltrating. B. Meningioma: extra-axial. C.", None), (BRAIN, "The image is a T1-weighted MRI with", None), (BRAIN, "答案是", None), (BRAIN, "B. Mening", "B"), (BRAIN, "B. Meningioma shows a dural tai", "B"), (BRAIN, "First, let us look at whether it is glioma or", None), (BRAIN, "The options include meningioma,", None),
    # letter and words at odds
    (BRAIN, "B. Glioma", None), (BRAIN, "The answer is A (Meningioma).", None), (BRAIN, "A: Meningioma", None), (BRAIN, "Glioma (B)", None), (BRAIN, "The correct answer is C, glioma.", None), (BRAIN, "D) Glioma", None), (BRAIN, r"\boxed{A. Meningioma}", None), (BRAIN, "Answer: A - Meningioma", None),
    # several options by their words
    (BRAIN, "Meningioma, not glioma.", "B"), (BRAIN, "Meningioma rather than glioma", "B"), (BRAIN, "In contrast to glioma, this is a meningioma.", "B"), (BRAIN, "Unlike vestibular schwannoma, the lesion is a meningioma.", "B"), (BRAIN, "Meningioma instead of glioma.", "B"), (BRAIN, "While glioma is possible, the most likely diagnosis is meningioma.", "B"), (BRAIN, "Glioma is unlikely; meningioma is favored.", "B"), (BRAIN, "Although it resembles glioma, it is a meningioma.", "B"), (BRAIN, "A meningioma is more likely than a glioma.", "B"),
    # "option 2" where letters are the labels
    (BRAIN, "The second option.", "B"), (BRAIN, "The second one", "B"), (BRAIN, "the last option", "D"), (BRAIN, "第二个选项", "B"), (BRAIN, "2", None), (BRAIN, "The ninth option", None), (BRAIN, "option #2", "B"),
    # letters inside terms
    (VIRUS, "Influenza A", "A"), (VIRUS, "influenza b", "B"), (VIRUS, "The patient has influenza B.", "B"), (VIRUS, "This is influenza A virus.", "A"), (VIRUS, "RSV, not influenza A", "D"), (VIRUS, "Influenza C", None), (VIRUS, "Influenza", None), (VIRUS, "B. Influenza B", "B"), (VIRUS, "A. Influenza B", None), (VIRUS, "Not influenza A; the answer is C.", "C"), (VIRUS, "It is an influenza A infection, so the answer is A.", "A"), (VIRUS, "Hepatitis B", None),
    (LIVER, "Child-Pugh C", "C"), (LIVER, "Child-Pugh class C", None), (LIVER, "child pugh b", "B"), (LIVER, "The score of 11 points means Child-Pugh C.", "C"), (LIVER, "Child-Pugh B cirrhosis", "B"), (LIVER, "The patient is Child-Pugh A, thus the answer is A.", "A"), (LIVER, "Not Child-Pugh A but Child-Pugh B.", "B"), (LIVER, "C. Child-Pugh C", "C"), (LIVER, "Child-Pugh D", None),
    (BREAST, "BI-RADS C", "C"), (BREAST, "The density is BI-RADS B.", "B"), (BREAST, "heterogeneously dense, i.e. BI-RADS C", "C"), (BREAST, "BI-RADS 4", None), (BREAST, "A breast with dense tissue", None), (BREAST, "birads c", None),
    (BRAIN, "Vitamin D level is low.", None), (BRAIN, "Stanford type A dissection", None), (BRAIN, "C. difficile colitis", None), (BRAIN, "E. coli", None), (BRAIN, "Hepatitis C infection", None), (BRAIN, "B-cell lymphoma", None), (BRAIN, "B cell lymphoma", None), (BRAIN, "The patient has hepatitis B.", None), (BRAIN, "Blood group A", None), (BRAIN, "C-reactive protein is raised.", None), (BRAIN, "C3 and C4 are low", None), (BRAIN, "The answer is B-cell lymphoma", None), (BRAIN, "The answer is C. difficile", None), (BRAIN, "T cell", None), (BRAIN, "D-dimer elevated", None), (BRAIN, "Grade C", None), (BRAIN, "Type B", None), (BRAIN, "Chain A", None), (BRAIN, "A>G", None), (BRAIN, "A/G heterozygous", None), (BRAIN, "Group B streptococcus is the correct organism.", None), (BRAIN, "Hepatitis B is correct", None), (BRAIN, "The strain is type A.", None), (BRAIN, "Vitamin B is the answer", None), (BRAIN, "C: 12 mg/dl", "C"),
    # proteins and genes
    (RESIDUES, "Residue S195", "C"), (RESIDUES, "The nucleophile is S195 in chain A", "C"), (RESIDUES, "H57 of chain B acts as the base", "A"), (RESIDUES, "Chain D, so the answer is B.", "B"), (RESIDUES, "chain A", None), (RESIDUES, "H57, D102 and S195", None), (RESIDUES, "residue g193", "D"), (GENO, "0/1", "B"), (GENO, "The genotype is 1/1.", "C"), (GENO, "Heterozygous, 0/1", "B"), (GENO, "G/T", None), (GENO, "A/C", None), (GENO, "G>A, so 0/1", "B"), (GENO, "No call", "D"), (GENO, "T>C", None),
    # yes and no
    (YESNO, "yes", "A"), (YESNO, "No.", "B"), (YESNO, "Yes, there is.", "A"), (YESNO, "No, it is normal.", "B"), (YESNO, "The answer is no.", "B"), (YESNO, "Answer: Yes", "A"), (YESNO, "Yes and no", None), (YESNO, "Yes or no", None), (YESNO, "There is no fracture.", None), (YESNO, "A. Yes", "A"), (YESNO, "B. No", "B"), (YESNO, "A. No", None), (YESNO, "**Yes**", "A"), (YESNO, "YES!", "A"), (YESNO, "I know nothing", None), (YESNO, "Yes there is a nodule", "A"), (YESNO, "No abnormality is seen", None), (YESNO, "I cannot say yes or no.", None), (YESNO, "The margins are smooth. Yes.", "A"), (YESNO, "No idea", None), (YESNO, "No image was provided", None),
    # numbers
    (COUNT, "4", "B"), (COUNT, "There are 6 nodules.", "C"), (COUNT, "I count 8.", "D"), (COUNT, "The answer is 2.", "A"), (COUNT, "3", None), (COUNT, "16", None), (COUNT, "4.5", None), (COUNT, "There are 4 or 6 nodules", None), (COUNT, "2 of the 4", None), (COUNT, "B", "B"), (COUNT, "B. 4", "B"), (COUNT, "Answer: 8", "D"), (COUNT, "B) 6", None), (SIZE, "2 cm", "B"), (SIZE, "2cm", "B"), (SIZE, "2.5 cm", "C"), (SIZE, "It measures 12 cm.", "D"), (SIZE, "5 cm", None), (SIZE, "The lesion is 1 cm wide", "A"), (SIZE, "about 2.5cm", "C"), (SIZE, "2.55 cm", None), (SIZE, "22 cm", None), (SIZE, "2", None),
    # words inside words
    (GRADE, "non-malignant", None), (GRADE, "Non-neoplastic", "C"), (GRADE, "malignant", "B"), (GRADE, "premalignant", None), (GRADE, "The lesion is benign.", "A"), (GRADE, "not benign", None), (GRADE, "The lesion is not benign, it is malignant.", "B"), (GRADE, "benign-appearing", None), (GRADE, "malignancy", None), (GRADE, "Indeterminate", "D"), (GRADE, "neoplastic", None),
    (SIDE, "left", "A"), (SIDE, "Right.", "B"), (SIDE, "The left side", "A"), (SIDE, "Bilateral", "C"), (SIDE, "left or right", None), (SIDE, "Neither side", "D"), (SIDE, "the answer is left", "A"),
    # sentences as options
    (SENTENCES, "The tumour is limited to the mucosa.", "B"), (SENTENCES, "there is no tumour in the specimen", "C"), (SENTENCES, "C. There is no tumour in the specimen.", "C"), (SENTENCES, "The answer is that the margins are involved.", "D"), (SENTENCES, "A tumour is seen.", None), (SENTENCES, "d", "D"), (SENTENCES, "The tumour invades the muscle layer, as option A says.", "A"),
    (CHEST, "Normal chest radiograph", "D"), (CHEST, "Small left pleural effusion.", "B"), (CHEST, "No pneumothorax, no pleural effusion.", None), (CHEST, "There is no pleural effusion, pneumothorax, or atelectasis.", None), (CHEST, "No pneumonia. Pneumothorax is present.", "C"), (CHEST, "The radiograph shows lobar pneumonia without pleural effusion.", "A"), (CHEST, "Pneumonia is typically lobar.", None), (CHEST, "Is this pneumonia?", None), (CHEST, "If it were pneumonia, we would see consolidation.", None), (CHEST, "The question asks about pneumonia.", None), (CHEST, "History of pneumonia.", None), (CHEST, "Rule out pneumonia.", None), (CHEST, "Consider pneumonia.", None),
)  # fmt: skip

SEVERAL: tuple[tuple[tuple[str, ...], str, str | None], ...] = (
    (SYMPTOMS, "A, C", "AC"), (SYMPTOMS, "AC", "AC"), (SYMPTOMS, "A and C", "AC"), (SYMPTOMS, "A C", "AC"), (SYMPTOMS, "A;C", "AC"), (SYMPTOMS, "A & C", "AC"), (SYMPTOMS, "(A), (C)", "AC"), (SYMPTOMS, "(A) and (C)", "AC"), (SYMPTOMS, "C, A", "AC"), (SYMPTOMS, "A/C", "AC"),
    (SYMPTOMS, "Answer: A, C", "AC"), (SYMPTOMS, "The correct answers are A, B, and D.", "ABD"), (SYMPTOMS, "Options A and C are correct.", "AC"), (SYMPTOMS, "Both A and C", "AC"), (SYMPTOMS, "A. Fever\nC. Rash", "AC"), (SYMPTOMS, "A. Fever, C. Rash", "AC"), (SYMPTOMS, "- A\n- C", "AC"), (SYMPTOMS, "A (Fever) and C (Rash)", "AC"), (SYMPTOMS, "Fever, Rash", "AC"), (SYMPTOMS, "The answers are Fever and Rash.", "AC"),
    (SYMPTOMS, '["A", "C"]', "AC"), (SYMPTOMS, '{"answer": ["A", "C"]}', "AC"), (SYMPTOMS, '{"answer": "A, C"}', "AC"), (SYMPTOMS, "<answer>A, C</answer>", "AC"), (SYMPTOMS, r"\boxed{A, C}", "AC"), (SYMPTOMS, r"\boxed{AC}", "AC"), (SYMPTOMS, "答案：A、C", "AC"), (SYMPTOMS, "答案是AC", "AC"), (SYMPTOMS, "选A和C", "AC"), (SYMPTOMS, "**A, C**", "AC"), (SYMPTOMS, "A is correct. C is correct. B is incorrect.", "AC"), (SYMPTOMS, "A: correct\nB: incorrect\nC: correct\nD: incorrect", "AC"),
    (SYMPTOMS, "B", "B"), (SYMPTOMS, "ABCD", "ABCD"), (SYMPTOMS, "A, B, C, D", "ABCD"), (SYMPTOMS, "All of the above", "ABCD"), (SYMPTOMS, "A or C", None), (SYMPTOMS, "Either A or C", None), (SYMPTOMS, "", None), (SYMPTOMS, "A, E", None), (SYMPTOMS, "I choose A and D.", "AD"), (SYMPTOMS, "Final answer: A, B and C", "ABC"), (SYMPTOMS, "None of them", None), (SYMPTOMS, "ACID", None), (SYMPTOMS, "A. Fever\nB. Cough\nC. Rash\nD. Dyspnea", None),
)  # fmt: skip

NUMBERED: tuple[tuple[tuple[str, ...], str, str | None], ...] = (
    (BRAIN, "2", "2"), (BRAIN, "option 2", "2"), (BRAIN, "Option 2: Meningioma", "2"), (BRAIN, "2. Meningioma", "2"), (BRAIN, "(2)", "2"), (BRAIN, "The answer is 2", "2"), (BRAIN, "The correct option is option 2.", "2"), (BRAIN, "Answer: 2", "2"), (BRAIN, "option 5", None), (BRAIN, "12", None), (BRAIN, "Not option 1 but option 2.", "2"), (BRAIN, "option 1 or option 2", None), (BRAIN, "meningioma", "2"), (BRAIN, "2. Glioma", None), (BRAIN, "There are 3 lesions, so the answer is option 2.", "2"), (BRAIN, "There are 3 lesions.", None), (BRAIN, "the second option", "2"), (BRAIN, "Option two", "2"), (BRAIN, "选项2", "2"), (BRAIN, "答案：2", "2"), (BRAIN, "②", "2"), (BRAIN, "2️⃣", "2"), (BRAIN, "Option (2)", "2"), (BRAIN, "B", None), (BRAIN, "I am unsure", None), (BRAIN, r"\boxed{2}", "2"), (BRAIN, '{"answer": 2}', "2"), (BRAIN, "<answer>2</answer>", "2"), (BRAIN, "Option 1 is wrong, option 2 is right.", "2"), (BRAIN, "Of the 4 options, option 2 fits best.", "2"), (BRAIN, "2.5", None), (BRAIN, "The lesion measures 2 cm.", None), (BRAIN, "**2**", "2"),
)  # fmt: skip
