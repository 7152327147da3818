// Words by which messages that came back are told apart, as data: what subjects, senders and texts say in the languages of the receivers.
// All in lower case; a pattern is tried on a text of bounded length and takes linear time.

/** Subjects of notifications that something was not delivered. */
export const BOUNCE_SUBJECTS: readonly RegExp[] = [
  /undeliver|automatically rejected|bounce notification|processing error|mail failed|returning to sender|delivery (?:status|failure|failed|error|notification|report|problem|has failed|warning|incomplete|unsuccessful|attempt)|failure notice|returned (?:mail|e-?mail|message|to sender)|mail (?:delivery|returned|failure|could not|system error|status report)|could ?n.?t be delivered|could not (?:be delivered|deliver|send)|not (?:be )?delivered|non[- ]?(?:delivery|deliverable|remis)|delivery .{0,30}fail|message (?:status|delayed|delivery|you sent|not delivered|rejected)|failed (?:delivery|mail|to deliver)|bounced? (?:mail|message)|error sending|send(?:ing)? fail|nondeliverable|mailbox (?:full|unavailable|over)|user unknown|unknown (?:user|recipient|address)|mail error|mail system error|permanent (?:error|fatal)|problem delivering|can.?t (?:be delivered|deliver)|unable to deliver|over ?quota|quota exceeded|unzustellbar|nicht zugestellt|zustellung|fehlgeschlagen|rückläufer|non remis|échec|non distribué|impossible de remettre|no (?:se )?(?:puede|pudo|ha podido) entregar|no entregado|devuelto|error de entrega|fallo|non recapitabil|mancata consegna|mancato recapito|impossibile (?:consegnare|recapitare)|não (?:é possível|foi possível|entregue|pôde)|falha (?:na|de|no) |devolvid|devolução|onbestelbaar|niet bezorgd|kan niet|odesí|nedoruč|niedostarcz|niedoręcz|nie dostarczono|zwrot|kézbesíthetetlen|kézbesít|olevererbar|ej levereras|kunde inte|ikke leveres|kunne ikke|uleverbar|ikke levert|ei voitu toimittaa|toimittamaton|teslim edilemedi|iletilemedi|недостав|не доставлен|не удалось доставить|невозможно доставить|ошибка доставки|возврат|недоставлен|メールエラー|配信不能|配信できません|エラーメール|届けられません|送信できません|未配信|不達|退信|无法(?:送达|投递|传递)|無法(?:投遞|傳遞|傳送)|投递失败|系统退信|nelivra|δεν (?:ήταν|είναι) δυνατή η παράδοση|не вдалося доставити|לא ניתן למסירה|تعذر التسليم|ไม่สามารถส่ง|không thể gửi|tidak terkirim|nedostavljiv|kan (?:ikke|inte) lever|niedostarczaln|ei voi(?:da)? toimittaa|未送达|未传递|반송|배달되지|전송 ?실패|배달할 수 없/,
]

/** Who sends notifications. */
export const DAEMONS =
  /mailer-?daemon|\bpost_?master\b|mail[-_ ]?service|antivirus|mail[-_ ]?gateway|mail[-_. ]?delivery|mdaemon|maildaemon|mail ?administrator|system administrator|^mail-?admin@|mail-?system|^daemon@|^bounces?[-@+]|microsoftexchange|^mailmaster@|smtp-?daemon|mail-?router|mta-?daemon|mail transfer|internet mail|mailserver|^root@|^exchange@|^mail@|^system@|administrator@|^mailgate@|^uucp@|^smtp@|amavis/

/** Texts that say so, in the first lines. */
export const BOUNCE_TEXTS: readonly string[] = [
  'undeliver',
  'failed recipients',
  'has been returned',
  'intended recipient',
  'has been postponed',
  'non-delivery report',
  'could not be delivered',
  "couldn't be delivered",
  'was not delivered',
  'not be delivered',
  'unable to deliver',
  'delivery failed',
  'delivery to the following',
  'permanent error',
  'permanent fatal error',
  'fatal error',
  'failed permanently',
  "wasn't able to deliver",
  'did not reach the following',
  'returned to you',
  'returned to sender',
  'could not deliver',
  'failed address',
  'delivery error',
  'delivery failure',
  'the following address',
  'transcript of session',
  'user unknown',
  'unknown user',
  'mailbox full',
  'mailbox is full',
  'over quota',
  'message delivery',
  'had permanent',
  'delivery has failed',
  'delivery attempt',
  'delivery problem',
  'has not been delivered',
  'has been rejected',
  'was rejected',
  'blocked by',
  'no such user',
  'failed recipient',
  'cannot be delivered',
  "can't be delivered",
  'unroutable',
  'not yet been delivered',
  'has been delayed',
  'still being retried',
  'warning: message',
  'will be retried',
  'host unknown',
  'error while delivering',
  'unzustellbar',
  'nicht zugestellt',
  'konnte nicht',
  'nicht ausgeliefert',
  "n'a pas pu être",
  'non remis',
  'no se pudo entregar',
  'no ha podido',
  'no se ha podido',
  'non è stato possibile',
  'impossibile',
  'não pôde ser',
  'não foi possível',
  'niet worden bezorgd',
  'kon niet',
  'nie mogła zostać',
  'nie mógł',
  'nie można',
  'не удалось',
  'не было доставлено',
  'не может быть',
  'невозможно',
  '配信できません',
  '届けることができません',
  'お届けできません',
  '送信できません',
  '下記の',
  'エラー',
  '退回',
  '无法',
  '無法',
  '不存在',
  '반송',
  '전송 실패',
  'kunde inte',
  'kunne ikke',
  'nebylo možné',
  'nem sikerült',
]

/** Subjects of answers that a program gave while a person was away. */
export const AUTO_SUBJECTS: readonly RegExp[] = [
  /^(?:re: ?|aw: ?|fwd?: ?)*(?:auto(?:matic|mated|matische[rs]?|mática|matica|matisk[ta]?|maattinen)?[- ]?(?:re(?:ply|sponse|sponder)|antwort|svar|respuesta|risposta|réponse|vastaus|matisch antwoord|wiadomo|generated)|automatic (?:reply|response)|automated (?:reply|response)|auto:|\(?auto[- ]?(?:reply|response)|réponse (?:automatique|auto)|respuesta autom|risposta autom|resposta autom|automatische (?:antwort|rückantwort)|automatisch antwoord|automatisk[ta]? (?:svar|svarsmelding)|autosvar|automaattinen vastaus|automatyczna odpowied|automatická odpov|automatikus v[áa]lasz|otomatik (?:yanıt|cevap)|автоматический ответ|автоответ|автовідповідь|自動(?:返信|応答|回覆|回复)|自动(?:回复|答复)|자동 ?(?:회신|응답)|\[auto|oo[of](?: re)?:|răspuns automat|αυτόματη απάντηση|автоматичн[аи]|автоматичен отговор|автоматски одговор|תשובה אוטומטית|מענה אוטומטי|رد تلقائي|الرد التلقائي|ตอบกลับอัตโนมัติ|trả lời tự động|balasan otomatis|automatinis atsakymas|automaatvastus|automātiskā atbilde|samodejni odgovor|automatski odgovor|automatická odpoveď)/,
  /^(?:(?:re|aw|sv|fwd?|antw|回复|答复) ?[:：] ?|\[[^\]]{1,60}\] ?){0,5}(?:auto[- ]?reply|auto[- ]?response|(?:respuesta|resposta|réponse|risposta|odpowiedź|odpověď|odpoveď|svar|antwort|vastaus|válasz|ответ|отговор|odgovor|yanıt) (?:auto|авто|otomat))|[[({【（](?:auto(?:matic|mated)?[- ]?(?:reply|response|antwort|svar)|réponse auto|自动(?:回复|答复)|自動(?:返信|応答|回覆|回复))|[-–:] ?(?:auto(?:matic|mated)?[- ]?(?:reply|response)|自动(?:回复|答复)|自動(?:返信|応答))$/,
  /est absente?\b|au(?:ß|ss)er haus|nicht am platz|está (?:ausente|fuera)|è (?:assente|fuori)|är (?:inte på|borta|bortrest)|er (?:ikke på|på ferie|bortrejst)|(?:ticket|request|case|enquiry|inquiry|e-?mail|message) (?:received|created|opened|logged|acknowledge\w*)\b|acknowledge?ment of (?:your|receipt)|we(?:'ve| have)? received your|received your (?:request|message|e-?mail|enquiry|inquiry)|thank(?:s| you) for (?:contacting|your (?:e-?mail|message|enquiry|inquiry|request))|eingangsbestätigung|accusé de réception|acuse de recibo|conferma di ricezione|ontvangstbevestiging|potwierdzenie (?:otrzymania|przyjęcia)|受付(?:完了|確認)|お問い合わせ(?:を)?(?:受け付け|ありがとう)|out[- ]of[- ](?:the[- ])?office|out of town|away from (?:the |my )?(?:office|mail|email|desk|computer)|on (?:vacation|holiday|leave|annual leave|maternity leave)|vacation (?:reply|message|notice|response|auto)|i(?:'| a)m (?:away|on )|absence ?:|absence (?:du|de) |absent du|abwesen|nicht im (?:büro|haus)|(?:im|in) urlaub|urlaubs?(?:abwesen|notiz|meldung|vertretung|gruß)|^urlaub(?: (?:bis|vom|ab) | ?[:(–-]|$)|poissaolo|fuera de (?:la )?oficina|ausencia|ausente|ausência|fora do escritório|fuori (?:ufficio|sede)|assenza|assente|hors (?:du|de mon) bureau|en congé|buiten kantoor|vacation responder|fraværende|frånvarande|afwezig|niet aanwezig|poza biurem|nieobecn|mimo kancel|nepřítomn|házon kívül|szabadság|frånvaro|fraværs|ikke til stede|poissa|ofis dışı|вне офиса|в отпуске|отсутств|不在(?:通知|のお知らせ)?|休假|외출|부재/,
]

/** First words of such answers. */
export const AUTO_TEXTS: readonly RegExp[] = [
  /(?:i am|i'm|i will be|i'll be) (?:currently |presently )?(?:out of (?:the )?(?:office|town)|away|on (?:vacation|holiday|leave|annual|maternity|a business))|out of (?:the )?office (?:until|from|on|till|auto)|this is an? (?:auto(?:mated|matic)|auto[- ]?(?:reply|response|generated))|automatic(?:ally)? (?:generated )?(?:reply|response)|thank(?:s| you) for contacting|(?:we|i) (?:have )?received your (?:e-?mail|message|mail|request|enquiry|inquiry|ticket|comment|communication)|your (?:message|e-?mail|request|ticket|enquiry|inquiry|question|case) (?:[([#][^\n]{1,40} )?(?:has been|was|is) (?:received|created|registered|logged|queued|opened|assigned)|(?:ticket|case|request) (?:id |number |no\.? ?)?(?:[([#][^\n]{1,40} )?(?:has been|was) (?:received|created|registered|logged|opened|assigned)|type your reply above this line|confirming (?:that )?we(?:'ve| have)? (?:got|received)|(?:mail ?box|address|account|inbox) (?:is (?:not|un|no longer)[- ]?(?:being )?(?:actively )?(?:monitored|read|checked|attended|in use)|is unattended)|your (?:e-?mail|message) (?:will not|won't) be (?:read|answered|forwarded)|has left the (?:company|organi[sz]ation|firm)[.!,]|(?:i am|i'm|is|are) no longer (?:with|at|employed|part of|working (?:for|at|with|here))|works no longer|no longer works? (?:for|at|here|with|in)\b|arbeitet nicht mehr|this e-?mail is not read|automatisch (?:generiert|erstellt|erzeugt)e|message automatique|mensaje (?:es )?autom[aá]tico|messaggio automatico|mensagem (?:é )?automática|nicht mehr (?:in|bei|für) [^\n]{1,40} (?:tätig|beschäftigt)|ne (?:travaille|fait) plus|ya no (?:trabaj|form)|non lavora più|não trabalha mais|werkt niet (?:meer|langer)|nie pracuje|больше не работает|(?:eingangs|empfangs)bestätigung|ihre (?:nachricht|e-?mail|anfrage) ist (?:bei uns )?eingegangen|wir haben ihre (?:nachricht|e-?mail|anfrage) erhalten|accusé de réception|nous avons bien reçu votre|hemos recibido su|abbiamo ricevuto (?:la|il) (?:tua|tuo|sua|suo|vostra)|recebemos (?:a )?sua|ontvangstbevestiging|wij hebben uw|bin ich (?:nicht|bis)|ich bin (?:bis|vom|zur ?zeit|derzeit|ab|leider|nicht)|nicht im (?:büro|haus)|je suis (?:absent|en congé|actuellement (?:absent|en |hors|indisponible))|estoy (?:fuera|de vacaciones|ausente)|estaré|sono (?:fuori|assente|in ferie)|estou (?:fora|ausente|de férias)|ik ben (?:afwezig|niet|met vakantie)|jestem (?:nieobecn|na urlopie|poza)|jag är (?:på semester|inte|bortrest)|я (?:в отпуске|нахожусь|отсутств)|休暇|不在|我(?:正在|目前|不在)/,
]

/** Somebody is away, and what programs say of it besides: both, near the beginning of a text. */
export const AWAY =
  /\bwhen i(?:'m| am| get) back from\b|\b(?:on|taking) (?:my )?(?:(?:annual|sick|medical|maternity|paternity|parental|family|study|personal|extended) )?(?:leave|holidays?|vacation|sabbatical)\b|out of (?:the )?office|(?:not|un) ?(?:be )?(?:available|reachable|in the office|at my desk)|(?:limited|intermittent|sporadic|restricted|little|no) access to|have retired|(?:im|in|aus dem|vom|meinem|meines) (?:wohlverdienten )?urlaub|nicht (?:erreichbar|verfügbar|im dienst|am arbeitsplatz)|au(?:ß|ss)er haus|abwesend|elternzeit|mutterschutz|dienstreise|\babsente?\b|en (?:congés?|vacances|déplacement|formation|arrêt)|fuera de (?:la |mi )?(?:oficina|país|servicio)|de vacaciones|ausente|de viaje|in ferie|assente|fuori (?:ufficio|sede)|in trasferta|in maternità|de férias|fora d[oe] (?:escritório|país)|de licença|(?:op|met|in) vakantie|afwezig|niet (?:aanwezig|bereikbaar|op kantoor)|verlof|på semester|på ferie|ferie (?:frem|til)|ledig\b|bortrest|bortrejst|på kontoret|fraværende|permisjon|orlov|lomalla|poissa|na urlop|nieobecn|poza biurem|w delegacj|(?:na|čerpám|mám) dovolen|nepřítom|mimo kancelář|szabadság|nem vagyok|izindeyim|ofis dışı|в отпуск|меня не будет|не будет (?:в офисе|на месте)|отсутств|командировк|больничн|休假|不在|出差|外出|休暇|부재|휴가|concediu|άδεια|atostogauj/
/** Who tells of an absence that is over. */
export const WAS_AWAY = /\b(?:i|we) (?:was|were)\b|\bwaren\b|ich war\b|j'étais|nous étions|estuv[eio]/
export const MEANWHILE =
  /until|till |return|\bback\b|through|urgent|immediate|colleague|in my absence|\bbis |\bab (?:dem|\d)|zurück|wieder|dringend|vertret|weitergeleitet|jusqu|retour|avant le|à partir|hasta|regres|vuelvo|volver|limitado|limité|limitato|colleg|fino al|rientr|torner|até|retorn|volto|\btot\b|terug|tillbaka|tilbage|tilbake|frem til|asti|palaan|saakka|takaisin|\bdo \d|powr|wróc|piln|zastęp|vrát|vissza|kadar|dön|до \d|вернусь|срочн|обращайтесь|まで|戻り|回来|回來|까지|복귀/
/** What somebody asked for was written down: a noun and a verb of ticket systems. */
export const LOGGED =
  /(?:ticket|your (?:request|case|incident|enquiry|inquiry))[^.!?\n]{0,40}(?:has been|was|is now) (?:successfully )?(?:received|logged|created|registered|opened|recorded)|(?:ihre? (?:anfrage|anliegen|vorgang|meldung)|votre (?:demande|requête|ticket)|su (?:solicitud|caso|consulta|petición)|richiesta|segnalazione|solicitação|chamado|uw (?:verzoek|vraag|aanvraag|melding)|zgłoszeni[ea]|ваш[ае]? (?:обращение|заявк|запрос)|(?:ditt|dit|din) (?:ärende|sag|henvendelse|forespørsel)|工单|お問い合わせ)[^.!?\n]{0,60}(?:eingegangen|erfasst|registriert|angelegt|eröffnet|enregistr|prise? en compte|reçue?|recibid|registrad|cread|ricevut|registrat|apert|recebid|abert|ontvangen|geregistreerd|zarejestrowan|przyjęt|utworzon|зарегистрирован|принят|создан|mottag|mottatt|modtaget|registrer|oprettet|已(?:收到|创建|受理)|受け付け)|(?:logged|registered|recorded|created|opened|erfasst|registriert|enregistré|registrad[oa])[^.!?\n]{0,40}(?:ticket|case|request|reference|vorgang|référence|número) (?:number |no\.? |id )?[#a-z-]{0,8}\d/
/** How people begin letters, too: an answer of a program where it goes on with what programs promise. */
export const THANKS =
  /thank(?:s| you) for (?:your (?:e-?mail|message|mail|interest|enquiry|inquiry|request)|writing|e-?mailing|getting in touch)|(?:vielen dank|danke) für ihre (?:e-?mail|nachricht|anfrage|mail)|merci (?:de|pour) votre (?:message|e-?mail|mail|courriel)|gracias por (?:su|tu|ponerse|contactar|escribir)|grazie per (?:averci|la (?:sua|tua)|il (?:suo|tuo)|aver)|obrigad[oa] (?:pel|por)|bedankt voor (?:uw|je)|dziękujemy za|tack för (?:ditt|ert)|tak for din|kiitos viestist|спасибо за|благодарим|děkujeme|感谢您|感謝您|ありがとうございます/
export const PROMISES =
  /(?:we|i|team|member|representative|colleague|someone|one of us)[^.?!\n]{0,40} (?:will|shall|aim to|try to|endeavou?r to) [^.?!\n]{0,40}(?:respon|repl|answer|get back|be in touch|contact|process|review|return)|as soon as (?:possible|we can|i can)|within (?:\d|one|two|three|the next)|business days?|working days?|on my return|when i return|urgent|do not reply|antworten sie nicht|ne pas (?:y )?répondre|no responda|non risponde|não responda|niet (?:te )?beantwoord|nie odpowiada|не отвечайте|请勿(?:直接)?回复|返信(?:しない|でき)|(?:so bald|so schnell|schnellst|baldm|umgehend|in kürze)|dans les (?:meilleurs|plus brefs)|délais|(?:lo antes|a la brevedad|en breve|lo más pronto)|(?:al più presto|il prima possibile|a breve)|(?:o mais (?:breve|rápido)|em breve)|zo (?:snel|spoedig)|jak najszybciej|wkrótce|så snart|mahdollisimman pian|в ближайшее|尽快|儘快|折り返し|追って/

/** A message of ours, something to do, and why it waits: all three make a challenge, in whatever order they are said. */
const CHALLENGE_CLASSES: readonly RegExp[] = [
  /your (?:e-?mail|message|mail)(?! (?:account|address|box|program|client|password|provider))|the message you sent|ihre (?:nachricht|e-?mail|mail)|deine (?:nachricht|e-?mail|mail)|votre (?:message|e-?mail|courriel|mail)|su (?:mensaje|correo|e-?mail)|(?:tuo|suo|vostro) messaggio|(?:tua|sua|vostra) e-?mail|sua mensagem|seu e-?mail|(?:uw|je) (?:bericht|e-?mail|mail)|twoj[aą] wiadomoś|państwa wiadomoś|ваше (?:письмо|сообщение)|ditt (?:meddelande|mejl)|din (?:besked|mail|e-?post)|您的(?:邮件|郵件)|お送りいただいたメール|あなたのメール/,
  /click|follow (?:this|the) link|visit|repl(?:y|ying) (?:to|with)|respond|solve|type|enter the|captcha|fill (?:in|out)|confirm|verify|bestätig|klick|antworten sie|cliqu|confirm|répond|haga clic|pulse|responda|clicc|conferm|risponda|clique|klik|bevestig|kliknij|potwierd|нажмите|подтверд|перейдите|ответьте|bekräft|bekræft|点击|點擊|确认|確認|クリック/,
  /(?:is|was|been|be|being) (?:held|quarantined|withheld|blocked until|waitlisted|put on hold)|in (?:a )?(?:quarantine|queue|a holding)|until you (?:confirm|verify|reply)|waiting (?:room|list)|prove (?:that )?you|(?:not|no) (?:a )?(?:robot|spammer|machine|bot)\b|(?:are|is) (?:a )?(?:human|real person|a person)|you are human|known senders|whitelist|white list|unknown sender|zurückgehalten|als absender|(?:kein|nicht) [^.\n]{0,30}(?:spam|roboter|maschine)|unbekannter absender|(?:en attente|retenu|mis en quarantaine)|(?:pas|n'êtes pas) un (?:robot|spammeur)|expéditeur inconnu|retenido|en espera|es una persona|no es un robot|trattenuto|in attesa|non (?:è|sei) un robot|retida|aguardando|não é um robô|vastgehouden|geen (?:robot|spam)|wstrzyman|kwarantann|nie jest(?:eś)? (?:robotem|spam)|задержан|карантин|не (?:робот|спам)|inte (?:är )?en robot|ikke (?:er )?en robot|隔离|隔離|保留されて|机器人|ロボット/,
]

const CHALLENGE_SUBJECTS =
  /please confirm \(|(?:please )?(?:confirm|verify|verification|approve) (?:your (?:message|e-?mail|identity|mail)|that you)|verification (?:request|required)|confirmation (?:required|request) (?:for|of) your (?:message|e-?mail)|challenge|sender (?:verification|confirmation|authorization)|action required to deliver|your (?:e-?mail|message) .{0,40}(?:requires|needs|awaits?|awaiting) (?:verification|confirmation|approval)|spam ?arrest|spamlion|boxbe|message (?:is )?(?:awaiting|held for) (?:your )?(?:verification|confirmation|approval)|permission to (?:send|contact)|human verification/
const CHALLENGE_TEXTS =
  /(?:spam ?arrest|boxbe|spamlion|mailblocks|knowspam|digiportal|choicemail|chosenmail|sendio|bluebottle|qurb|vanquish|tmda|mail in black|mailinblack|block all spam|zerospam verification|spamblocker|antispam uol|uol antispam)|(?:click|follow|visit|use|go to) (?:on )?(?:the|this|that) (?:following )?(?:link|url|web ?(?:page|site)|button)[^.]{0,120}(?:deliver|verify (?:yourself|that you|your (?:message|identity|mail|e-?mail(?! address)))|prove|confirm (?:yourself|that you(?: are|r)|your (?:message|mail|e-?mail(?! address)))|approved|whitelist|add(?:ed)? (?:you|yourself))|(?:reply|respond) to this (?:e-?mail|message)[^.]{0,120}(?:deliver|verify|prove|confirm|approved|whitelist)|(?:confirm|verify|prove|authenticate) (?:that )?(?:you(?:r)? (?:are|identity|e-?mail address|message)|you're)[^.]{0,80}(?:human|person|real|legitimate|not (?:a )?(?:spam|robot|machine)|deliver)|to (?:be able to )?(?:deliver|receive) your (?:message|e-?mail)[^.]{0,80}(?:confirm|verify|click)|my (?:approved|allowed|trusted|guest|white ?)[- ]?(?:senders?|list)|(?:approved|allowed) (?:senders?|guest) list|only accepts? (?:e-?mail|messages|mail) from (?:approved|known|people|senders)/

/** Words that nothing but a challenge has. */
export const namesChallenge = (subject: string, text: string): boolean =>
  CHALLENGE_SUBJECTS.test(subject) || CHALLENGE_TEXTS.test(text.slice(0, 3000))

/** Whether a program wants the sender to prove himself; asked of what is no notification, which may say that a list holds a message. */
export function isChallenge(subject: string, text: string): boolean {
  if (namesChallenge(subject, text)) return true
  const opening = text.slice(0, 1500)
  return CHALLENGE_CLASSES.every((pattern) => pattern.test(opening))
}

/** Diagnostics of servers that put mail off until its sender proved himself. */
export const CHALLENGE_REPLIES =
  /(?:sender|you are|address|not) (?:is )?(?:not )?(?:been )?pre-?approved|requires? (?:sender |your )?(?:confirmation|verification)\b|challenge[- ]?response|awaiting (?:sender )?(?:confirmation|verification)|confirm (?:this mail server|that you are)|confirmation (?:request|message) has been sent|boxbe|spam ?arrest|mailinblack/

const ADDRESS_CHANGE =
  /(?:my|our|the|this) (?:new )?(?:e-?mail )?(?:e-?mail|address)(?: address)?(?: \S+@\S+)? (?:has|have) (?:been )?changed|(?:e-?mail )?address (?:has )?(?:been )?changed (?:to|from)|change of (?:e-?mail )?address|(?:e-?mail )?address change|change(?:d)? my e-?mail|new (?:e-?mail )?address (?:is|:|for)|my new (?:e-?mail|address)|please (?:update|change|note|use) (?:your (?:address ?book|records|contacts?)|my new|the new (?:e-?mail|address)|our new (?:e-?mail|address))|(?:have|has) a new e-?mail|no longer (?:use|using|check(?:ing)?) this (?:e-?mail|address|account)|neue (?:e-?mail[- ]?)?adresse|e-?mail[- ]?adresse hat sich geändert|adressänderung|(?:e-?mail-)?adresse (?:hat sich )?geändert|nouvelle adresse|changement d.adresse|adresse (?:e-?mail |mail )?a changé|nueva direcci[oó]n|cambio de (?:direcci[oó]n|correo)|nuovo indirizzo|cambio (?:di )?indirizzo|novo (?:endereço|e-?mail)|nieuw (?:e-?mail)?adres|adreswijziging|nowy adres|zmiana adresu|ny (?:e-?post|mail)adress|новый (?:адрес|e-?mail)|сменил(?:ся)? адрес|адрес изменил|アドレス(?:を)?変更|メールアドレス変更|新しいアドレス|邮箱(?:已)?(?:变更|更换)|新邮箱/

/** The same in looser words, which count where an address is named. */
const ADDRESS_MOVES =
  /(?:new|changed?|moved|neue[rs]?|geändert\w*|nouvel(?:le)?|modifi\w+|chang\w+|nuev[oa]|cambi\w+|nuov[oa]|nov[oa]|mudei|alter\w+|nieuwe?|gewijzigd\w*|nya?|nyt|ändra\w*|bytt|byttet|skiftet|endret|uusi|vaihtu\w+|now[ya]|zmieni\w+|nov[áýé]|změni\w+|yeni|değiş\S+|нов(?:ый|ая)|смен\S+|измен\S+|新) ?[^.!?\n@]{0,30}(?:e-?mail|mail ?-?ad?dress?e?|address|adresse|e-?post|correo|courriel|indirizzo|endereço|adres|sähköposti|cím|почт|адрес|アドレス|邮箱)|(?:e-?mail|mail)-?(?:adresse?|adres|address)[^.!?\n@]{0,30}(?:geändert|changed|modifi|gewijzigd|ändra|zmieni|endret|cambi)|(?:from now on|as of|in (?:the )?future|ab sofort|künftig|désormais|dorénavant|a partir de (?:ahora|agora)|d'ora in poi|voortaan|fremover|framöver|odtąd|теперь)[^.!?\n@]{0,40}\S+@|(?:reach|contact|write to|e-?mail) me (?:now |instead )?(?:at|on|under|via)[^.!?\n@]{0,20}\S+@/

/** People move house, too. */
const OF_MAIL = /@|mail|correo|courriel|e-?post|почт|メール|邮箱/

/** A person, or a program for him, says that he has another address. */
export function isAddressChange(subject: string, text: string): boolean {
  const opening = text.slice(0, 1500)
  const isSaid = ADDRESS_CHANGE.test(subject) || ADDRESS_CHANGE.test(opening)
  if (isSaid && OF_MAIL.test(`${subject}\n${opening}`)) return true
  return /\S@\S/.test(opening) && opening.length < 1000 && ADDRESS_MOVES.test(`${subject}\n${opening.slice(0, 600)}`)
}

/** Subjects of read receipts without their part for programs. */
export const RECEIPT_SUBJECTS =
  /^(?:read|gelesen|lu|leído|letto|lida|gelezen|przeczytano|läst|læst|lest|прочитано|開封済み|已读|not read|ungelesen|deleted|gelöscht)\s*:/
