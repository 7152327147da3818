// Rules about the receiver's trouble, limits and the way there. Data: every one has real replies in test/fixtures/replies/.
import type { ClassifyRule } from './meanings.ts'

export const LIMIT_RULES: readonly ClassifyRule[] = [
  {
    name: 'unverified-recipient',
    means: 'unverified',
    match: [
      'could not complete sender verify',
      'unverified (?:recipient )?address|recipient address rejected: unverified|address verification in progress|unable to verify (?:user|recipient|address)|could not complete (?:recipient|sender)? ?verif|(?:recipient|address|user) (?:could not|cannot|can not) be (?:verified|checked) (?:at this time|temporar|now)|temporar\\w+ (?:unable|failure)[^.]{0,30}verif|verification (?:in progress|temporar)|unable to validate recipient|could not load drd',
    ],
    unless: ['sender address'],
  },
  {
    name: 'greylist',
    means: 'greylist',
    match: [
      'gr[ea]y-? ?list|postgrey|sqlgrey|milter-greylist|\\bgreyl|deferred (?:for|due to) grey|gr[ea]y\\b.{0,12}(?:defer|list|trap)|grey defer|please (?:try|retry|come back|resend) (?:again )?(?:in |after )\\d+|wait (?:\\d+|a few) ?(?:seconds|minutes|more)|first (?:time|seen|encounter)|new (?:sender|mail server|triplet|ip|contact)[^.]{0,40}(?:try|retry|later|wait)|come back later|internal resource[s]? (?:is |are )?temporarily unavailable|rechazo temporal|try again in|retry in \\d|in \\d+ (?:seconds|minutes|secs|mins)|prescreen',
    ],
    unless: ['rate limit|too many|concurrent|quota|limit exceeded|busy', 'blocked for'],
  },
  {
    name: 'per-recipient-rate',
    means: 'rate',
    match: [
      'receiving (?:mail|email|messages) (?:at a rate|too (?:quickly|fast|many))|(?:recipient|user|mailbox|account)[^.]{0,40}(?:too many messages|too much (?:mail|email)|too quickly|receiving limit|rate limit)|received too many messages|over its receiving|recipient (?:is )?(?:receiving|rate)|messages too (?:quickly|fast)|mailbox unavailable or access denied',
    ],
  },
  {
    name: 'too-many-connections',
    means: 'connections',
    match: [
      'too many (?:concurrent |simultaneous |smtp |open |parallel |tcp |active |current |existing |client |session |incoming |inbound |established |sustained )*(?:connections?|sessions?|smtp|sockets|processes)|concurren(?:t|cy)|simultaneous|connection (?:limit|rate|count|frequency)|max(?:imum)? (?:number of )?(?:\\w+ ){0,3}(?:connections?|sessions)|connections? (?:per|from your|from this)[^.]{0,40}(?:limit|exceed|too)|trop de connexions|number of (?:concurrent |simultaneous )?connections|max connections|zu viele verbindungen|demasiadas conexiones|connection[s]? limit|limit[^.]{0,20}connections|connecting too|session limit|slots|parallel|(?:connections?|sessions?) (?:from|per) (?:one|a single|your|this|each)|(?:ofr|lpn)\\w{0,4}_104',
    ],
    unless: ['user unknown|does not exist|messages? per connection'],
  },
  {
    name: 'rate',
    means: 'rate',
    match: [
      'credits exceeded|try again slower',
      'unusual (?:number of )?invalid recipients',
      '\\b(?:rate|frequency|throughput|volume|quota|message|daily|hourly|sending|mail|recipient|smtp|ip|send|email)s?[ -]?(?:rate |frequency )?(?:limit(?:ed|ing|s|ation)?|control|threshold)\\b|rate ?-?limit|throttl|\\btoo (?:many|much) (?:(?:invalid|unknown|bad|wrong|failed|unsuccessful|different|such|new|e-?mail|mail|smtp|spam|error|nonexistent|non-existent|local|valid|outgoing|junk|rejected|recent) ?)*(?:messages?|mails?|e-?mails?|recipients?|rcpts?|errors?|commands?|users|addresses|failures?|requests?|attempts|transactions|bad|unknown|hops? per|syntax|traffic|load|junk|invalid|bounces)|too (?:fast|quickly|frequently|often)|frequency limited|excessive (?:volume|number|rate|amount|message|traffic|connect)|(?:sending|sent|send) (?:too )?(?:many|much|high)|exceed\\w*[^.]{0,50}(?:rate|limit|per (?:hour|day|minute|connection|session)|number of (?:messages|recipients|emails|rcpt)|quota|maximum|allowed|threshold)|(?:limit|quota|maximum)[^.]{0,40}(?:exceeded|reached|hit)|max(?:imum)? (?:number of )?(?:messages?|recipients|rcpts?|emails?|mails?)|login attempts|messages? per (?:connection|session|hour|minute|day)|slow down|slowdown|you send too|unusual rate|high volume|volume of (?:mail|email|messages)|queue quota|recipients per|try (?:again )?(?:sending )?slower|daily (?:smtp )?(?:relay |sending )?(?:quota|limit)|sender rate|mail volume|unexpected volume|traffic (?:from|limit)|volume exceed|temporarily (?:rate|throttl)|flood|burst',
    ],
    unless: [
      'attachment count|spamassassin|spam score',
      'mail ?box (?:is )?(?:full|size|quota)|user(?: is)? over|message size|size limit|line limit|hop|blacklist|blocklist|too many (?:hops|received)',
    ],
  },
  {
    name: 'deferred-reputation',
    means: 'rate',
    match: [
      'temporarily (?:deferred|blocked|rejected|suspended|refused|throttled|denied|blacklisted|delayed)[^.]{0,60}|deferred[^.]{0,40}(?:reputation|complaint|volume|policy|spam)|rp-00[1-3]|unusual (?:activity|traffic)',
    ],
    unless: ['greylist|grey|mailbox|recipient|account|user|delivery temporarily suspended'],
  },
]

export const TROUBLE_RULES: readonly ClassifyRule[] = [
  {
    name: 'loop',
    means: 'loop',
    match: [
      'points? back to|lowest numbered mx',
      '\\b(?:mail |routing |forwarding |e-?mail |message |delivery )?loop(?:s|ing|ed)?\\b(?: back| detected| to myself|ing|:)?|too many hops|hop ?-?count|max(?:imum)? hop|too many received|hops? exceeded|forwards to itself|local configuration error|looping|mail for \\S{1,80} loops|config error: mail loops|delivered-to|hop limit',
    ],
    unless: ['loopback'],
  },
  {
    name: 'expired',
    means: 'expired',
    match: [
      "in the queue too long|queue too long|retry (?:timeout|time) (?:exceeded|not reached for any host after)|(?:delivery|message|queue|retry|time|mail|maximum|max)[- ]?(?:time|timeout|period|lifetime|duration)?[- ]?(?:expired|exceeded)|delivery time expired|deadline exceeded|message expired|expired (?:in queue|after|message)|could not be delivered (?:for|within|after) (?:\\d|more|several|the)|(?:undelivered|undeliverable|queued|been in|tried|trying|not delivered)[^.]{0,40}(?:for (?:more than |over )?)?\\d+(?:\\.\\d+)? ?(?:hours?|days?|minutes?|h\\b|d\\b)|giving up(?: after)?|maximum-time-expired|been too long|tiempo de entrega vencido|over (?:four|five|\\d+) days|(?:tagen|stunden|stunde) (?:nicht )?zugestellt|too old|delivery (?:attempts?|period)[^.]{0,20}(?:expired|exceeded|failed)|no longer be retried|max retries|unable to deliver[^.]{0,40}(?:within|after \\d)|i'm not going to try again; this message has been in the queue",
    ],
    unless: ['certificate|account|mailbox|password|domain (?:has )?expired|timeout exceeded waiting|quota|size'],
  },
  {
    name: 'network',
    means: 'network',
    match: [
      '^connection refused|unreachable for too long|any mail ?hosts? reach',
      "connection (?:timed out|refused|reset|lost|closed|dropped|failed|timeout|died|was (?:dropped|closed|reset)|attempts? failed|terminated|to [^.]{0,60}(?:failed|timed|refused|lost)|broken|aborted)|(?:timed|time) out|timeout|no route to host|network (?:is )?unreachable|host (?:is )?(?:unreachable|down|not responding|unresponsive)|lost connection|unable to (?:connect|contact|establish|reach)|could not (?:connect|contact|establish|reach)|clos(?:ed|ing) the connection|(?:can ?not|can't|couldn't|failed to|unable) (?:to )?(?:connect|establish|reach|contact|negotiate)|wasn't able to establish|establish an smtp connection|not responding|did not respond|no responde|ne repond pas|non risponde|nao responde|antwortet nicht|no answer from|no response|i/o error|broken pipe|remote host (?:said|closed|refused)|protocol error|bad connection|socket|network error|conversation with [^.]{0,60}(?:timed|lost|failed)|unexpected (?:disconnect|response|eof)|hung up|server dropped|verbindung|tls (?:handshake|negotiation)|handshake|certificate|no hosts? (?:available|found to)|all hosts.{0,100}failing|communication problem|no route found|requests? to connect|no mx hosts? reachable|was not offered by host|deferred: ",
    ],
    unless: ['spamhaus|block|user|recipient address|policy|in queue|queue too long'],
  },
  {
    name: 'name-service',
    means: 'network',
    match: [
      'name (?:service|server)|name ?server|dns (?:error|failure|problem|timeout|server|lookup|temp|loop|soft|query|resol)|servfail|temporary (?:dns|lookup|name|resolv)|(?:lookup|resolution|resolv\\w*)[^.]{0,40}(?:fail|error|tempor|timed|incomplete)|host not found, try again|find any host by that name|try again.{0,20}name|host lookup|soft dns|malformed',
    ],
    unless: ['sender|reverse|helo|type=\\w{1,4}: host not found$'],
  },
  {
    name: 'busy',
    means: 'busy',
    match: [
      '\\bbusy\\b|overload|load (?:average )?(?:is )?too high|system load|high load|insufficient (?:system )?(?:resources|memory|storage)|(?:system|server|service|resources?|mail system|mail server|host)[^.]{0,30}(?:temporarily )?(?:unavailable|not available|shutting down|not accepting|maintenance|down|offline|stopped|out of|full|busy)|out of (?:memory|resources|disk|storage|space)|low on|not enough (?:disk|memory|storage|space|resources)|insufficient (?:disk|space)|no space|disk full|maintenance|not accepting (?:network )?(?:messages|mail|connections)|service (?:currently )?(?:unavailable|not available|shutting)|resources? (?:temporarily )?(?:unavailable|exhaust|exceed)|server (?:is )?(?:busy|unavailable|out of)|too busy|queue (?:is )?(?:full|too)|esmtp not accepting|temporarily out|not available now|system not accepting|backlog|congest|\\battr\\d',
    ],
    unless: ['user|mailbox (?:is )?unavailable|recipient|blocked|client host|block ?list|spam'],
  },
  {
    name: 'receiver-error',
    means: 'trouble',
    match: [
      'cannot store|maildir delivery|new email file|errno=|homedir creation|dot-lock',
      "queue file write|no mdb|can't create (?:user )?output|cannot create (?:user )?output",
      "(?:internal|local|system|server|configuration|config|processing|software|database|sql|ldap|lda|backend|i/o|disk|queue|file|filter|milter|scanner|storage|content filter|delivery|directory|lookup|temporary|temp|unexpected|unknown|general|transient|virtual|transport|script|program|undefined|recipient server)[ -](?:server |system |mail |delivery |lookup |local |host |configuration |processing |transport |routing )*(?:error|failure|problem|fault|crash|exception|trouble|misconfig|failed|unavailable)|mis-?configur|cannot (?:open|create|write|lock|append|update|access|chdir|find)|can't (?:open|create|write|lock|access|find|chdir)|unable to (?:open|create|write|lock|append|access|process|complete|accept|deliver (?:to|this|your|mail)? ?(?:at|now)|lookup|queue)|permission denied|read-?only|failed to (?:open|create|write|process|queue|be replicated|lookup|deliver|establish)|could not (?:open|create|write|process|lock|load|be completed|complete)|command (?:died|failed|output)|exit (?:status|code)|uid \\d|no such file|not a directory|error (?:in|while|writing|opening|reading|processing|during)|segmentation|timed out while|unavailable temporarily|temporarily unavailable|temporary (?:error|failure|problem|condition|rejection|unavailable|local|server|system|delivery)|temporal|technical (?:problem|difficult)|backend|aliasing|lmtp|wrong office 365 region|antivirus|mail system|program|storage",
    ],
    unless: ["this user doesn't have|find user's mailbox", 'spam|block|policy|denied (?:for|by) |reject', 'user unknown|does not exist'],
  },
  {
    name: 'try-later',
    means: 'greylist',
    match: [
      '(?:try|retry|resend|send|again|come back|re-?try|attempt)[^.]{0,30}(?:again )?(?:later|shortly|soon|in a (?:few|while|moment)|after|another time)|try again|please retry|please try|later|temporarily|spater|mas tarde|plus tard|piu tardi|mais tarde|pozniej|позже|稍后|しばらく',
    ],
    unless: ["do not retry|do not try|don't retry|later than", 'blocked|policy'],
  },
]

/** What commands say that came out of order, or what is left where everything else failed. */
export const PROTOCOL_RULES: readonly ClassifyRule[] = [
  {
    name: 'no-recipients-left',
    means: 'protocol',
    match: [
      'no valid recipients$|no valid recipients[^,]|no recipients|need rcpt|must (?:have|send) (?:a )?rcpt|rcpt (?:first|command|to first)|no valid rcpt|no message collected',
    ],
  },
  {
    name: 'protocol',
    means: 'protocol',
    match: [
      'bad sequence|command (?:not (?:implemented|recogni[sz]ed|supported|understood|allowed)|unrecogni[sz]ed|rejected|unknown|disabled|order)|(?:unrecogni[sz]ed|unknown|invalid|unimplemented|bad|unsupported|improper|illegal) (?:command|option|parameter|smtp|use|argument|verb|pipelining)|syntax error|need (?:mail|helo|rcpt|data)|out of (?:sequence|order)|pipelining|parameter[^.]{0,30}(?:not|unrecogni|invalid)|protocol (?:error|violation|restriction)|not implemented|synchroni[sz]ation|nested mail|cannot decode',
    ],
  },
]

export const POLICY_RULES: readonly ClassifyRule[] = [
  {
    name: 'policy',
    means: 'policy',
    match: [
      'politik|politica|politique|richtlinie|политик|no permit\\b|mail server permanently rejected message|bounced by administrator|rejected by rule',
      'polic(?:y|ies)|administrative(?:ly)? (?:prohibit|denied|reject|block|refus)|admin(?:istrator)?[^.]{0,20}(?:prohibit|block|denied|reject)|prohibited|transport\\.rules|rejected by (?:organi[sz]ation|administrator|system|server|rule|the (?:server|system|administrator|organi[sz]ation))|not (?:authorized|permitted|allowed)|unauthori[sz]ed|access (?:is )?(?:denied|refused)|access denied|rejected for|refused by|security (?:reason|policy|filter|setting)|permission|local (?:policy|rule)|message (?:refused|denied|blocked)|transaction (?:failed|rejected|refused|denied)?[^.]{0,20}(?:refused|denied|polic)|mail (?:refused|denied|blocked|rejected)|(?:e-?mail|mail|message) (?:has been |was |is )?(?:refused|rejected|blocked|denied|not accepted)|blocked|rejected by|you are not|refused',
    ],
    unless: ['user unknown|each of the following recipients'],
    replyClass: 5,
  },
]

export const AUTO_REPLY_RULES: readonly ClassifyRule[] = [
  {
    name: 'auto-reply',
    means: 'auto-reply',
    match: [
      'out of (?:the )?office|automatic(?:ally)? (?:reply|response|generated (?:reply|response))|auto-?(?:reply|response|responder|matische antwort)|abwesenheit|vacation|on (?:holiday|leave)|reponse automatique|absence du bureau|fuera de la oficina|respuesta automatica|resposta automatica|risposta automatica|autoreply|automatische antwort|afwezig',
    ],
    unless: ['delivery (?:fail|status)|undeliver|mailer-daemon|could not be delivered'],
  },
]
