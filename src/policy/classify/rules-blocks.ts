// Rules about who sends: lists and reputation of our address or domain, set-up, authentication, and what receivers do not want from
// outside. Data: every one has real replies in test/fixtures/replies/. A block of our address never comes out as a failed recipient.
import type { ClassifyRule } from './meanings.ts'

/** Lists of addresses that receivers ask, and words for one. */
const LISTS =
  'dnsbl|rbls?|block ?lists?|blocking list|block-list|black ?lists?|black-list|blacklisted|blocklisted|denylist|blackhole|ban ?list|spam ?list|list of spam'

export const BLOCK_RULES: readonly ClassifyRule[] = [
  {
    name: 'greylist-as-blocklist',
    means: 'greylist',
    match: ['grey\\.rbl|greylisting in action|blocked using grey'],
  },
  {
    name: 'content-links-listed',
    means: 'spam',
    match: [
      '(?:black|block) ?listed (?:url|link|host)',
      '(?:blacklisted|banned|bad|blocked|listed) (?:url|link|uri)s? in',
      '\\bsurbl|uribl|\\bdbl\\b.{0,20}(?:url|link|uri)|(?:url|uri|link|domain|hostname|website)s? (?:\\S{1,40} )?(?:in|within|of|from) (?:the |your |this )?(?:message|body|mail|email|content)[^.]{0,60}(?:list|block|black)|\\b(?:url|uri|link)s?\\b[^.]{0,60}\\b(?:list|block|black|spam)|(?:message|mail|email|body|content)[^.]{0,40}(?:contains|containing|has|include)[^.]{0,30}\\b(?:url|uri|link)s?\\b|spam url|urlbl|bad (?:url|link)',
    ],
    unless: ['client host|connecting host|query refused'],
  },
  {
    name: 'uribl-of-host',
    means: 'blocklist',
    match: ['client host.{0,100}(?:uribl|surbl)'],
  },
  {
    name: 'domain-listed',
    means: 'domain',
    match: [
      'sender is on (?:\\S{1,40} )?(?:black|block)list',
      'the domain \\S{1,60} is (?:black|block)listed|is a dead domain|(?:too many spam complaints)',
      'dbl\\.spamhaus|spamhaus\\.org/(?:query/)?(?:domain|dbl)|\\bdbl\\b|(?:helo|mailfrom|mail from|sender|from|envelope|return path|ehlo)[ /]?(?:mailfrom )?(?:address )?domain[^.]{0,60}(?:list|block|black|reputation|banned)|right-hand side',
      "domain[^.]{0,40}(?:very )?(?:low|poor|bad) reputation|reputation of (?:the |your |its )?(?:sending )?domain|domain reputation|sending domain's reputation|(?:sender|sending|from|your) domain (?:<a> |\\S{1,60} )?(?:is |has been |was )?(?:block|black|banned|listed|reject|denied)",
      'sender address (?:\\[?<a>\\]? )?(?:is )?(?:blocked|blacklist|block listed|listed|banned)|(?:from|sender) (?:address )?<a> (?:is )?(?:blacklist|block|banned|listed|in my badmailfrom|on our)|sender (?:is )?(?:blacklist|blocked|banned|listed|on (?:our )?block)|your (?:email|e-mail) (?:address )?(?:is |has been |was )?(?:blacklist|block|banned)|badmailfrom|blacklisted (?:sender|by recipient|domain)|sender refused by the dnsbl|bad sender domain|sender (?:address |domain )?reputation|block listed sender|domain in blacklist',
    ],
    unless: ['client host|spam or virus|unauthenticated', '\\bip\\b.{0,30}and/or domain', 'ip (?:address )?<ip>', 'the ip'],
  },
  {
    name: 'listed-by-name',
    means: 'blocklist',
    match: [
      'spamhaus|spamcop|barracudacentral|barracuda(?:networks)?(?:\\.com)?/reputation|barracuda reputation|\\bsorbs\\b|uceprotect|abuseat|psbl\\.|invaluement|mailspike|senderscore|gbudb|hostkarma|junkemailfilter|backscatterer|nixspam|manitu|spamrats|spamrl|lashback|cobion|mail-abuse|drbl|spfbl|cymru bogon|njabl|dsbl\\.|ordb\\.|mailabuse|inps\\.de|dnswl|trend ?micro rbl|mail-abuse|blagr|attrbl|abuse[ _]rbl|csi\\.cloudmark|cloudmark|csi\\.mimecast|dynablock|spamcannibal|fabel|wpbl|s5h\\.|swinog|ascams|zapbl|rbl\\.',
    ],
    unless: ['content|spam score|message (?:looks|has been identified)|not junkemailfilter|url|uri', 'cloudmark (?:authority|content)'],
  },
  {
    name: 'listed',
    means: 'blocklist',
    match: [
      'is on (?:\\S{1,20} )?(?:rbl|dnsbl|blacklist)',
      'черном списке|черныи список|kara liste|黑名单|黑名單|ブラックリスト|블랙리스트|lista ne(?:gra|ra)|liste noire|schwarze[nr]? liste|sperrliste|czarnej liscie|cerne listine',
      '^(?:is )?blacklisted by|is in an? .{0,20}(?:rbl|black list)\\b',
      `\\b(?:ip|address|host|server|client|client host|mta|network|you|you are|listed|banned|blocked|rejected|found|reject|refused|denied|connection|<ip>|because|due to|mail from)\\b.{0,100}\\b(?:${LISTS})\\b`,
      `\\b(?:${LISTS})\\b.{0,60}(?:<ip>|\\bip\\b|address|host|server|client|your)`,
      '<ip>\\]?\\)? (?:is |was |has been |found )*(?:in|on|by|at)? ?(?:listed|blocklisted|blacklisted|a known spam)|(?:is|are|was|currently|been) (?:black|block|deny) ?-?listed|listed (?:at|in|on|by) [a-z0-9-]+\\.[a-z0-9.-]+|\\bip blacklist|in our (?:block|black)|block[ -]list(?:ed)?\\b',
    ],
    unless: [
      'url in|blacklisted url',
      "recipient(?:'s| has| is|s? (?:black|block|deny))|(?:by|for|of) (?:the |this )?recipient|sender address|from address|sender is|your (?:email|e-mail) address|link|url|message (?:looks|content)|domain",
    ],
  },
]

export const REPUTATION_RULES: readonly ClassifyRule[] = [
  {
    name: 'source-limited',
    means: 'source-rate',
    match: ['rate limited|throttled|unusual rate of unsolicited|temporarily deferred due to poor'],
    unless: ['unauthenticated'],
    replyClass: 4,
  },
  {
    name: 'microsoft-block',
    means: 'block',
    match: [
      '\\bs31(?:14|40|50|51|52)\\b|\\(s775\\)|\\(s843\\)|banned sending ip|\\bas\\(1?[0-9]{3,7}\\)|\\bas16012\\d|unfortunately, messages from|banned sender\\[',
      'delist@microsoft|delist@messaging|sender\\.office\\.com|part of their network is on our block|tenant has exceeded|ip has been blocked from sending|access denied, banned',
    ],
    unless: ['recipient address rejected|does not pass dmarc|authentication level|spf|dkim|spam confidence|content'],
  },
  {
    name: 'yahoo-deferred',
    means: 'rate',
    match: ['\\[tss?\\d\\d\\]|due to (?:unexpected volume or )?user complaints'],
    replyClass: 4,
  },
  {
    name: 'yahoo-block',
    means: 'block',
    match: [
      '\\[tss?\\d\\d\\]|\\[bl\\d\\d\\]|\\[ph\\d\\d\\]|\\[rl\\d\\d\\]|\\[gl\\d\\d\\]|\\[iptss?\\d\\d\\]|temporarily deferred due to user complaints|due to user complaints|due to unexpected volume or user complaints|(?:rtr|rly|con|dyn|hvu|dns|sdr):[a-z0-9]{1,4}\\b|permanently deferred',
    ],
    unless: ['rtr:ch|hvu:b|user complaints.{0,60}domain'],
  },
  { name: 'aol-content', means: 'spam', match: ['hvu:b\\d|rtr:bg'] },
  {
    name: 'hotmail-codes',
    means: 'block',
    match: ['\\b(?:sc|dy|ou|rp)-00[1-9]\\b'],
    unless: ['virus'],
  },
  {
    name: 'google-block',
    means: 'block',
    unless: ['too many'],
    match: [
      "originating from your ip|the ip you'?re using to send mail|suspicious due to the very low reputation of the sending ip|unusual rate of unsolicited mail|ip (?:address )?and/or domain|from your (?:ip|netblock)|unsolicited mail originating",
    ],
  },
  {
    name: 'french-operators-block',
    means: 'block',
    match: [
      '\\bofr\\w{0,4}_(?:102|103|108|109|510|999|513|514|515|516)|\\blpn\\w{0,4}_(?:101|102|630|108|109)|service refuse|veuillez (?:essayer|verifier)[^.]{0,40}service refused|connexion refusee',
    ],
    unless: ['content|spam detect'],
  },
  {
    name: 'cox-charter-block',
    means: 'block',
    match: [
      'aup#(?:cx|ip|cdr|bl|i-|1|2|out|in-|snd)\\w{0,10}|cxbl|ipbl\\d{3,4}|\\b(?:bl|rl|es|pt|dn)0000\\d\\d|#bl\\d{6}|#rl\\d{6}|#es\\d{6}|#pt\\d{6}',
    ],
    unless: ['cxsndr|cxmjm|cxcnct|throttled|#rl0|aup#out|sessions|too many'],
  },
  { name: 'facebook-policy', means: 'block', match: ['\\b(?:pol-p[1-4]|pol-t[1-3]|dns-p[1-3]|con-t\\d|int-t\\d)\\b'] },
  {
    name: 't-online-block',
    means: 'block',
    match: [
      'tosa@|ip[=:]\\[?<ip>\\]?.{0,40}a problem occurred|a problem occurred\\. \\(ask your postmaster|none/bad reputation|dialup ip|\\(nowl\\)',
    ],
  },
  {
    name: 'barracuda-blocked',
    means: 'block',
    match: ['permanent failure for one or more recipients \\(<a>:blocked\\)|^blocked$|<a>:blocked'],
  },
  {
    name: 'netease-block',
    means: 'block',
    match: [
      '\\bhl:(?:ipb|ihu|ifc|itc|rep|cip)|\\bmi:(?:ipb|sfq)|554 ip in blacklist|\\bantispam[ _]bat|ip<?\\[?.{0,24}in blacklist|your ip is in|ip[ _]control|your ip\\(.{0,24}is filtered|realip\\.naver|suspected spam ip|bounce attacks',
    ],
  },
  {
    name: 'cisco-reputation',
    means: 'block',
    match: [
      "sending mta'?s poor reputation|your access to (?:submit messages|this mail system)|sender ?base|poor reputation sender|local ct ip|ip reputation|ip temporarily blacklisted|host network not allowed|etp2\\d\\d|ers-?(?:dul|qil|rbl)|ipcheck\\.proofpoint",
      'reject(?:ed)? (?:due to|because of|for)? ?(?:low|poor|bad) (?:ip )?reputation|(?:ip|host|server|sending mta|client|network|mta)\\b[^.]{0,60}\\breputation|reputation[^.]{0,60}(?:\\bip\\b|host|server|network|client)|(?:bad|poor|low|no) (?:sender )?(?:ip )?reputation|reputation (?:is )?(?:too )?(?:low|bad|poor)|bad ip\\b',
    ],
    unless: ['sender domain|domain reputation'],
  },
  {
    name: 'gmx-policy',
    means: 'block',
    match: [
      'reject due to policy restrictions|ip address is block ?listed|bad dns ptr|nemesis esmtp service not available|connections? rejected.{0,60}policy|policy restrictions',
    ],
    unless: ['quota', 'invalid sender|spf|dmarc|header|size', 'ptr'],
  },
  {
    name: 'address-blocked',
    means: 'block',
    match: [
      "\\b(?:ip|server|servidor|serveur|direccion ip)\\b[^.]{0,30} (?:bloquead|bloccat|gesperrt|blockiert|zablokowan|заблокирован|engellen)|not welcome here|no access for this (?:ip|host|server)|ip <ip> (?:esta )?(?:bloquead|bloccat|bloque|gesperrt|заблокирован)|intrusion|no smtp service for|bad behaviou?r|(?:junk|abuse|spam|unwanted mail|complaints?) (?:seen |received |originating |coming )?from (?:<ip>|your (?:ip|host|network|server))|we (?:block|refuse|reject|do not accept|don't accept) (?:all )?(?:mail |messages |connections |e-?mail |traffic )?from (?:<ip>|this|your|that|the)|connection not authorized",
      'mail server is (?:currently )?blocked',
      '^currently sending spam|confirm this mail server|mismatches client ip|\\bgo away|invalid ip for sending mail|no access from mail server|use the smtp server of your isp|open proxy|server access forbidden by your ip|^you are sending spam|unresolvable relay host name|purported responsible address',
      "\\b(?:your|sending|originating|sender|sender's|connecting|client|source|remote|this|the|mail|from) (?:mail |smtp )?(?:ip|server|host|mta|network|range|subnet|isp|ips|server ip|machine)\\b.{0,120}\\b(?:block|reject|den(?:y|ied)|banned|bann|refus|not (?:allowed|authorized|permitted|accepted)|unsolicited|suspicious|spam|abus|restricted|prison|filtered|disallow)",
      '(?:client host|ip address|\\bip=|\\bip:|\\bip\\b|host|connection from|connections from|mail from|mails? from|access from|email from|messages? from|accepted from)(?: \\S{1,60})?[ \\[(]{1,3}<ip>.{0,120}\\b(?:block|reject|den(?:y|ied)|banned|refus|not (?:be )?(?:allowed|authorized|permitted|accepted)|spam|suspicious|policy)',
      '(?:connections?|host|server|source|network|client|ip|ip address|\\[?<ip>\\]?)\\)?(?: (?:is|has|was|are|been|will be|address))* (?:temporarily |permanently |currently )?(?:blocked|banned|denied|refused|rejected|blackholed|not accepted)\\b|blocked (?:ip|host|server|network)\\b|\\bip blocked|ip in prison|denyip|banned ip|your ip\\b.{0,40}(?:abus|attack|compromised|infected|problem)',
      'you are (?:not allowed to connect|blocked|banned|not welcome)|not allowed to (?:connect|send (?:mail|email|messages) (?:from|to us))|too many spam[s]? from|esmtp not accepting|(?:rejected|refused|blocked|denied) based on (?:geograph|country)|geoip|geographical|your country|from your (?:country|ip|network|host|server|isp)|unauthenticated mail not allowed from this range|bypassing (?:your )?(?:isp|service provider)|not allowed to send (?:mail|email) (?:from|for)|connection (?:was )?(?:refused|rejected|blocked|denied|dropped)(?: by policy| due to| for policy|\\.)|(?:mail|email) from <ip>|your (?:mail )?(?:system|server|host|ip|network)[^.]{0,60}(?:sending|sends|sent|source of) (?:spam|unsolicited|junk|viruses)|abuse from|access denied[^.]{0,30}(?:ip|host|\\[<ip>)|client host rejected: access denied|host access denied|client rejected|blocked by (?:the )?(?:firewall|network|administrator)|you sent too many|sent too many e-?mails|spam source|spammer|spamming (?:host|server|ip)|spam(?:ming)? from your',
    ],
    unless: [
      'try again slower|socket error|message expired|too much mail|too many sessions',
      'permanently rejected message',
      'pipelining',
      '^connection refused$',
      'destination server rejected|detected your message as spam|detected as spam',
      '(?:unable to connect|could not connect|connect to).{0,100}connection refused|: connection refused|recipient address|your account|spamassassin|identified spam|helo|ehlo|url|link|spf|dkim|dmarc|cannot find|reverse|ptr|relay access|too many (?:connections|concurrent|recipients)|concurrent|simultaneous|rate|virus|authenticat|size',
      'temporarily reject|message content|content of|sender domain|from domain|not allowed to send mail (?:from|for) [a-z0-9-]+\\.[a-z]|mailbox (?:is )?unavailable.{0,20}user|name server|greylist|graylist|grey|frequency|limit',
    ],
  },
]

export const SETUP_RULES: readonly ClassifyRule[] = [
  {
    name: 'reverse-dns',
    means: 'wrong-setup',
    match: [
      '\\bptr\\b|\\brdns\\b|reverse[ -]?(?:dns|hostname|host|lookup|mapping|name|resolution|ip|address|entry|record)|(?:cannot|can not|could not|unable to|failed to) (?:find|resolve|reverse|lookup)[^.]{0,40}(?:host ?name|<ip>|ip|client|address)|cannot find your|hostname (?:is )?(?:not found|invalid|mismatch|does not)|ip name lookup failed|ip name possibly forged|no (?:host ?name|reverse)|forward[ -]confirmed|fcrdns|invalid (?:reverse|rdns)|does not resolve to|unresolv(?:able|ed) (?:host|ip|hostname|client)|fix (?:your )?reverse|unverifyable sending ip',
      'dynamic|dial-?up|residential|generic (?:r?dns|hostname|ptr|reverse)|dul\\b|not have a static',
    ],
    unless: [
      'following domain',
      'relaying denied|several antispam checks|content|uri|dynamic content|recipient address rejected: (?:user|undeliverable)',
    ],
  },
  {
    name: 'helo',
    means: 'wrong-setup',
    match: [
      'name was rejected|^invalid domain name',
      '\\b(?:helo|ehlo)\\b.{0,80}(?:reject|invalid|not found|does not|denied|forged|fake|bogus|bad|spoof|unresolv|mismatch|need fully|require|not match|syntax|hijack|own|us|local|refused|block)|(?:invalid|bad|forged|bogus|fake|need|rejected|no|malformed|missing|polite).{0,30}(?:helo|ehlo)|helo=.{0,80}(?:reject|refused)',
    ],
    unless: ['spf|several antispam', 'lookup failed.{0,20}try again'],
  },
]

export const SENDER_RULES: readonly ClassifyRule[] = [
  {
    name: 'authentication-failed',
    means: 'authentication',
    match: [
      "dmarc|dkim|\\bspf\\b|sender policy framework|openspf|unauthenticated (?:email|mail|message|sender)|does(?: not|n't) (?:pass|meet)[^.]{0,40}authentication|authentication (?:checks?|information|level|results?|requirements?)|sender authentication|not authenticated|sender ?id|arc fail|unauthenticated|is not allowed to send (?:mail|email) (?:from|for)|not (?:authorized|permitted|allowed) to send (?:mail|messages|email)?(?: )?(?:from|for|on behalf|as)|message failed (?:dmarc|spf|dkim)|rejected by (?:the )?(?:sender|domain)[^.]{0,20}policy|lpn007_517|etp205|domain of \\S{1,60} does not designate|anti-?spoof|spoof|impersonat|forged|forgery|sender address forgery",
    ],
    unless: ['spf timeout|(?:scoring|several antispam)', 'forged rcpt|possibly forged', 'helo'],
  },
  {
    name: 'login-wanted',
    means: 'authentication',
    match: [
      'authorized users only|requires authentication',
      'auth failed',
      'only allowed with authentication',
      'authentication (?:is )?(?:required|failed|credentials|needed|unsuccessful|rejected|not enabled|disabled|exchange|mechanism)|must authenticate|auth(?:entication)? (?:first|required|needed)|please (?:authenticate|log ?in|login)|client was not authenticated|smtp auth|auth login|pop before smtp|must (?:be )?(?:log|authenticated)|username and password|invalid credentials|need(?:s)? authenticat|not logged in|authorization required|submission.{0,30}587|5[38]7 port',
    ],
    unless: ['credits exceeded', 'to relay|local user only', 'for relay', 'recipient address rejected: user|relaying denied'],
  },
  {
    name: 'tls-wanted',
    means: 'policy',
    match: [
      'starttls|(?:tls|ssl|encryption|encrypted)[^.]{0,40}(?:required|needed|must|mandatory|only|not)|(?:must|require|needs?|issue)[^.]{0,30}(?:tls|ssl|encrypt)|rejecting plaintext|session encryption',
    ],
    unless: ['not available due to|not offered by', 'certificate.{0,20}expired'],
  },
  {
    name: 'relay-denied',
    means: 'relay',
    match: [
      'local user only|delivery is not allowed to this address|rejected: no-domain',
      'not a gateway',
      'send to a non-?local (?:e-?mail )?address|non-local address',
      "relay(?:ing)?(?: mail| access| to| of|-)?[^.]{0,40}(?:den(?:y|ied)|not (?:allowed|permitted|accept|authorized|possible|supported)|prohibited|reject|refused|disabled|not local|blocked|forbidden|unauthori[sz]ed|closed|restricted|failed|attempt)|(?:unable|not|no|cannot|can't|won't|don't|denied|disallow|forbidden|refus\\w*|unauthorized|do not|not permitted to|not allowed to|we do|as a|open|prohibit\\w*|allowed to)[^.]{0,30}\\brelay|unable to relay|relaying|\\brelay\\b|rcpthosts|validrcptto host|not (?:a )?local (?:domain|host|or gateway)|not (?:in )?our (?:local )?domain|not hosted|isn't in my list|does not (?:host|handle|service)|we do not (?:handle|accept|host)|not (?:a )?(?:permitted|accepted|allowed|local|relay|valid|served) domain|domain(?: [a-z0-9-]{1,63}\\.\\S{1,80})? (?:is )?not (?:allowed|accepted|local|here|hosted|configured|valid|handled|known|in|served|found here)|mail server (?:does not|is not)[^.]{0,30}(?:domain|this)|(?:does not|doesn't|do not|don't) accept (?:e-?mail|mail|messages) (?:for|to)|mail (?:to|for) \\S{1,80} (?:is )?not (?:accepted|handled)|no such domain at this|domain isn't|not (?:responsible|configured|authoritative) for|tenantattribution|wrong (?:mx|server)|unknown (?:local|relay) domain|not configured to let|transit(?: of mail)? is not|destination domain (?:is )?not|not the mx|domain not (?:supported|listed)|desconoce el dominio",
    ],
    unless: [
      'list of allowed recipients|handle mail for that user|attachment|from domain',
      'unresolvable relay host',
      'temporar',
      'relay[ =]\\[?<ip>|relays?\\.|relay=',
      'spam(?:[^m]|$)|sender domain|reverse|block ?list|blacklist',
      'recipient (?:address )?rejected: (?:user|unverified|no such)|user unknown|unknown user',
    ],
  },
  {
    name: 'sender-refused',
    means: 'policy',
    match: [
      'sender email is not in|mismatched with message header|envelope from and header from mismatch|verify mailfrom failed',
      '(?:from|sender) address not verified',
      'no access for this (?:user|sender|domain)|must resolve$|badsendermx|without a valid sender domain|valid-address-filter|senderfilterconfig|empty email address|fully qualified email address required|outgoing mail suspension|outgoing mail from .{1,80} (?:is|has been) suspended|invalid (?:dns )?mx|not a registered gateway user|from not owned by|from a different address or alias|sender domain is empty',
      'sender\\b.{0,80}(?:reject|denied|invalid|unknown|does ?n.t exist|not exist|verif|refus|malformed|not found|disallow|not (?:allowed|permitted|accepted|authorized|local|valid|resolv|whitelist)|unresolvable|bad|mismatch|missing|has (?:no|null)|no mx|nondeliverable|undeliverable|incorrect|not.{0,12}list|domain must)',
      '(?:reject|denied|invalid|unknown|bad|refus\\w*|malformed|unverified|illegal|wrong|forbidden|cannot (?:verify|resolve|find|accept)|could not verify|verify)\\b.{0,30}\\b(?:sender|envelope from|mail from|return path|from address|from domain|from header|from field)',
      '(?:from|envelope|mail from|return[ -]path|reverse[ -]path|mailfrom|from:?|header from)[ :]{0,2}(?:address|domain|header|field|<a>|<>)?[^.]{0,40}(?:reject|invalid|malformed|refused|not (?:allowed|permitted|valid|exist|resolv|found|accept)|syntax|does not|denied|empty|no mx|unresolv|missing|is not)|domain of sender|your (?:sender )?(?:e-?mail )?(?:address|domain)[^.]{0,60}(?:not (?:exist|resolv|valid|found|allowed|accept)|reject|invalid|does not|refused|denied)|(?:null|empty|blank) (?:sender|envelope|return|from)|sender-?id|\\bbatv\\b|backscatter|bounces? (?:not|are not)|mail from (?:domain )?(?:must|is)|emetteur|expediteur|mittente|absender|remitente|remetente|nadawc',
      "rejected because of (?:the )?sender|you are not (?:authori[sz]ed|allowed|permitted) to send|not (?:authori[sz]ed|allowed|permitted) to send|(?:sender|return) address|your domain (?:does not|doesn't|is not|has no)|sending address not accepted|domain may not exist|return path",
    ],
    unless: [
      'sender should|from the sender|spam|sender.{0,20}not pre-approved|to the sender|back to sender|returned to sender|sender notif',
      'recipient address rejected: (?:user|undeliverable|no such)',
      '\\brate\\b|too many|limit|exceed|sender: the',
    ],
  },
]

export const FILTER_RULES: readonly ClassifyRule[] = [
  {
    name: 'restricted-recipient',
    means: 'filter',
    unless: ['sizelimit'],
    match: [
      '(?:delivery|sending|posting|mail|messages) to (?:this|the) (?:address|recipient|mailbox|group|user|list) is (?:restricted|limited)|non-member to|not member article from|closed mailing list|number of posts without solving',
      'resolver\\.rst|rst\\.(?:auth|notauth)|notauthorized|not authorized to send (?:mail )?to (?:this|the)|restrict(?:ed|ions?)?\\b.{0,40}(?:recipient|sender|group|list|distribution)|(?:only|members?)[^.]{0,40}(?:members?|subscribers?|authorized|internal|inside)[^.]{0,30}(?:can|may|allowed|send|post)|posting (?:to this list|restricted)|moderat|closed list|subscribers? only|not subscribed to|not (?:a )?(?:subscriber|member of (?:this|the) list)|internal (?:use )?only|permission to (?:send|post)|delivery not authorized|group (?:<a> |only|does|is|may)|distribution list|recipient only accepts|only accepts (?:mail|messages|email) from|authenticated senders only|external senders',
    ],
  },
  {
    name: 'recipient-filter',
    means: 'filter',
    match: [
      'user rejects? (?:the|this) mail|only accepts? mail from known',
      'account is protected by|restricted sms e-?mail|user reject$|accepting mail with (?:attachments|embedded)',
      "blocked by (?:the |this )?(?:recipient|user|addressee|customer|receiver)|(?:recipient|user|addressee|receiver)[^.]{0,40}(?:does not (?:want|accept|wish)|doesn't (?:want|accept)|refuse[sd]?|rejects\\b|has (?:blocked|rejected|refused|denied)|denied|not accepting|blocked you|no longer wants|won't accept|is not accepting|does(?: not|n't) (?:\\S{1,20} )?(?:want|wish to receive)|definitively does not want|only accept|will not accept)|rejected by (?:the |this )?(?:recipient|user|addressee|receiver)|user entry|blocked sender|personal (?:black|block|filter)|user(?:'s)? (?:filter|black|block|rule)|refused by (?:the )?(?:recipient|user)|receiver denied|mail is rejected by recipient|envelope blocked|not (?:on|in) (?:the |his |her |my |our )?(?:white|allow|safe|approved|buddy|contact)|whitelist|allow ?list|recipient not allowed|sender not (?:allowed|on)|friends list|address book|recipient (?:has )?(?:chosen|configured)|does not accept mail from|not accept(?:ing)? (?:mail|messages|e-?mail) from|accept(?:s)? mail only|blocklisted by recipient|blacklisted by (?:the )?recipient|rdeny|known senders only|unwanted (?:mail|sender)",
    ],
    unless: [
      'address rejected: access denied',
      'whitelist (?:your|the) ip|confirmation|unsolicited|spam',
      'address book\\.? (?:entry )?not|user (?:unknown|not)|not listed in',
    ],
  },
]
