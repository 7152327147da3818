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
    what: 'Age of the oldest message that is due',
    mend: "'hms why DOMAIN' shows what holds it back, 'hms top' what else is queued.",
  },
  'no-delivery': {
    severity: 'critical',
    of: null,
    unit: 'time',
    fires: 'from',
    threshold: 5 * MINUTE,
    for: 0,
    breaks: true,
    what: 'Time without a delivery while at least ten recipients were accepted and due',
    mend: "'hms top' and 'hms why DOMAIN' show what holds mail back; check outbound port 25, the name servers and block rules.",
  },
  'disk-low': {
    severity: 'critical',
    of: null,
    unit: 'times',
    fires: 'below',
    threshold: 1.25,
    for: 10 * SECOND,
    what: 'Free disk space as a multiple of the low-water mark, below which nothing is accepted',
    mend: "Free disk space; 'hms status' shows what uses it. Mail already accepted is safe and is delivered.",
  },
  'disk-days': {
    severity: 'warning',
    of: null,
    unit: 'days',
    fires: 'below',
    threshold: 3,
    for: 10 * MINUTE,
    what: 'Days until the disk reaches the low-water mark at the growth rate of the last week, or of the last day if faster',
    mend: 'Keep logs or events for fewer days (logs.days, events.days), find out why the queue grows, or use a larger disk.',
  },
  'spool-failing': {
    severity: 'critical',
    of: 'shards',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 10 * SECOND,
    breaks: true,
    what: 'A shard of the spool is full or failing',
    mend: 'Free disk space or fix the disk. Mail is then accepted again automatically.',
  },
  'storage-latency': {
    severity: 'warning',
    of: 'workers',
    unit: 'time',
    fires: 'from',
    threshold: SECOND,
    for: 2 * MINUTE,
    what: 'Time of commits to the spool, p99',
    mend: 'Check what else writes to that disk, and whether the disk is healthy.',
  },
  'copies-failing': {
    severity: 'warning',
    of: 'accounts',
    unit: 'count',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'Copies of delivered mail that could not be stored in the last hour, for an account with kept copies',
    mend: "Free disk space, and make sure that the server can write to kept/ in its data directory. The mail was delivered, but missing copies cannot be made later: 'hms events' shows which.",
  },
  'milter-failing': {
    severity: 'critical',
    of: 'milters',
    unit: 'time',
    fires: 'from',
    threshold: 30 * SECOND,
    for: 0,
    what: 'Time for which a milter has been unreachable, or has not answered as the protocol demands',
    mend: "'hms milter ls' shows why, 'hms milter test NAME' tries it again. Restart it, or let mail pass without it: 'hms milter set NAME --on-failure accept', 'hms milter off NAME'.",
  },
  'plugin-failing': {
    severity: 'critical',
    of: 'plug-ins',
    unit: 'share',
    fires: 'from',
    threshold: 0.1,
    for: 30 * SECOND,
    what: 'Share of calls to a plug-in in the last one to two minutes that timed out or failed; all of them while it is not running',
    mend: "'hms plugin ls' shows its state, 'hms plugin logs NAME' its log. Fix it, give it more time or memory ('hms plugin set NAME --budget 5s'), or disable it: 'hms plugin disable NAME'. Until then its on_failure decides what happens to mail.",
  },
  'queue-memory': {
    severity: 'warning',
    of: 'workers',
    unit: 'share',
    fires: 'from',
    threshold: 0.95,
    for: 10 * MINUTE,
    what: 'Share of spool.memory used by messages in flight',
    mend: "Nothing is lost, but more mail has to wait on disk: 'hms top' shows which site holds most. Raise spool.memory if the server has memory left.",
  },
  'worker-restarts': {
    severity: 'warning',
    of: 'workers',
    unit: 'count',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'Unexpected exits of a worker in the last five minutes',
    mend: "Its last lines in the server's log say why.",
  },
  'worker-silent': {
    severity: 'critical',
    of: 'workers',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 20 * SECOND,
    breaks: true,
    what: 'A worker does not respond',
    mend: 'It is starting, or will be restarted automatically; see its log.',
  },
  'resolver-failing': {
    severity: 'critical',
    of: null,
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 10 * SECOND,
    breaks: true,
    what: 'No name server responds',
    mend: 'Check that the servers in dns.servers, or else in /etc/resolv.conf, are running and reachable. Mail stays in the queue until then.',
  },
  'backup-late': {
    severity: 'warning',
    of: null,
    unit: 'times',
    fires: 'from',
    threshold: 1.5,
    for: MINUTE,
    what: 'Age of the latest scheduled backup, as a multiple of backup.every',
    mend: "'hms backup --scheduled' makes one now, or says what prevents it.",
  },
  'backup-unverified': {
    severity: 'warning',
    of: null,
    unit: 'time',
    fires: 'from',
    threshold: 24 * HOUR,
    for: MINUTE,
    what: 'Age of the latest scheduled backup while it has not been verified',
    mend: "'hms backup verify FILE' verifies it and says what is wrong with it.",
  },
  'certificate-ending': {
    severity: 'warning',
    of: 'certificates',
    unit: 'days',
    fires: 'below',
    threshold: 14,
    for: MINUTE,
    what: 'Days until a certificate of a listener or a tracking host expires',
    mend: "Renew it; 'hms certificate' shows it and, if the server orders it, why the order fails.",
  },
  'certificate-changed': {
    severity: 'warning',
    of: 'certificates',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A certificate has a new key, or cannot be read',
    mend: "If you changed it, make sure that TLSA records match the new key, and accept it with 'hms alarms reset certificate-changed'.",
  },
  'dkim-record': {
    severity: 'critical',
    of: 'keys',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The DNS record of a DKIM key in use is missing or does not match',
    mend: "Publish it again; 'hms dkim ls' shows it.",
  },
  'spf-record': {
    severity: 'warning',
    of: 'domains',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The SPF record of a sender domain has changed or is gone',
    mend: "Publish it again, or accept the change: 'hms alarms reset spf-record --subject DOMAIN'.",
  },
  'ptr-record': {
    severity: 'warning',
    of: 'addresses',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The reverse DNS (PTR) of a sending IP address has changed or is gone',
    mend: "Ask the provider of the IP address, or accept the change: 'hms alarms reset ptr-record --subject ADDRESS'.",
  },
  'mx-record': {
    severity: 'critical',
    of: 'domains',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: MINUTE,
    what: 'The MX of a bounce domain has changed or is gone',
    mend: "Publish it again, or accept the change: 'hms alarms reset mx-record --subject DOMAIN'.",
  },
  'source-listed': {
    severity: 'critical',
    of: 'sources',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A sending IP address is on a blocklist',
    mend: "Find out what was sent from it ('hms events'), stop that, and request delisting.",
  },
  'sender-refused': {
    severity: 'critical',
    of: 'domains',
    unit: 'count',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'Recipients whose provider rejected mail of a domain for missing authentication (5.7.515 at Microsoft, 5.7.26 at Gmail)',
    mend: "'hms domain check DOMAIN' shows which record is missing or incorrect.",
  },
  brake: {
    severity: 'warning',
    of: 'accounts',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A brake holds an account',
    mend: "'hms account show ID' shows why; 'hms account state ID active' releases its mail.",
  },
  'way-dead': {
    severity: 'warning',
    of: 'channels',
    unit: 'time',
    fires: 'from',
    threshold: 5 * MINUTE,
    for: 0,
    what: 'Time for which alerts could not be sent through a channel, such as the webhook',
    mend: "'hms alerts test' tests all channels; the log says why this one fails.",
  },
  'webhook-dead': {
    severity: 'warning',
    of: 'webhooks',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 0,
    what: 'A webhook failed for three days, or answered 410 Gone: nothing is posted to it any more',
    mend: "'hms webhook show ID' shows why. Once it is fixed, 'hms webhook resume ID' sends all events that it has missed.",
  },
  'clock-off': {
    severity: 'warning',
    of: null,
    unit: 'time',
    fires: 'from',
    threshold: 30 * SECOND,
    for: MINUTE,
    what: 'How far the system clock is off, compared with time servers, chronyd or the servers that alerts and heartbeats go to, or was set in the last ten minutes',
    mend: 'Synchronize it with chrony, ntpd or systemd-timesyncd: signatures, tokens and schedules depend on it.',
  },
  'clock-unkept': {
    severity: 'warning',
    of: null,
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: HOUR,
    what: 'The system clock is not synchronized',
    mend: "Synchronize it with chrony, ntpd or systemd-timesyncd. If its host does that, turn this alarm off: 'hms alarms off clock-unkept'.",
  },
  trouble: {
    severity: 'warning',
    of: 'matters',
    unit: 'yes',
    fires: 'from',
    threshold: 1,
    for: 10 * SECOND,
    what: "Anything else that 'hms status' shows as ALERT",
    mend: "'hms status' shows what to do about each.",
  },
} as const satisfies Record<string, Alarm>

export type AlarmName = keyof typeof ALARMS
export const ALARM_NAMES = Object.keys(ALARMS) as readonly AlarmName[]
