// Rules about the recipient's address and mailbox. Data: every one has real replies in test/fixtures/replies/.
import type { ClassifyRule } from './meanings.ts'

/** Said of mailboxes that are there, or that may be: asked before anything says that one is not. */
export const MAILBOX_RULES: readonly ClassifyRule[] = [
  {
    name: 'unknown-or-full',
    means: 'unsure-recipient',
    match: [
      'may not (?:\\d{3} )?exist, they may be blacklisted',
      'not found or inactivated|unknown or (?:inactive|disabled|suspended|inactivated)|not unique|several matches found',
      '(?:user|recipient|address|mailbox) (?:unknown|not found|unavailable) or (?:mailbox|inbox|over) ?(?:full|quota)',
      'mailbox (?:is )?(?:full|over quota) or (?:user|does not|unknown|not)',
      'unknown or not available',
      'unbekannt oder nicht erreichbar',
      'out of storage space (?:and|or) inactive',
      'mailbox is full.{0,20}or .{0,30}(?:exist|disabled|not accept)',
      'invalid recipient or (?:mailbox|over|quota|full)',
    ],
  },
  {
    name: 'full-and-inactive',
    means: 'inactive',
    match: ['over quota and inactive'],
  },
  {
    name: 'full-quota',
    means: 'full',
    match: [
      '(?:over|disk|disc|mail ?box|user|storage|inbox|folder|account|recipient|dropbox|maildir|message|mail|temporary)[ -]?(?:size )?quota',
      'quota (?:is |has been |was |limit )?(?:exceeded|violation|full|exhausted|reached|surpassed|usage|overdrawn|depassee|for )',
      'exceed(?:s|ed|ing)?(?: (?:its|his|her|their|the|your|my|allowed|maximum|mail|mailbox|email|allocated|storage|disk|user|message|assigned|set|space)){0,4} quota',
      'quotaexceeded|overquota|shutoffquota|underquota',
      '(?:permanent|extended) failure for .{0,80}quota',
      'over (?:his|her|their|its|the|your|allowed|storage|allocated|recipient|disk|quote)[^.]{0,24}(?:quota|limit|quote)',
      'recipient overquota|out of quota|insufficient quota|no quota|quota no available|over quote',
    ],
    unless: ['organization queue quota', 'sender|sending|hourly|daily|smtp quota|quota of messages|connection|your quota'],
  },
  {
    name: 'full-mailbox',
    means: 'full',
    match: [
      "\\bmailbox full\\b|mail ?box space|(?:not able|unable) to receive (?:any )?more|over the maximum allowed|not enough (?:disk|storage) ?space|(?:not|n't) (?:have |has )?enough disk ?space|space has (?:been )?used up",
      'does not have enough (?:disk |free |storage )?space|space has been used up',
      '(?:mail ?box|in ?box|mail ?folder|mail ?dir|mail ?drop|mailspool|account|folder|storage|postfach|user|recipient)(?: <a>| of \\S{1,40}| for \\S{1,40})?(?: is| has| currently| already| appears to be| seems to be|:|,){0,3} (?:too )?(?:full|voll)\\b',
      '\\bfull (?:mail|in) ?box|\\bmailbox_?full|\\binboxfull|\\bmboxfull|mailbox quota',
      '(?:mail ?box|inbox|account|maildir|folder|user)(?: <a>)?(?: size)?(?: limit)?(?: has| have| is)?(?: been)? (?:exceed|exeed|exceeds|over|reached)[^.]{0,40}(?:limit|size|space|storage|capacity|full|maximum)',
      '(?:mail ?box|inbox)(?: <a>)? (?:size|storage|space|capacity|limit)[^.]{0,30}(?:exceed|exeed|full|exhaust|reach|over)',
      'exceeded (?:its|the|their|his|your)?[^.]{0,40}(?:storage|disk space|space limit|mailbox size|size limit|capacity|allocation|inbox)',
      'too many messages (?:on (?:the|this) (?:server|system)|in (?:this|the|his) mail|in mailbox)',
      '(?:message|storage|space)[^.]{0,20} (?:store|limit|allocation) (?:exceeded|reached|full)|message store capacity',
      '(?:mail ?box|account|recipient|user|folder)[^.]{0,50}(?:does not have|has no|no|not) enough (?:disk |free |storage )?(?:space|room)',
      '(?:insufficient|no|not enough|out of)(?: disk| storage| free| mail| mailbox| available| enough)* (?:space|storage|room) (?:(?:is )?(?:available |left )?)?(?:in|for|on|to)[^.]{0,40}(?:mailbox|account|user|recipient|inbox|message store|his|deliver)',
      'mailbox (?:for )?[^.]{0,40}(?:is|has) (?:full|reached|run out)|mailbox has exceeded',
      '(?:user|recipient|account|mailbox)[^.]{0,60}(?:out of|exceeded)(?: \\w+){0,3} (?:space|storage)',
      'file too large|max message size exceeded|disk ?space limit|mailfolder is full|maildir(?: is)? over|mailbox limit',
      'domain size limit|disk limit|exceeds? (?:the |allowed |allotted |account )?(?:account|mailbox|storage|space) (?:limit|size|storage)',
      'receiving (?:mail )?(?:is )?over (?:its )?limit|exceeded the (?:max|maximum) limit|too much mail data|allocated (?:storage|space)',
      '(?:recipient|mail ?box|user|account|inbox)[^.]{0,60}(?:used up|no (?:more |free )?(?:space|room)|run out of|at capacity|capacity (?:is )?reached)',
      "can(?:no|')t (?:receive|accept)[^.]{0,40}(?:mailbox|inbox) is full|is full and (?:can ?not|can't)|mail-box full",
    ],
    unless: [
      'per hour|emails',
      'system storage|your message|google',
      'sender.{0,20}quota',
      'message size exceeds|message exceeds|maximum message size',
    ],
  },
  {
    name: 'full-other-languages',
    means: 'full',
    match: [
      'postfach[^.]{0,40}(?:uberschritten|ueberschritten|limit)|speicherlimit|speichergrenze|zuviele mails|zu ?viele (?:mails|nachrichten)|speichervolumen|postfach[^.]{0,40}(?:voll|erschopft|uberfullt|ueberfuellt)|mailbox (?:ist )?voll|kapazitat[^.]{0,60}erschopft|speicherplatz',
      'boite[^.]{0,60}(?:pleine|plein\\b|saturee)|quota (?:atteint|depasse)|depasse son quota',
      'buzon[^.]{0,40}lleno|casilla[^.]{0,40}llena|correo lleno|cuota[^.]{0,30}excedid|sobrepas|bandeja de entrada[^.]{0,40}llena',
      'caixa[^.]{0,60}cheia|cota[^.]{0,30}excedid|quota[^.]{0,20}excedid|excedeu',
      'casella[^.]{0,40}piena|spazio (?:esaurito|insufficiente)|mailbox (?:e )?pien[oa]|quota superata',
      'skrzynka[^.]{0,40}(?:pelna|przepelniona)|przekroczon[aoy][^.]{0,30}(?:limit|pojemnosc|quota)|brak miejsca',
      'ящик[^.]{0,40}(?:переполнен|полон)|превышен[аоы]? (?:квота|размер|лимит)|переполнен',
      'schranka[^.]{0,40}(?:plna|preplnena)|(?:postvak|postbus)[^.]{0,30}vol\\b|posta kutusu[^.]{0,40}dolu|kotas[^.]{0,30}(?:dolu|asil)',
      '收件人.{0,12}空间不足|空间不足|邮箱.{0,10}已满|容量.{0,10}(?:超|满)|容量オーバー|メールボックス.{0,12}(?:一杯|いっぱい|容量)|용량.{0,8}초과|메일함.{0,10}가득',
    ],
  },
  {
    name: 'inactive-mailbox',
    means: 'inactive',
    match: [
      '(?:account|mailbox|user) (?:was |has been |is )?(?:deleted|removed|cancelled)|temporary locked|domain \\S{1,60} is (?:currently )?suspended',
      '(?:account|mailbox|user) (?:has been |was |is )?terminated|mailbox is not available',
      'is now disabled|this account is not allowed|mail ?box (?:<a> )?is restricted|user is restricted|<a> is restricted',
      "inactive on this domain|administrativl?ey disabled|mailbox currently suspended|never logged on|hasn't (?:entered|logged)|mail ?box (?:is )?unavailable - please contact",
      'recipient suspend the service|not accepting any (?:e-?mail|messages)',
      '(?:account|mail ?box|user|recipient|address|inbox|alias|email|e-mail|mail|<a>|receiver)(?: <a>| \\S{1,30})?(?: that you tried to reach)?(?: (?:is|has|was|been|currently|temporarily|administratively|account|address|mailbox|status|from \\S{1,60}|for this recipient)){0,4} (?:disabled|inactive|in-?activated|suspended|deactivated|de-activated|locked|frozen|expired|blocked|closed|dormant|discontinued|not active|not activated|paused|desactivee|archivee)\\b',
      '(?:account|mail ?box|user|recipient|address)[^.]{0,60} (?:has been|is|was|been|currently|temporarily) (?:disabled|suspended|de-?activated|locked|frozen|turned off|switched off|put on hold|on hold|under suspension)\\b',
      'accountdisabled|mailboxdisabled|\\[suspend\\]|disabled or discontinued|deactivated mailbox|mailbox disabled|user disabled|account disabled|disabled mailbox|disabled user|suspended (?:account|user|mailbox)|inactive (?:account|user|mailbox|recipient|address|email)|disabled recipient|locked mailbox',
      'closed due to inactivity|due to (?:extended )?inactivity|because of inactivity|not been (?:used|accessed|logged)|not poped for|should log in to|noactivity|unused for|extended inactivity',
      '(?:account|mail ?box|user)(?: <a>)? (?:has been|is|was) (?:temporarily )?(?:administratively )?(?:disabled|locked|blocked|suspended|inactive|frozen|not used|closed)',
      'account (?:is )?not active|account inactive|user account[^.]{0,30}(?:blocked|expired|inactive)|mail ?receiving disabled|receiving disabled|mailaddress is administratively disabled|is administratively disabled',
      'no longer accepts mail|(?:recipient|user) (?:address )?(?:rejected: )?(?:is )?(?:inactive|blocked by admin|suspended|not active)|status (?:is|of) (?:locked|inactive|suspended|disabled)|account[^.]{0,12}status:? ?(?:locked|inactive)',
      '(?:user|account|mailbox)(?: is)? (?:currently )?(?:over|past) due|account (?:is )?expired|dormant|\\bquarantined? (?:mailbox|account)|account that you tried to reach is (?:disabled|inactive)',
      '<a> not used|account (?:is )?(?:not available|unavailable)|mailbox (?:is )?currently (?:disabled|suspended|unavailable - please)|mailbox is (?:inactive|frozen)|mailbox temporarily disabled|user is terminated|is (?:temporarily )?deactivated|access to this account has been',
    ],
    unless: [
      'outgoing',
      'mail server is|server (?:is|has)',
      'no thank you rejected|user not active',
      "sender(?:'s)? (?:account|address|<a>|mailbox)|sending (?:account|user)|your (?:account|mailbox|address)",
      '\\bip\\b.{0,40}block|blocked (?:using|by)|block ?list|blacklist|message (?:was |is )?blocked|mail (?:is |was |has been )?blocked|email blocked|blocked by the recipient|client host|spam',
    ],
  },
  {
    name: 'inactive-other-languages',
    means: 'inactive',
    match: [
      'deaktiviert|gesperrt(?:es)? (?:konto|postfach)|(?:konto|postfach|mailbox)[^.]{0,30}gesperrt|nicht mehr aktiv',
      '(?:boite|compte|adresse)[^.]{0,60}(?:desactive|archive|bloque|suspendu|inactive)',
      'expirado por falta|(?:cuenta|usuario|casilla|buzon)[^.]{0,40}(?:inactiv|suspendid|desactivad|deshabilitad|bloquead)|estado: inactivo',
      '(?:conta|usuario|caixa)[^.]{0,40}(?:inativ|suspens|desativad|bloquead)',
      '(?:mailbox|casella|utente|indirizzo)[^.]{0,40}(?:disattivat|disatttivat|bloccat|sospes|inutilizzo|non (?:e )?(?:abilitat|attiv)|inibit)|account non attiv',
      'konto (?:jest )?[^.]{0,20}(?:zablokowane|nieaktywne)|konto niedostepne|zablokowane administracyjnie',
      '(?:ящик|пользовател|аккаунт|учетная запись)[^.]{0,40}(?:заблокирован|отключен|неактив)',
      'hesap[^.]{0,30}(?:askiya|pasif|kapal)|该用户未开通|用户被(?:锁定|禁用)|账号.{0,6}(?:停用|冻结|锁定)|휴면|휴먼',
    ],
  },
  {
    name: 'yandex-target-policy',
    means: 'inactive',
    match: ['policy rejection on the target address'],
  },
]

/** That there is no such address: definite texts. */
export const UNKNOWN_RULES: readonly ClassifyRule[] = [
  {
    // Its users filter senders, and those are told that there is no such user.
    name: 'docomo-filter',
    means: 'unsure-recipient',
    provider: 'docomo',
    match: ['unknown user|user unknown'],
  },
  {
    name: 'moved',
    means: 'moved',
    match: [
      'has left (?:the|our|this) (?:company|organi[sz]ation|firm|university|school|institut)|e-?mail (?:address )?has changed|i am no longer|i have now left|no longer with|is a changed address',
      'no longer (?:on (?:server|system|this)|valid|exists?|available|works?|with (?:us|the|this|our)|employed|in use|here|active|a valid|at this|used|associated|part of|an? employee|in operation|being used|monitored|maintained)',
      '(?:user|recipient|mailbox|address|account|<a>|he|she)[^.]{0,30} (?:has )?(?:moved|left the|has left)|user not local; please try|please (?:try|forward|use)(?: to)?:? <a>',
      'old address no longer|address (?:is )?no longer|nicht mehr (?:verfugbar|verfuegbar|gultig|gueltig|vorhanden|erreichbar|bei uns)|has (?:changed|moved)(?: (?:his|her|their|its))?(?: e-?mail)?(?: address)? to|mailbox has moved|new address is',
      "n'est plus (?:valide|valable|utilisee|active)|ya no (?:existe|es valida|esta)|nao (?:existe|trabalha) mais|non (?:e|esiste) piu",
    ],
    unless: ['no longer (?:available|exists?).{0,40}(?:link|page)', 'your (?:ip|mail|domain)'],
  },
  {
    name: 'recipient-no-such',
    means: 'unknown-user',
    match: [
      'no users? (?:here )?by that name|sorry, no mailbox|no mailbox here|unavailable mailbox',
      'archived recipient|destination server rejected recipients?|no (?:user|recipient|address|mailbox|account) \\S{0,60} ?in (?:name )?directory|no thank you rejected: account unavailable|no valid recipients, bye|following recipients? (?:was|were) undeliverable|email name is not found|this spectator does|user (?:\\S{1,60} )?was not found|user missing home directory|not found recipient account|user not active|mail rejected\\.$',
      'rcpt to unknown|does not live here|\\bno such (?:user|customer|recipient|mail ?box|address|person|id\\b|mail ?drop|account|local|alias|email|e-mail|name|email address|smtp|contact|virtual|destination|addressee|subscriber)',
      '\\bno (?:mail ?box|mailbox|account|user|recipient|such user|mail box|person|one|address|valid user)(?: \\S{1,60})? (?:here|by that name|by this name|found|with that name|available for this|exists|matching|at this address|named|is currently available|with this name|on this)',
      'p=nosuchuser|\\bnosuchuser|recipnotfound|recipientnotfound|recip-not-found|badrcptto|bad_recipient|\\brusr\\b|rcp-p1|badmailbox',
      'there is no (?:one|such|user|account|mailbox|person)|nobody (?:here )?(?:by|with) that name|non-?exist(?:ent|ant|ing)? (?:user|recipient|mailbox|address|account|email|local)|addressee is not|no valid (?:mailbox|user)',
    ],
    unless: ['no such user.{0,20}(?:sender|from)', 'no account.{0,20}sender', 'sender'],
  },
  {
    name: 'recipient-unknown',
    means: 'unknown-user',
    match: [
      'local user \\S{1,64} not known|(?:user|account|recipient|mailbox|alias) \\S{1,64} not found (?:at|in|on) (?:this|the|our) (?:domain|server|system|site)',
      "(?:address|recipient|mailbox|user|account|<a>)(?:[^.]{0,60})? (?:couldn't|could not|cannot|can't|wasn't|isn't) (?:be )?(?:found|located|recogni[sz]ed|identified|matched)|wasn't found at |(?:is|are) not known to (?:us|this|our|the)",
      "(?:mail ?box|account|recipient|address|user|alias)(?: <a>)?(?: is| was| has)?(?: not|n't)(?: been)?(?: currently)? (?:in use|configured|provisioned|set up|known|recogni[sz]ed|registered)\\b",
      "recipients? (?:are|is) (?:unknown|invalid)|recipient name is not recogni[sz]ed|user_unknown|not known at this (?:site|address|host|domain)|(?:can't|cannot|could not|can not) find (?:the )?(?:user|recipient)'?s?(?:'s)? mail ?box|doesn't handle mail for that user|mailbox is not available on this",
      '\\bunknown (?:(?:local|virtual|or invalid|or illegal|or deleted|internal|email|e-mail|mail|rcpt|or disabled) ?)*(?:user|recipient|mail ?box|local[ -]?part|account|address|addressee|alias|destination address|rcpt|username|e-?mail address|destination|userid)',
      '(?:user|recipient|mail ?box|address|addressee|account|username|recipients|local part|email|e-mail|rcpt|receiver|alias|<a>|destination addresses?|customer)(?: address)?(?: rejected)?(?: <a>)?(?:\\.{3}|:|;|,|\\)|\\]|>|"|\'| is| was| were| -| has| account| name| id| i?s){0,4} ?(?:an |currently )?unknown\\b',
      'user (?:is )?(?:not known|not exists?\\b|not found|path no exist|name not known|not in|not present|not recognized|not registered|not valid|lookup failed|invalid|undefined|not defined|not listed|no existe|does not have an account)',
      '(?:mail ?box|account|recipient|recipients|address|e-?mail|email|alias|username|rcpt|receiver|addressee|destination|id|<a>)(?: address| account| to)?(?: <a>)?(?:\\.{3}|:|,|\\)|>)? ?(?:is |was |were |has |could |can |cannot )?(?:not known|not be found|not found|not present|not exists?\\b|not recogni[sz]ed|not registered|not in (?:our|the|list|directory|recipient|database|address|system|valid)|not valid|is not valid|not listed|not local|not defined|not be verified|non ?existent|not here|not ok\\b|be verified|not a valid|not correct)',
      'unknown or illegal alias|unknown in (?:virtual|local|relay)|unknown to (?:this|the) (?:system|server|address)|user unknown|unknown user|is unknown (?:here|at|to|in)',
    ],
    unless: [
      "sender(?:'s)? (?:e-?mail |mail ?box |account |address )*(?:rejected|<a>|unknown|verify|verification|not|could|can|is|was|has|does)|unknown sender|mail from|(?:your|return|from) (?:e-?mail )?(?:address|account|mailbox)|authentication failed|callback|backend|internal error|server error|again later|suspended|hostname|sending from|reply address|as a sender|subscribers|as spam|domain of",
      'domain (?:not found|does not exist)|client host|\\bhelo\\b',
      'unverified|relay access|relaying|to relay|\\bdns\\b|certificate|reverse|(?:host|server|client|source|remote|your|ip) address|from address|your (?:ip|host|server)|temporar',
    ],
  },
  {
    name: 'recipient-not-exist',
    means: 'unknown-user',
    match: [
      "does ?n[o']t exist here|(?:doesn't|does not) have an? (?:\\S{1,40} )?(?:account|yahoo|e-?mail)|this user doesn't have|_does_not_exist_here",
      "(?:user|recipient|recipients|mail ?box|account|address|addressee|alias|e-?mail|username|rcpt|receiver|name|person|<a>|destination|that you tried to reach)(?: name| address| account| specified| to)?(?: <a>|\\[<a>\\]|\\(<a>\\))?\\)?(?: (?:that|which) you[^.]{0,40}| you (?:have )?(?:sent|specified|entered|tried)[^.]{0,40}| at \\S{1,60}| in \\S{1,60}| on \\S{1,60})?[\\]>)\"':,. ]{0,4}(?:does|do|did|doe|dose|dos) ?(?:not|n't|nt) (?:currently |seem to |appear to |actually )?(?:exist|exsist|found|match)",
      "(?:user|mailbox|recipient|account|address)[^.]{0,40}(?:doesn'?t|does not|dosn't|didn'?t) (?:exist|have (?:a|an)(?: \\S{1,30}){1,3} (?:account|mailbox))",
      'that you tried to reach (?:does not exist|doesn.t exist)',
      'this user does(?: not|n.t) have an?|does not have an (?:account|e-?mail|mailbox)|mailbox does not exist|no such address here|did not match (?:several|any)|recipients?: no matches',
      'could not be found, or was misspelled|wrong recipient|invalid-recipient|recipientinvalid|cannot find (?:the )?(?:user|recipient|mailbox)|unable to find (?:alias|user|recipient|mailbox)|(?:can ?not|could not|unable to) (?:find|locate|resolve) (?:the )?(?:recipient|user|mailbox|address)',
    ],
    unless: [
      "sender(?:'s)? (?:e-?mail |mail ?box |account |address |user )*(?:rejected|<a>|domain|does|could|was|is)|return path|mail from|domain (?:name )?(?:does|of)",
      '(?:your|sender|sending) domain|\\bdns\\b',
      'relay access|relaying|to relay',
    ],
  },
  {
    name: 'recipient-invalid',
    means: 'unknown-user',
    match: [
      'not a (?:recogni[sz]ed|valid|known) (?:e-?mail )?(?:account|address)|invalid domain mailbox|list of allowed recipients',
      '\\b(?:invalid|wrong|incorrect|undefined|illegal|unrecognized) (?:(?:final delivery|destination|local|final|e-?mail|mail|recipient|or inactive|or unknown|target|delivery|user|freeuk) ?)*(?:user|users|recipient|recipients|mail ?box|address|addresses|account|username|userid|user id|addressee|rcpt|destination|local part|alias)\\b',
      'is not (?:a|an) (?:(?:known|valid|active|existing|registered|recognized|authorized|correct|deliverable|legal|current) )+(?:user|mail ?box|address|account|recipient|e-?mail|username|alias|person|addressee|member)|is not an active address|is not a mailbox|is not a member|user not a member|not a known user',
      '\\bnot (?:a )?valid (?:recipient|user|mailbox|address|account|rcpt)|not our customer|not a (?:customer|user|subscriber)|not listed in|not present in directory|not in (?:recipient list|our directory|the directory|the address book)|recipient not in',
      "mailbox (?:not found|invalid|not present|unallocated|unknown)|recipient (?:mailbox )?unallocated|can'?t accept user|bad (?:destination mailbox|rcpt|recipient|user|destination email|email|e-mail)(?: address)?\\b|bad address\\b|blank mailhost",
      'recipient (?:address )?(?:is )?(?:invalid|not accepted here|is invalid)|address (?:<a> )?(?:is )?(?:invalid|incorrect|wrong)|email (?:address )?is (?:invalid|marked as invalid)|marked as invalid|lookup in domain map failed|address is not configured to receive|not configured to receive emails',
      '(?:recipient|user|mail ?box|address|rcpt) (?:<a> )?(?:not ok|verification failed|verify (?:from ldap )?failed|lookup failed|failed verification|check failed)|callout verification failed|cannot be verified|command rcpt .{0,20}not ok|undeliverable address|failed recipient validation|i cannot deliver mail for|hasn.t got the service mapped',
    ],
    unless: [
      'unusual invalid|many invalid',
      "sender|return path|mail from|\\bfrom:|from address|from header|'from'|return-path|helo|too many|relay|unverified|syntax|address format|dns|mx record|client|header|callout.{0,40}(?:tempor|could not complete)",
    ],
  },
  {
    name: 'recipient-unknown-german',
    means: 'unknown-user',
    match: [
      '(?:benutzer|empfaenger|empfanger|adressat|adresse|mailbox|e-mail-adresse|postfach|mailadresse|emailadresse)[^.]{0,50}(?:nicht bekannt|unbekannt|existiert nicht|nicht gefunden|ungultig|ungueltig|nicht vorhanden|gibt es nicht)',
      'niemand unter dieser adresse|keine person mit diesem namen|unbekannter (?:benutzer|empfanger|empfaenger)|kein (?:solcher )?(?:benutzer|empfanger|postfach)|ungultige (?:empfanger|adresse|e-mail)|existiert (?:hier )?nicht',
    ],
  },
  {
    name: 'recipient-unknown-french',
    means: 'unknown-user',
    match: [
      "\\b(?:ofr|lpn)\\w{0,4}_41[68]|destinataire invalide|destinataire (?:inconnu|incorrect|n'existe)|utilisateur (?:est )?inconnu|adresse[^.]{0,40}(?:invalide|inconnue|inexistante|introuvable|n'existe pas)|(?:utilisateur|boite|compte)[^.]{0,30}(?:inexistant|n'existe pas)",
    ],
    unless: ['emetteur', 'expediteur'],
  },
  {
    name: 'recipient-unknown-romance',
    means: 'unknown-user',
    match: [
      'no existe (?:dicha|ese|el|la|esa|este|tal)|(?:usuario|destinatario|cuenta|direccion|buzon|casilla)[^.]{0,60}(?:inexistente|no existe|desconocid|no (?:fue )?encontrad|no se (?:encuentra|encontro|ha encontrado|pudo encontrar)|invalid[ao])|no se encuentra en (?:la libreta|el directorio)',
      'nessun utente|(?:destinatario|utente|indirizzo|casella|account)[^.]{0,30}(?:non (?:esiste|trovat|valid|riconosciut)|inesistente)|destin\\. sconosciuto|destinatario (?:errato|sconosciuto)|indirizzo[^.]{0,30}(?:inesistente|sconosciuto|non esiste|errato|non valido)|questo indirizzo non esiste|utente (?:sconosciuto|inesistente)|non esiste (?:nessun|alcun)',
      'endereco nao encontrado|(?:usuario|destinatario|endereco|conta|caixa postal)[^.]{0,60}(?:nao (?:foi )?(?:encontrad|localizad)|inexistente|nao existe|invalid[ao]|desconhecid)',
    ],
  },
  {
    name: 'recipient-unknown-slavic',
    means: 'unknown-user',
    match: [
      '(?:odbiorca|uzytkownik|adresat)[^.]{0,40}(?:nie istnieje|nieznan|nie znalezion)|nie ma takie(?:go|j)|(?:konto|skrzynka|adres|uzytkownik)[^.]{0,30}nie istnieje|nieznany (?:uzytkownik|odbiorca|adres)|brak (?:takiego )?(?:uzytkownika|konta|odbiorcy)',
      '(?:пользовател|ящик|адрес|получател|абонент)[^.]{0,40}(?:не найден|не существует|неизвест|не зарегистрирован|отсутствует)|нет такого|неизвестный (?:пользователь|получатель|адрес)|такого пользователя',
      '(?:uzivatel|schranka|adresa|prijemce|adresat)[^.]{0,30}(?:neexistuje|neznam|nenalezen)|neznamy (?:uzivatel|adresat|prijemce)|takovy uzivatel',
    ],
  },
  {
    name: 'recipient-unknown-other-languages',
    means: 'unknown-user',
    match: [
      '帐号不存在|账号不存在|用户不存在|收件人不存在|地址不存在|邮箱不存在|用户.{0,4}未找到|(?:找不到|没有|沒有|无)(?:该|此|這個|该收件)?(?:用户|收件人|用戶|邮箱|帐号)|無此(?:帳號|使用者|用戶)|帳號不存在',
      '宛先.{0,12}(?:存在しません|不明|見つかり)|(?:ユーザ|アドレス|メールアドレス).{0,12}(?:存在しません|見つかりません|存在しない|不明)',
      '존재하지 않|없는 (?:사용자|계정|메일|주소|아이디)|수신자.{0,10}(?:없|찾을 수)',
      '(?:kullanici|alici|adres)[^.]{0,30}(?:bulunamadi|mevcut degil|bilinmiyor|gecersiz)|onbekende (?:gebruiker|ontvanger)|gebruiker (?:onbekend|bestaat niet)|(?:adres|gebruiker|ontvanger|account|mailbox)[^.]{0,30}(?:niet bestaat|bestaat niet|niet gevonden)|(?:adressen|mottagaren|anvandaren|kontot)[^.]{0,30}(?:finns inte|existerar inte|hittades inte)|(?:adressen|modtageren|mottakeren|brugeren|brukeren)[^.]{0,30}(?:findes ikke|finnes ikke|eksisterer ikke)|okand (?:mottagare|anvandare)|ukendt (?:modtager|bruger)',
    ],
  },
  {
    name: 'domain-unknown',
    means: 'unknown-domain',
    match: [
      'domain does not exist|domain not used for mail|no matches to name ?server query|does not have any mail exchanger|indicated no smtp service|cannot resolve the ip address of the following domain|mx records? point to (?:non-?existent|invalid)',
      "(?:recipient|destination|target)(?:'s)? (?:e-?mail )?domain is (?:incorrect|wrong|misspelled|misspelt)|no such domain|unknown (?:mail )?(?:domain|host)\\b|(?:recipient|destination|target|rcpt|receiver)(?: e-?mail| mail)?(?: address)? ?domain(?: <a>)?[^.]{0,40}(?:not found|not exist|invalid|unknown|no mx|has no|cannot|not resolve)|(?:host|domain) (?:is )?unknown\\b|host_?unknown",
      "(?:recipient|destination) address(?: rejected)?: domain not found|domain (?:<a> |name )?(?:does not|doesn't) exist|couldn't find any host named|couldn't find a mail exchanger|no such host|dns (?:error|lookup failure|error when resolving mx)[^.]{0,60}(?:name not found|domain not found|not found|nxdomain)|nxdomain|domain name not found",
      'host or domain name not found|host not found|name or service not known|no (?:mx|a|dns|address|host) (?:or [a-z]{1,4} )?(?:records?|entry|data|address)[^.]{0,40}(?:for|found|associated|available)|domain has no (?:mx|mail|valid)|domain \\S{1,80} has no mx (?:and|or|nor)|unrouteable mail domain|all relevant mx records point|illegal host/domain|domain[^.]{0,40}(?:not found|does not resolve|no longer exist|nonexistent|expired)|bad destination (?:system|host|domain)|dominio non valido|domain non ?existent|5\\.1\\.2.{0,20}bad',
      'domaine[^.]{0,40}(?:inconnu|introuvable|inexistant)|dominio[^.]{0,40}(?:no existe|inexistente|non esiste|nao existe|sconosciuto)|domain[^.]{0,30}(?:existiert nicht|nicht gefunden)',
    ],
    unless: [
      "sender|return path|mail from|\\bfrom\\b|your (?:domain|ip|host|sender|server|mail|address|e-mail)|client|helo|ehlo|reverse|ptr|try again|temporar|will retry|spf|dkim|isn't in|envelope|type=(?:mx|a|aaaa): host not found, try again",
    ],
  },
  {
    name: 'no-mail-host',
    means: 'no-mail',
    match: [
      'null ?mx|mx (?:record )?(?:is )?null|(?:domain|host|server)[^.]{0,30} (?:does not|never|doesn.t) accepts? (?:any )?(?:e-?mail|mail)\\b(?: at all)?(?:\\.|$| \\()|accepts no mail|this host takes no mail|does not receive (?:any )?(?:e-?mail|mail)',
    ],
    unless: ['sender|mail from|from '],
  },
  {
    name: 'bad-syntax',
    means: 'bad-address',
    match: [
      'local[ -]?part[^.]{0,40}(?:illegal|invalid|forbidden|bad) char|bad (?:recipient |destination |rcpt )?address syntax|(?:recipient|rcpt|destination|mailbox)(?: e-?mail)?(?: address)?[^.]{0,40}(?:syntax|malformed|bad format|not rfc)|invalid address (?:syntax|format)|malformed (?:recipient |rcpt |e-?mail |mail )?address|syntax error in (?:mailbox|recipient|rcpt|address|parameters? in "?rcpt)|invalid characters? in (?:address|recipient)|bad recipient address|unqualified (?:recipient|address)|missing (?:or malformed )?local part|domain missing|no domain|illegal address|address(?: is)? not rfc',
    ],
    unless: ['sender|mail from|\\bfrom:|return path|header|verb|helo'],
  },
]

/** Said of unknown users mostly, and of other things too: asked last. */
export const VAGUE_RECIPIENT_RULES: readonly ClassifyRule[] = [
  {
    name: 'exchange-edge',
    means: 'unknown-user',
    match: ['recipient address rejected: access denied'],
    status: ['4.1'],
  },
  {
    name: 'mailbox-unavailable',
    means: 'unknown-user',
    match: [
      '^(?:sorry, )?(?:the )?(?:requested )?(?:mail )?(?:action |request )?(?:not taken|aborted)?[ :;,-]*(?:<a> )?mailbox (?:is )?unavailable',
      'requested (?:mail )?action not (?:taken|okay)[:;, -]{0,3}mailbox (?:unavailable|not found|not available)',
      'mailbox not available|mailbox unavailable(?: <a>)?$|mailbox not accessible|^mailbox unavailable',
    ],
    unless: ['policy|access denied|denied|block|spam|reputation|dns|temporar|later'],
    replyClass: 5,
  },
  {
    name: 'unrouteable',
    means: 'unknown-user',
    match: [
      'unrout(?:e)?able (?:mail )?address|address (?:is )?unrout|no route to (?:recipient|address)|not routable|cannot route to|unable to route',
    ],
    unless: ['sender|from'],
    replyClass: 5,
  },
  {
    name: 'recipient-rejected',
    means: 'unknown-user',
    match: [
      'recipient rejected|<a>(?:\\.{3}|:)? (?:is )?(?:rejected|not accepted)$|recipient address rejected: \\S{1,60} ?\\[rcpt_to\\]|recipient (?:address )?rejected(?: <a>|:? undeliverable| \\(#5\\.1\\.1\\))?$|not a local (?:user|mailbox|recipient|address)|user (?:is )?not local|address (?:was )?rejected[.:]?(?: <a>)?$',
    ],
    unless: ['policy|spam|sender|denied|relay|grey|temporar|later|block'],
    status: ['1.1', '1.0', '1.2', '1.3', '0.0', '7.1', 'none'],
  },
]
