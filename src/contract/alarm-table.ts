// Alarms: what the server watches by itself, from how much on and how long it is told, what that means and what to do. All are on as
// shipped; each may be changed, silenced and tried, in all or for one subject (a site, a source, a domain).
import type { Ms } from '../base/brand.ts'

export interface AlarmTerms {
  /** In the unit of the alarm. */
  readonly threshold: number
  /** It fires when it was so for that long. */
  readonly for: Ms
}

export const ALARM_SEVERITIES = ['critical', 'warning'] as const
export type AlarmSeverity = (typeof ALARM_SEVERITIES)[number]

/** `time` in milliseconds; `yes`: it is so or not, 1 or 0. */
export type AlarmUnit = 'time' | 'count' | 'share' | 'times' | 'days' | 'yes'

interface Alarm extends AlarmTerms {
  readonly severity: AlarmSeverity
  /** What each of its subjects is, in the plural; null: there is only one. */
  readonly of: string | null
  readonly unit: AlarmUnit
  /** It fires where the value is at the threshold or beyond, or below it. */
  readonly fires: 'from' | 'below'
  /** Accepting or delivering is broken: no heartbeat while it fires. */
  readonly breaks?: true
  /** What it watches, as a sentence begins with it. */
  readonly what: string
  readonly mend: string
}

const SECOND: Ms = 1000
const MINUTE: Ms = 60 * SECOND
const HOUR: Ms = 60 * MINUTE

export const ALARMS = {
  'oldest-due': {
    severity: 'warning',
    of: 'sites',
    unit: 'time',
    fires: 'from',
    threshold: HOUR,
    for: 5 * MINUTE,
    what: 'How long the oldest message that is due waits',
    mend: "'hms why DOMAIN' tells what holds it, 'hms top' what else waits.",
  },
  'no-delivery': {
    severity: 'critical',
    of: null,
    unit: 'time',
    fires: 'from',
    threshold: 5 * MINUTE,
    for: 0,
    breaks: true,
    what: 'How long nothing was delivered while ten recipients or more were accepted and due',
    mend: "'hms top' and 'hms why DOMAIN' tell what holds mail; look at port 25 to the outside, at the name servers and at block rules.",
  },
  'disk-low': {
    severity: 'critical',
    of: null,
    unit: 'times',
    fires: 'below',
    threshold: 1.25,
    for: 10 * SECOND,
    what: 'Free disk space as a multiple of the low-water mark, below which nothing is accepted',
    mend: "Free disk space; 'hms status' tells what takes it. What was accepted is safe and is delivered.",
  },
  'disk-days': {
    severity: 'warning',
    of: null,
    unit: 'days',
    fires: 'below',
    threshold: 3,
    for: 10 * MINUTE,
    what: 'Days until the disk comes to the low-water mark, as it grew in the last week, or in the last day where that is faster',
    mend: 'Keep logs or events for fewer days (logs.days, events.days), find out what waits in the queue, or take a larger disk.',
  },
  'spool-failing': {
    severity: 'critical',
    of: 'shards',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 10 * SECOND,
    breaks: true,
    what: 'A shard of the spool is full or fails',
    mend: 'Free disk space or mend the disk. Accepting goes on by itself.',
  },
  'storage-latency': {
    severity: 'warning',
    of: 'workers',
    unit: 'time',
    fires: 'from',
    threshold: SECOND,
    for: 2 * MINUTE,
    what: 'How long 99 of 100 commits to the spool take at most',
    mend: 'See what else writes to that disk, and whether it is well.',
  },
  'copies-failing': {
    severity: 'warning',
    of: 'accounts',
    unit: 'count',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'Copies of delivered mail, of an account that asks for them, that could not be kept in the last hour',
    mend: "Make room on the disk of the home, and see that the server may write in its folder kept/. The mail was delivered; copies that are missing stay so: 'hms events' tells whose.",
  },
  'milter-failing': {
    severity: 'critical',
    of: 'milters',
    unit: 'time',
    fires: 'from',
    threshold: 30 * SECOND,
    for: 0,
    what: 'How long a milter cannot be asked, or does not answer as it must',
    mend: "'hms milter ls' tells why, 'hms milter test NAME' asks it anew. Start it again, or let mail go on without it: 'hms milter set NAME --on-failure accept', 'hms milter off NAME'.",
  },
  'plugin-failing': {
    severity: 'critical',
    of: 'plug-ins',
    unit: 'share',
    fires: 'from',
    threshold: 0.1,
    for: 30 * SECOND,
    what: 'Share of the calls of a plug-in in the last minute or two that had no answer in time, or none that makes sense; all of them while it does not run',
    mend: "'hms plugin ls' tells how it does, 'hms plugin logs NAME' what it said. Mend it, give it more time or memory ('hms plugin set NAME --budget 5s'), or switch it off: 'hms plugin disable NAME'. Meanwhile its on_failure says what becomes of mail.",
  },
  'queue-memory': {
    severity: 'warning',
    of: 'workers',
    unit: 'share',
    fires: 'from',
    threshold: 0.95,
    for: 10 * MINUTE,
    what: 'Share of spool.memory that messages on their way take',
    mend: "Nothing is lost, but mail waits on disk only: 'hms top' tells which site holds most. Raise spool.memory where there is room.",
  },
  'worker-restarts': {
    severity: 'warning',
    of: 'workers',
    unit: 'count',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'How often a worker ended unexpectedly in the last five minutes',
    mend: "Its last lines in the server's log tell why it ended.",
  },
  'worker-silent': {
    severity: 'critical',
    of: 'workers',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 20 * SECOND,
    breaks: true,
    what: 'A worker does not answer',
    mend: 'It starts, or is started again by itself; its log tells more.',
  },
  'resolver-failing': {
    severity: 'critical',
    of: null,
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 10 * SECOND,
    breaks: true,
    what: 'No name server answers',
    mend: 'See whether those of dns.servers, or else of /etc/resolv.conf, run and can be reached. Mail waits meanwhile.',
  },
  'backup-late': {
    severity: 'warning',
    of: null,
    unit: 'times',
    fires: 'from',
    threshold: 1.5,
    for: MINUTE,
    what: 'Age of the newest backup that the server made, as a multiple of backup.every',
    mend: "'hms backup --scheduled' makes one now and says what is in the way.",
  },
  'backup-unverified': {
    severity: 'warning',
    of: null,
    unit: 'time',
    fires: 'from',
    threshold: 24 * HOUR,
    for: MINUTE,
    what: 'How long ago the newest backup that the server made was written without having been read again to its end',
    mend: "'hms backup verify FILE' reads it and says what is wrong with it.",
  },
  'certificate-ending': {
    severity: 'warning',
    of: 'certificates',
    unit: 'days',
    fires: 'below',
    threshold: 14,
    for: MINUTE,
    what: 'Days until a certificate of the listeners, or of a host of links, ends',
    mend: "Renew it; 'hms certificate' tells what is in it and, where the server orders it, why that fails.",
  },
  'certificate-changed': {
    severity: 'warning',
    of: 'certificates',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A certificate has another key than before, or cannot be read',
    mend: "Where you did that, see that TLSA records name the new key, and 'hms alarms reset certificate-changed' takes it as right.",
  },
  'dkim-record': {
    severity: 'critical',
    of: 'keys',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The DNS record of a DKIM key that signs is gone or is not its own',
    mend: "Publish it again: 'hms dkim ls' shows it.",
  },
  'spf-record': {
    severity: 'warning',
    of: 'domains',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The SPF record of a sender domain is another than before, or gone',
    mend: "Publish it again, or take the new one as right: 'hms alarms reset spf-record --subject DOMAIN'.",
  },
  'ptr-record': {
    severity: 'warning',
    of: 'addresses',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The name of an address that mail leaves from (PTR) is another than before, or gone',
    mend: "Ask whoever gave you the address, or take the new one as right: 'hms alarms reset ptr-record --subject ADDRESS'.",
  },
  'mx-record': {
    severity: 'critical',
    of: 'domains',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The MX of a domain that bounces come back to is another than before, or gone',
    mend: "Publish it again, or take the new one as right: 'hms alarms reset mx-record --subject DOMAIN'.",
  },
  'source-listed': {
    severity: 'critical',
    of: 'sources',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A blocklist names an address that mail leaves from',
    mend: "Find out what was sent from it ('hms events'), stop that, and ask the list to take it off.",
  },
  'sender-refused': {
    severity: 'critical',
    of: 'domains',
    unit: 'count',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'Recipients whose provider refused mail of a domain since it does not prove itself (5.7.515 of Microsoft, 5.7.26 of Gmail)',
    mend: "'hms domain check DOMAIN' tells which record is missing or wrong.",
  },
  brake: {
    severity: 'warning',
    of: 'accounts',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A brake holds an account',
    mend: "'hms account show ID' tells why; 'hms account state ID active' lets its mail go.",
  },
  'way-dead': {
    severity: 'warning',
    of: 'ways',
    unit: 'time',
    fires: 'from',
    threshold: 5 * MINUTE,
    for: 0,
    what: 'How long nothing could be told by a way that alarms leave by, such as the webhook',
    mend: "'hms alerts test' tries all ways; the log says what is in the way of this one.",
  },
  'webhook-dead': {
    severity: 'warning',
    of: 'webhooks',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A webhook took nothing for three days, or answered that it is gone: nothing is posted to it any more',
    mend: "'hms webhook show ID' tells why. When it is mended, 'hms webhook resume ID' tells it all that it has missed.",
  },
  'clock-off': {
    severity: 'warning',
    of: null,
    unit: 'time',
    fires: 'from',
    threshold: 30 * SECOND,
    for: MINUTE,
    what: "How far this machine's clock is off by time servers, chronyd or the servers that alerts and heartbeats go to, or was set in the last ten minutes",
    mend: 'Let chrony, ntpd or systemd-timesyncd keep the time: signatures, tokens and schedules go by it.',
  },
  'clock-unkept': {
    severity: 'warning',
    of: null,
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: HOUR,
    what: "Nothing keeps this machine's clock: the system says that it is not synchronised",
    mend: "Let chrony, ntpd or systemd-timesyncd keep the time. Where its host does, switch this off: 'hms alarms off clock-unkept'.",
  },
  trouble: {
    severity: 'warning',
    of: 'matters',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 10 * SECOND,
    what: "Whatever else 'hms status' shows as ALERT",
    mend: "'hms status' shows each with what to do.",
  },
} as const satisfies Record<string, Alarm>

export type AlarmName = keyof typeof ALARMS
export const ALARM_NAMES = Object.keys(ALARMS) as readonly AlarmName[]
