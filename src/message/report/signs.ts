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
  /out[- ]of[- ](?:the[- ])?office|out of town|away from (?:the |my )?(?:office|mail|email|desk|computer)|on (?:vacation|holiday|leave|annual leave|maternity leave)|vacation (?:reply|message|notice|response|auto)|i(?:'| a)m (?:away|on )|absence ?:|absence (?:du|de) |absent du|abwesen|nicht im (?:büro|haus)|urlaub|fuera de (?:la )?oficina|ausencia|ausente|ausência|fora do escritório|fuori (?:ufficio|sede)|assenza|assente|hors (?:du|de mon) bureau|en congé|buiten kantoor|vacation responder|fraværende|frånvarande|afwezig|niet aanwezig|poza biurem|nieobecn|mimo kancel|nepřítomn|házon kívül|szabadság|frånvaro|fraværs|ikke til stede|poissa|ofis dışı|вне офиса|в отпуске|отсутств|不在(?:通知|のお知らせ)?|休假|외출|부재/,
]

/** First words of such answers. */
export const AUTO_TEXTS: readonly RegExp[] = [
  /(?:i am|i'm|i will be|i'll be) (?:currently |presently )?(?:out of (?:the )?(?:office|town)|away|on (?:vacation|holiday|leave|annual|maternity|a business))|out of (?:the )?office (?:until|from|on|till|auto)|this is an? (?:auto(?:mated|matic)|auto[- ]?(?:reply|response|generated))|automatic(?:ally)? (?:generated )?(?:reply|response)|thank(?:s| you) for (?:your (?:e-?mail|message|interest|enquiry|inquiry)|contacting|writing|e-?mailing)|(?:we|i) (?:have )?received your|your (?:message|e-?mail|request) (?:has been|was) received|eingangsbestätigung|ihre (?:nachricht|e-?mail|anfrage) ist (?:bei uns )?eingegangen|wir haben ihre (?:nachricht|e-?mail|anfrage) erhalten|accusé de réception|nous avons bien reçu votre|hemos recibido su|abbiamo ricevuto (?:la|il) (?:tua|tuo|sua|suo|vostra)|recebemos (?:a )?sua|ontvangstbevestiging|wij hebben uw|bin ich (?:nicht|bis)|ich bin (?:bis|vom|zur ?zeit|derzeit|ab|leider|nicht|am|im|in der)|nicht im (?:büro|haus)|je suis (?:absent|en congé|actuellement)|estoy (?:fuera|de vacaciones|ausente)|estaré|sono (?:fuori|assente|in ferie)|estou (?:fora|ausente|de férias)|ik ben (?:afwezig|niet|met vakantie)|jestem (?:nieobecn|na urlopie|poza)|jag är (?:på semester|inte|bortrest)|я (?:в отпуске|нахожусь|отсутств)|休暇|不在|我(?:正在|目前|不在)/,
]

export const CHALLENGE_SUBJECTS =
  /(?:please )?(?:confirm|verify|verification|approve) (?:your (?:message|e-?mail|identity|mail)|that you)|verification (?:request|required)|confirmation (?:required|request) (?:for|of) your (?:message|e-?mail)|challenge|sender (?:verification|confirmation|authorization)|action required to deliver|your (?:e-?mail|message) .{0,40}(?:requires|needs|awaits?|awaiting) (?:verification|confirmation|approval)|spam ?arrest|spamlion|boxbe|message (?:is )?(?:awaiting|held for) (?:your )?(?:verification|confirmation|approval)|permission to (?:send|contact)|human verification/
export const CHALLENGE_TEXTS =
  /(?:spam ?arrest|boxbe|spamlion|mailblocks|knowspam|digiportal|choicemail|chosenmail|sendio|bluebottle|qurb|vanquish|tmda|mail in black|mailinblack|block all spam|zerospam verification|spamblocker|antispam uol|uol antispam)|(?:click|follow|visit|use|go to) (?:on )?(?:the|this|that) (?:following )?(?:link|url|web ?(?:page|site)|button)[^.]{0,120}(?:deliver|verify|prove|confirm|approved|whitelist|add(?:ed)? (?:you|yourself))|(?:reply|respond) to this (?:e-?mail|message)[^.]{0,120}(?:deliver|verify|prove|confirm|approved|whitelist)|(?:confirm|verify|prove|authenticate) (?:that )?(?:you(?:r)? (?:are|identity|e-?mail address|message)|you're)[^.]{0,80}(?:human|person|real|legitimate|not (?:a )?(?:spam|robot|machine)|deliver)|to (?:be able to )?(?:deliver|receive) your (?:message|e-?mail)[^.]{0,80}(?:confirm|verify|click)|my (?:approved|allowed|trusted|guest|white ?)[- ]?(?:senders?|list)|(?:approved|allowed) (?:senders?|guest) list|only accepts? (?:e-?mail|messages|mail) from (?:approved|known|people|senders)/

/** Diagnostics of servers that put mail off until its sender proved himself. */
export const CHALLENGE_REPLIES =
  /(?:sender|you are|address|not) (?:is )?(?:not )?(?:been )?pre-?approved|requires? (?:sender |your )?(?:confirmation|verification)\b|challenge[- ]?response|awaiting (?:sender )?(?:confirmation|verification)|confirm (?:this mail server|that you are)|confirmation (?:request|message) has been sent|boxbe|spam ?arrest|mailinblack/

export const UNSUBSCRIBE_WORDS =
  /^(?:re: ?|aw: ?|fwd?: ?)*[\s"'*.<[(]*(?:(?:please|kindly|bitte|s'il vous pla[iî]t|por favor|per favore|pf|pls)[ ,:]{1,3})?(?:(?:list )?unsubscri[bp](?:e|ing)?|un-subscribe|remove(?: me| my (?:address|e-?mail|name))?(?: from .{0,60})?|opt[- ]?out|take me off.{0,60}|sign ?off|stop(?: (?:sending|mailing|e-?mailing).{0,60})?|cancel (?:my )?subscription|abmelden|abmeldung|abbestellen|austragen|newsletter abbestellen|désabonn\w*|désinscri\w*|me désabonner|cancelar (?:la |a )?(?:suscripci[oó]n|inscri[cç][aã]o|assinatura)|darme? de baja|dar de baja|baja|desuscribir\w*|descadastr\w*|remover|disiscri\w*|cancellami|cancellazione|cancella iscrizione|uitschrijven|afmelden|wypisz\w*|rezygnuj\w*|wypisanie|odhlásit|avregistrera\w*|avsluta prenumeration|afmeld|frameld|avmeld|peruuta tilaus|leiratkoz\w*|отписаться|отписка|отпишите|отказ от рассылки|配信停止|退会|購読解除|退订|取消订阅|退訂|取消訂閱|수신거부|수신 거부)(?:\b|$|[\s!.,"'*>\])…])/u
/** A wish to be taken off in a sentence of a short letter. */
export const UNSUBSCRIBE_WISHES =
  /(?:want|wish|like|please|kindly|asked?|need|request) [^.!?\n]{0,40}(?:unsubscribe|be removed|remove (?:me|my|this)|take me off|opt[- ]?out|stop (?:sending|mailing|e-?mailing))|(?:remove|take|delete) (?:me|my (?:e-?mail|address|name)|this (?:e-?mail|address))[^.!?\n]{0,40}(?:list|mailing|database|newsletter)|unsubscribe (?:me|my|this|from)|(?:do not|don.?t|stop) (?:send|mail|e-?mail)(?:ing)? me|no more (?:e-?mails?|mails?|newsletters?)|(?:nehmen|streichen|entfernen|löschen) sie (?:mich|meine|diese)[^.!?\n]{0,60}(?:verteiler|liste|newsletter|adresse)|(?:möchte|will|wünsche) [^.!?\n]{0,60}(?:abmelden|abbestellen|keine (?:weiteren )?(?:newsletter|e-?mails?|mails?))|newsletter [^.!?\n]{0,30}(?:abmelden|abbestellen)|(?:souhaite|veux|voudrais|veuillez|merci de) [^.!?\n]{0,60}(?:désabonner|désinscrire|retirer|supprimer)|(?:quiero|deseo|solicito|quisiera) [^.!?\n]{0,40}(?:baja|cancelar|desuscrib)|(?:voglio|vorrei|desidero|chiedo) [^.!?\n]{0,40}(?:cancell|disiscri)|(?:quero|desejo|gostaria) [^.!?\n]{0,40}(?:cancelar|remov|descadastr)|graag (?:afmelden|uitschrijven)|proszę o (?:wypisanie|usunięcie)|(?:прошу|хочу) [^.!?\n]{0,40}(?:отпис|удал|исключ)/

export const SUBSCRIBE_WORDS =
  /^(?:re: ?|aw: ?|fwd?: ?)*[\s"'*.<[(]*(?:please )?(?:subscri(?:be|ption request|bir\w*)|sign me up|opt[- ]?in|add me(?: to .{0,60})?|anmelden|anmeldung(?: (?:zum|newsletter)|$)|eintragen|s'abonner|abonnez[- ]moi|inscription|suscribir\w*|suscripci[oó]n|iscriviti|iscrizione|inscrever|aanmelden|zapisz\w*|prenumerera|tilaa|подписаться|подписка|購読|订阅|訂閱|구독)(?:\b|$|[\s!.,"'*>\])…])/u

export const ADDRESS_CHANGE =
  /(?:my|our|the|this) (?:new )?(?:e-?mail )?(?:e-?mail|address)(?: address)?(?: \S+@\S+)? (?:has|have) (?:been )?changed|(?:e-?mail )?address (?:has )?(?:been )?changed (?:to|from)|change of (?:e-?mail )?address|(?:e-?mail )?address change|change(?:d)? my e-?mail|new (?:e-?mail )?address (?:is|:|for)|my new (?:e-?mail|address)|please (?:update|change|note|use) (?:your (?:address ?book|records|contacts?)|my new|the new (?:e-?mail|address)|our new (?:e-?mail|address))|(?:have|has) a new e-?mail|no longer (?:use|using|check(?:ing)?) this (?:e-?mail|address|account)|neue (?:e-?mail[- ]?)?adresse|e-?mail[- ]?adresse hat sich geändert|adressänderung|(?:e-?mail-)?adresse (?:hat sich )?geändert|nouvelle adresse|changement d.adresse|adresse (?:e-?mail |mail )?a changé|nueva direcci[oó]n|cambio de (?:direcci[oó]n|correo)|nuovo indirizzo|cambio (?:di )?indirizzo|novo (?:endereço|e-?mail)|nieuw (?:e-?mail)?adres|adreswijziging|nowy adres|zmiana adresu|ny (?:e-?post|mail)adress|новый (?:адрес|e-?mail)|сменил(?:ся)? адрес|адрес изменил|アドレス(?:を)?変更|メールアドレス変更|新しいアドレス|邮箱(?:已)?(?:变更|更换)|新邮箱/

/** Subjects of read receipts without their part for programs. */
export const RECEIPT_SUBJECTS =
  /^(?:read|gelesen|lu|leído|letto|lida|gelezen|przeczytano|läst|læst|lest|прочитано|開封済み|已读|not read|ungelesen|deleted|gelöscht)\s*:/
