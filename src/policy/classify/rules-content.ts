// Rules about what was said: viruses, spam, form, size, and answers that want to be answered. Data: every one has real replies in
// test/fixtures/replies/.
import type { ClassifyRule } from './meanings.ts'

export const VIRUS_RULES: readonly ClassifyRule[] = [
  {
    name: 'virus',
    means: 'virus',
    match: [
      '\\bvirus(?:es)?\\b|infected|malware|trojan|\\bworm\\b|eicar|clamav|rtr:ch\\b|dy-002|pol-p5|\\bib705\\b|sanesecurity|heuristics\\.|phishing\\.email|hacktool|ransomware|virenverseucht|virus?ses|malicious (?:content|attachment|file|code|software)',
    ],
    unless: [
      'scanned|checked for|free of|free from|protected by',
      'anti-?virus (?:timeout|error|fail)|unable to|spam or virus|virus.{0,12}or spam|virus scan(?:ner)? (?:fail|error|timeout)|spamming or virus',
      'from your (?:ip|network|host|server)|spam.{0,10}virus|avpcheck|your ip|<ip>',
    ],
  },
]

export const CHALLENGE_RULES: readonly ClassifyRule[] = [
  {
    name: 'challenge',
    means: 'challenge',
    match: [
      'boxbe|sender not pre-?approved|requires confirmation|confirm(?:ation)?[^.]{0,40}(?:your (?:message|address|email|mail|identity)|sender|you are|delivery|that you)|challenge|(?:verify|validate|confirm) (?:yourself|that you are|you are|your (?:e-?mail )?(?:address|identity|message))|are (?:a )?(?:real |human)|spamarrest|tmda\\b|earthlink spamblocker|please (?:click|visit)[^.]{0,60}(?:deliver|verify|confirm)|approve your (?:message|address)|to be (?:added to|on) (?:my|our|the) (?:approved|allowed)',
    ],
    unless: ['address confirmation failed|could not confirm|unable to verify'],
  },
]

export const SPAM_RULES: readonly ClassifyRule[] = [
  {
    name: 'google-spam',
    means: 'spam',
    match: [
      'likely (?:unsolicited|suspicious|spam)|unsolicitedmessageerror|nature of the (?:content|message)|unsolicited (?:bulk )?(?:mail|e-?mail|messages?|bulk|commercial)|appears? to be unsolicited|\\bube\\b|\\buce\\b|(?:classified|identified|considered|detected|recogni[sz]ed|flagged|marked|tagged|categori[sz]ed|deemed)(?: \\S{1,20})? as (?:unsolicited|bulk|unwanted|advertis|suspicious|undesir)|advertis(?:ing|ement)',
    ],
  },
  {
    name: 'spam-word',
    means: 'spam',
    match: [
      '\\bspam|spam\\b|junk|ham/spam|phish|scam\\b|antispam|bulk (?:e-?)?mail|as bulk|mass mail|bulk message|possible bulk|similar to spam|\\bspm\\b|нежелательн|спам|垃圾|迷惑メール|スパム|스팸|nevyzadan|ongewenst|istenmeyen|no solicitado|nao solicitad|spamassassin|score[^.]{0,20}(?:too high|exceed|over)|high score|over messagescoring|scored',
    ],
    unless: ['spammer|spam source|spam list|spamlist', 'greylist|grey-?list|try again later'],
  },
  {
    name: 'spam-products',
    means: 'spam',
    match: [
      'gtube|bayes|\\bofr\\w{0,4}_50[67]|\\bib212\\b|\\[?vi-1\\]?|symantec zodiac|brightmail|mailmarshal|rspamd|messagelabs.{0,20}content|dspam|bogofilter|gfi |dt:spm|esets|mcspam|cxsnt|urlbl|gbl|ivf0|securence|spamtitan|spamprofiler|razor|pyzor|dcc\\b',
    ],
    unless: ['virus|ip\\b'],
  },
  {
    name: 'content',
    means: 'spam',
    match: [
      'suspicious (?:link|url|attachment)|id=\\S{1,40} - banned|mail data refused|requested action not taken: mail \\S{1,60} is rejected',
      'content[- ]policy|reject(?:ed)? content|phone number filter|html tag|attachment count',
      "(?:not|n't) (?:accept|allow|permit)[^.]{0,40}(?:attachment|executable|archive|file type|extension|macro)|content (?:check|inspection|analysis|scanner|screening|test)|not pass[^.]{0,40}(?:content|filter|scan|inspection)",
      'recurrent pattern detection|reject bulk|(?:rechazad|rejeitad)[ao] por (?:el )?(?:contenido|conteudo)|conteudo (?:suspeito|proibido|bloqueado)|contenido (?:sospechoso|prohibido|bloqueado)|contenuto (?:sospetto|vietato|bloccato)|contenu (?:indesirable|suspect|interdit)|no deseado|indesirable',
      '\\b(?:message|e?-?mail|content|body|text|subject)\\b[^.]{0,60}(?:banned|objectionable|offensive|inappropriate|suspicious|unsafe|harmful|prohibited|unacceptable|undesirable|forbidden|dangerous|disallowed|restricted|rejected due to (?:its )?content|violat\\w+|blacklisted (?:word|phrase))|(?:banned|prohibited|forbidden|blocked|bad|disallowed|illegal|unacceptable|dangerous|potentially|executable|restricted)[^.]{0,40}(?:content|attachment|file ?name|file type|extension|words?|phrase|subject|file)',
      'content[- ](?:filter|reject|denied|policy|rules?|restriction|violation|scan|is not|blocked|control|restrictions|refused)|(?:due to|because of|for) (?:its |the |message |your )?content|attachment[^.]{0,60}(?:not|block|reject|denied|banned|removed|prohibit|type|extension)|mail content denied|security issue|potentially (?:harmful|dangerous)|blocked (?:for|by) (?:content|your content)|filter(?:ed)? by|message filtered|blocked by filter|rejected by (?:the )?filter|matched a? ?(?:filter|rule|pattern)|message (?:body|content)[^.]{0,40}(?:reject|block)|(?:subject|header)[^.]{0,30} (?:not allowed|rejected|blocked)|looks like|odrzucona przez system|message refused$|message rejected\\.?$|message (?:was |has been )?(?:rejected|blocked) (?:by|due to) (?:the )?(?:content|filter|security)|rejected[^.]{0,20}(?:security polic)|email rejected due to security',
    ],
    unless: [
      'transfer-encoding|8bit|content-type',
      'helo|rfc|blocked by the recipient|syntax|header.{0,20}(?:missing|line)|too (?:large|big|long)|size',
    ],
  },
]

export const FORM_RULES: readonly ClassifyRule[] = [
  {
    name: 'too-large',
    means: 'size',
    match: [
      '(?:message|mail|e-?mail|attachment|size|data|content)[^.]{0,60}(?:too (?:large|big|long)|exceed\\w*|larger than|over (?:the )?(?:size|limit|maximum)|bigger than)|(?:too (?:large|big)|exceed\\w*)[^.]{0,40}(?:message|size|mail)|sizelimit|maximum (?:message )?size|size limit|message size|class=size|size=message|file size|tamano (?:del mensaje|maximo)|trop volumineux|zu gross|zu groß|demasiado grande|muito grande|troppo grande',
    ],
    unless: [
      'quota|rate|hourly|number of|recipients|per (?:hour|day|minute|connection)|mail ?box|queue|line|too many|connections|hop|daily|times|frequency|volume',
    ],
  },
  {
    // Asked apart: Google adds that this is done against spam.
    name: 'form-of-message',
    means: 'policy',
    match: ['not rfc ?[0-9]{3,4} compliant|there are multiple \\S{1,20} headers'],
  },
  {
    name: 'form',
    means: 'policy',
    match: [
      'invalid data in message|invalid structure|mime error',
      'header (?:are not accepted|error)|messages with multiple addresses|message given low priority',
      'rfc ?-?(?:5322|2822|822|5321|2821|2047|6532|compliant)|not (?:rfc|compliant)|non-?compliant|(?:missing|invalid|malformed|duplicate|multiple|no|bad|empty|illegal|improper|without|require\\w*|too many)[^.]{0,30}(?:header|message-?id|date:|from:|resent-from|headers|mime)|header[^.]{0,40}(?:missing|invalid|malformed|duplicate|not (?:rfc|compliant|valid)|error|too (?:long|large)|line|syntax|rejected)|headers are not|bare (?:lf|linefeed|<lf>|newline)|line (?:too long|length)|lines? (?:is |are )?too long|line limit|8-?bit|nul (?:character|byte|octet)|bad (?:message|mime)|mime[^.]{0,30}(?:error|invalid|malformed)|message[^.]{0,20}(?:malformed|not conform|format)|no resent-from|5322|conversion|smtputf8|illegal (?:char|8)|content-?type|transfer-encoding|charset',
    ],
    unless: ['spam|loop|unsupported (?:option|parameter|command)'],
  },
]
