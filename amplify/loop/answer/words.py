"""The words by which replies in several languages name an answer, deny, doubt and conclude.

Each table is the alternatives of a regular expression, a language a line.
"""

from __future__ import annotations

ANSWER = (
    r"answer|ans|assistant|label|choice|option|prediction|class|classification|category"
    r"|verdict|decision"
    r"|conclusion|guess|output|response|result|selection|pick|judge?ment|solution|assessment"
    r"|antwort|lösung|klasse|kategorie|klassifi(?:kation|zierung)|einordnung|ergebnis|auswahl|wahl"
    r"|urteil|vorhersage"
    r"|respuesta|etiqueta|clase|categoría|clasificación|opción|elección|predicción|resultado"
    r"|veredicto|solución"
    r"|réponse|étiquette|classe|catégorie|choix|prédiction|résultat"
    r"|risposta|etichetta|categoria|scelta|opzione|risultato|resposta|rótulo|escolha|opção"
    r"|antwoord|klasse|categorie|keuze|ответ|метка|класс|категория|вариант|вывод|результат"
    r"|odpowiedź|cevap|yanıt|etiket|jawaban|đáp án|câu trả lời"
    r"|答案|(?:情感)?分析结果|回答|答え?|标签|標籤|类别|類別|分类(?:结果)?|分類|选项|選項"
    r"|结论|结果|結果|判断"
    r"|预测|选择"
    r"|解答|正解|ラベル|カテゴリー?|クラス|選択肢?|結論|判定|予測"
    r"|정답|답변?|라벨|레이블|분류|카테고리|범주|선택|결론|결과|예측|판단"
    r"|คำตอบ|ป้ายกำกับ|หมวดหมู่|ประเภท"
    r"|الإجابة|الجواب|التصنيف|الفئة|النتيجة|उत्तर|जवाब|श्रेणी"
)
"""What names the answer itself."""

ASPECT = (
    r"sentiment|polarity|tone|mood|topic|subject|theme|emotion|stance|attitude|opinion|feeling"
    r"|rating|score|stars|grade|intent|intention|relation(?:ship)?|type|genre"
    r"|stimmung|ton|tonfall|thema|bewertung|gefühl|haltung|polarität|note"
    r"|sentimiento|tono|tema|polaridad|puntuación|calificación|emoción"
    r"|sujet|thème|polarité|émotion|avis|sentimento|tom|тональность|тема|настроение|оценка"
    r"|情感倾向|情感极性|情感|情绪|倾向|主题|评分|打分|态度"
    r"|感情|評価|極性|トピック|話題|テーマ|評点|スコア|감정|감성|주제|평점|별점|점수|극성"
)
"""What names the side of a text that a task asks for."""

ITEM = (
    r"text|review|sentence|statement|argument|comment|tweet|message|e-?mail|article|headline"
    r"|passage|paragraph|post|document|snippet|input|story|item|pair|example|critique|feedback"
    r"|question|problem|prompt|task|rezension|bewertung|satz|aussage|kommentar|nachricht"
    r"|artikel|frage|textes"
    r"|texto|reseña|frase|oración|comentario|mensaje|artículo|pregunta"
    r"|texte|phrase|commentaire|critique|отзыв|текст"
    r"|评论|文本|文字|句子|文章|新闻|段落|レビュー|文章|文|記事|コメント|리뷰|문장|글|기사"
    r"|댓글|รีวิว(?:นี้)?"
)
"""What names the text that is classified, or the question."""

ADJECTIVE = (
    r"final|real|actual|short|only|correct|right|best|(?:most )?(?:likely|appropriate"
    r"|suitable|fitting"
    r"|accurate)|likeliest"
    r"|true|overall|predicted|chosen|selected|assigned|proper|general|main|primary|dominant"
    r"|closest|single"
    r"|richtigen?|korrekten?|besten?|endgültigen?|finalen?|passenden?|gewählten?"
    r"|correct[ae]|finale?|definitiv[ao]|adecuad[ao]|elegid[ao]|bonne|meilleure|juste|définitive"
    r"|corretta|giusta|certa|правильный|верный|окончательный|الصحيحة?|النهائية?"
    r"|正确的?|正確な|最终的?|最佳|整体的?|总体的?|最後の|正しい|最終的?な?|全体的?な?|최종"
    r"|올바른|정확한|전체적인|전반적인"
)

FINAL = r"final\w*|endgültig\w*|definitiv\w*|définitive|окончательный|最终|最終|최종"

DETERMINER = r"the|an?|my|this|that|its|our|der|die|das|meine?|el|la|mi|le|les|ma|mon|il|o|a|de"

COPULA = (
    r"is|must be|should be|would be|has to be|will be|seems(?: to be)?|appears(?: to be)?"
    r"|(?:is|seems) (?:very |most )?likely to be|remains|looks|sounds|reads|ist|lautet|heißt"
    r"|scheint|es|parece(?: ser)?|debe ser|est|doit être"
    r"|semble(?: être)?|è|é|是|选|为|為|应该?是|应为|就是|属于|は|が|은|는|이|가|คือ|เป็น|هي|هو"
)

FILLER = (
    r"that|it is|the|an?|of|option|statement|choice|sentence|answer|label|class|category|letter"
    r"|number|most|likely|very|quite|rather|so|thus|therefore|indeed|just|simply|still|about"
    r"|as|somewhat|slightly|mostly|a bit|a little|as follows"
    r"|klar|eindeutig|deutlich|insgesamt|eher|sehr|option|antwort|una?|muy|opción|más bien|que"
    r"|très|plutôt|globalement|un|une|l['’]option"
    r"|一(?:条|个|篇|段)|非常|很|明显|整体|总体|偏|とても|明らかに|全体的に|매우|전체적으로"
    r"|분명히|전반적으로"
    r"|(?!(?:hard|bare|scarce|part|partial|supposed|alleged|possib|potential|false|wrong|initial"
    r"|superficial|rare|seldom|near|on|mere|seeming|apparent|ironic|occasional|unlike"
    r"|final)ly)\w+ly"
    r"|\w+[eé]ment|\w+[ae]mment|\w+mente"
)
"""What may stand between the words that announce a label and the label."""

LEAD = (
    r"so|therefore|thus|hence|and|but|however|yet|now|here|overall|finally|clearly|actually"
    r"|ultimately"
    r"|ok(?:ay)?|well|sure|certainly|hm+|indeed|definitely|in (?:conclusion|summary|short|sum)"
    r"|on balance|all in all|to sum up|as a result|(?:on second thoughts?|on reflection"
    r"|thinking again)|in this case|in my (?:opinion|view)"
    r"|rather|it is clear that|this means(?: that)?|i mean"
    r"|i (?:would say|think|believe|conclude|guess|am confident|am sure)(?: that)?|to"
    r"|also|daher|deshalb|somit|folglich|insgesamt|ist(?= die | das )|ich (?:denke|glaube)|dass"
    r"|por (?:lo )?tanto|entonces|así que|en conclusión|yo diría que|diría que|creo que"
    r"|sino|sondern|aber|pero|donc|ainsi|par conséquent|en conclusion|je (?:dirais"
    r"|pense)(?: que)?|mais|quindi"
    r"|所以|因此|故|那么|综上(?:所述)?|总之|我认为|其实|而是|但是?|ではなく|아니라"
    r"|したがって|よって|つまり|結論として|全体的に|따라서|그러므로|결론적으로|전체적으로"
)
"""What may stand ahead of a statement without taking anything from it."""

INTERJECTION = (
    r"no|nope|yes|wait|sorry|correction|sure|ok(?:ay)?|hm+|thank you|thanks|nein|ja|doch"
    r"|moment|sí|espera|non|oui"
    r"|不对?|不是|是的?|好的?|等等|いや|いいえ|はい|아니요?|네"
)
"""What may stand ahead of a statement if a mark follows."""

REVISION = (
    r"(?:no|nope|nein|non|不对?|いや|いいえ|아니요?)(?=\s*[,.:;!…、]|\s+wait)"
    r"|wait|actually|correction|on second thoughts?|(?:up)?on reflection|thinking again"
    r"|reconsider\w*|mistake|sorry|scratch that"
    r"|i mean|hm+|moment|korrektur|espera|corrección|attendez|en fait|等等|更正"
    r"|訂正|정정"
)
"""What takes a statement back ahead of the next one."""

CONTRAST = (
    r"(?<!anything )(?<!nothing )(?<!all )but|however|yet|rather(?! than)|sondern|aber|sino"
    r"|pero|mais|plutôt|而是|但是?|ではなく|しかし|아니라|하지만"
)

CONCLUSION = (
    r"so|therefore|thus|hence|finally|overall|in (?:conclusion|summary|short)|ultimately|all in all"
    r"|also|daher|deshalb|somit|insgesamt|por (?:lo )?tanto|entonces|así que|donc|ainsi"
    r"|en conclusion"
    r"|所以|因此|综上|总之|したがって|よって|따라서|그러므로"
)

NEGATION = (
    r"not|cannot|(?:is|are|was|were|do|does|did|ca|could|would|should)nt|never|neither|nor"
    r"|no|non|hardly|barely|scarcely|far from|anything but"
    r"|nothing|nobody|none|without|less|fewer"
    r"|nicht|kein\w*|nie|niemals|weder|nichts|ni|nunca|jamás|nada|ningun\w*|pas|jamais|aucune?|ne"
    r"|não|nem|нет|не|ليست?|değil"
)

UNSPACED_NEGATION = r"不|非|未|没|無|无|沒|ではな|じゃな|ไม่"

DOUBT = (
    r"if|unless|whether|suppos\w+|assum\w+|pretend\w*|imagine|hypothetical\w*|otherwise|would have"
    r"|had|were|could|might|may|can|perhaps|maybe|possibly|either|between|let us say|let's"
    r"|some|others?|many|most people|people|readers?|critics?|someone|anyone|everyone"
    r"|one (?:would|will)|your?|his|her|their|he|she|they|human|student|annotators?|gold|who"
    r"|why|which|users?|authors?|reviewers?|customers?|speakers?|writers?"
    r"|colleagues?|model|claim\w*|says?|said|saying|states|reads|wrote|quot\w+|according to"
    r"|thinks|believes?"
    r"|wrong\w*|incorrect\w*|mistake\w*|false|error|tempt\w*|first glance|at first|first|initial\w*"
    r"|originally|normally|usually|typically|often|sometimes|another|different|except|doubt"
    r"|den\w+ that|reject\w*|ruled? out|consider(?:ed)?|instead of|rather than|opposite|previous"
    r"|alternative\w*|half|second|expect\w*|want\w*|hop\w+|something|anything|example|such as"
    r"|wenn|falls|ob|könnte\w*|würden?|wäre\w*|vielleicht|möglicherweise|manche|einige|viele"
    r"|man|er|sie|falsch\w*"
    r"|si|podría\w*|sería\w*|quizás?|tal vez|algun[oa]s|muchos|otros|dice|según"
    r"|pourrai\w+|serai\w*|peut-être|certains|beaucoup|d'autres|dit|selon"
    r"|если|бы|может|возможно"
)
"""What makes of a clause no statement of the reply: a condition, a guess, or another's view."""

UNSPACED_DOUBT = (
    r"如果|若|假如|要是|可能|也许|或许|有些|有人|很多人|常见|错误|写道|说|か(?:も)?しれ|もし"
    r"|人も|という|といって|と書"
    r"|만약|만일|수도|사람|라고 쓰|ถ้า|หาก|อาจ"
)

CONDITION = (
    r"if|unless|were it|were the|had it|had the|but for|provided that|assuming|only when|wenn"
    r"|falls|si|se fosse|если|如果|もし"
)

CONCESSION = (
    r"although|though|even though|even if|while|whereas|despite|in spite of|since|because|as|given"
    r"|based on|considering|with|after|looking at|judging by|for|from|due to|rather than"
    r"|instead of|far from"
    r"|obwohl|auch wenn|da|weil|trotz|aunque|a pesar de|como|bien que|malgré|puisque|comme"
    r"|虽然|尽管|因为|由于|根据"
)
"""What opens a clause that may speak of anything ahead of a statement."""

BECAUSE = (
    r"because|since|due|given|as (?:the|it|there|this|they|he|she|i|we|its)|over|so|and|but"
    r"|although|though|even|while|whereas|despite|rather than|instead"
    r"|not|with|here|overall|to me|based|owing|in (?:tone|sentiment|general|nature|my|this"
    r"|the)|for (?:this|the|these)"
    r"|weil|denn|da|obwohl|trotz|und|nicht|aber|porque|ya que|pues|aunque|y|pero|no"
    r"|parce qu|car|puisque|bien qu|malgré|et|mais|non"
)
"""What may follow a label that ends its clause."""

GROUNDS = (
    r"because|since|as (?:the|it|there|this|they|he|she|i|we|its)|due|given|although|though"
    r"|even|rather|despite|with"
    r"|weil|da|denn|obwohl|porque|ya que|aunque|parce que|car|bien que"
)
"""What may follow a label that a reply opens with."""

OR = r"or|and|oder|und|o|u|y|e|ou|et|или|и|とか|または|か|と|や|或者?|还是|和|또는|이나|와|과|vs\.?"

ALTERNATIVE_FIELD = (
    r"wrong|rejected|other|alternatives?|runner|previous|not|opposite|incorrect|excluded"
    r"|distractors?|unlikely|least|options|choices|candidates|classes|categories|reason"
    r"|reasons|reasoning"
    r"|explanation|explain|why|rationale|notes?|comments?|confidence|probability"
    r"|probabilities|certainty|thoughts?"
    r"|thinking|analysis|evidence|justification|input|text|question|id|index|begründung"
    r"|motivo|raison|理由|原因|이유"
)
"""Names of fields and tags that hold something else than the answer."""
