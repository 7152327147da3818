// Every option of config/hms.yaml, said once: its kind, default, bounds and meaning. The check, the environment variables
// (`smtp.listen` is HMS_SMTP_LISTEN), `hms config describe`, the commented file of a new home and the reference come from here.
import { DIALOGS_KEPT } from './dialogs.ts'
import {
  addresses,
  choice,
  count,
  duration,
  flag,
  folders,
  host,
  hosts,
  loopback,
  networks,
  servers,
  size,
  text,
  type Option,
  type SocketAddress,
} from './option-kinds.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

export const OPTIONS = {
  'host.name': host('Name of this server in its greeting, EHLO and Received. Empty: the name that the system gives.'),
  'log.level': choice(['debug', 'info', 'warn', 'error'], 'info', 'Least level of the operational log.'),
  workers: count(0, 0, 64, 'Worker processes. 0: one fewer than the cores, at least one.'),
  'stop.grace': duration(MINUTE, 0, HOUR, 'How long a stop waits for deliveries in flight.'),
  'upgrade.grace': duration(MINUTE, 0, HOUR, 'How long deliveries in flight are waited for when another version has taken over.'),
  'secrets.key_file': text('', 'File of the key that seals secrets in the settings. Empty: config/hms.key in the home.'),

  'smtp.listen': addresses(loopback(2525), 'Addresses for SMTP with STARTTLS.'),
  'smtps.listen': addresses([], 'Addresses for SMTP with TLS from the first octet.'),
  'smtp.plain_auth': flag(false, 'Let passwords be sent without TLS on smtp.listen. For loopback and closed networks only.'),
  'smtp.proxy_from': networks([], 'Peers that speak the PROXY protocol (version 1 or 2) before SMTP. They must send it; others must not.'),
  'smtp.xclient_from': networks([], 'Peers that may use XCLIENT.'),
  'smtp.tls_cert': text('', 'Certificate chain in PEM. Empty: a self-signed one is made in config/tls. Picked up when it changes.'),
  'smtp.tls_key': text('', 'Private key in PEM for smtp.tls_cert.'),
  'smtp.tls_min': choice(['TLSv1.2', 'TLSv1.3'], 'TLSv1.2', 'Oldest TLS version that is accepted.'),
  'smtp.bare_newline': choice(['refuse', 'repair'], 'refuse', 'A bare CR or LF in a message: refuse it and close, or repair it to CRLF.'),
  'smtp.message_size': size(50 * MIB, 64 * KIB, GIB, 'Largest message that is accepted, announced in SIZE.'),
  'smtp.header_size': size(256 * KIB, 8 * KIB, 4 * MIB, 'Largest header of a message.'),
  'smtp.recipients': count(1000, 100, 1_000_000, 'Recipients per message (rfc:5321#4.5.3.1.8 asks for at least 100).'),
  'smtp.command_length': count(2048, 512, 65_536, 'Octets of a command line.'),
  'smtp.commands': count(100_000, 100, 100_000_000, 'Commands per session, then 421.'),
  'smtp.errors': count(20, 1, 10_000, 'Errors (5xx and unknown commands) per session, then 421.'),
  'smtp.sessions': count(2000, 1, 100_000, 'Sessions open at once, in all.'),
  'smtp.sessions_per_address': count(200, 1, 100_000, 'Sessions open at once from one address (IPv6: one /64).'),
  'smtp.connections_per_minute': count(600_000, 1, 1_000_000, 'New connections in a minute from one address (IPv6: one /64).'),
  'smtp.messages_per_minute': count(1_000_000, 1, 100_000_000, 'Messages in a minute from one address that did not log in.'),
  'smtp.timeout_command': duration(5 * MINUTE, SECOND, HOUR, 'Longest wait for a command.'),
  'smtp.timeout_data': duration(3 * MINUTE, SECOND, HOUR, 'Longest wait for the next octets of a message.'),
  'smtp.timeout_session': duration(24 * HOUR, MINUTE, 7 * DAY, 'Longest life of a session.'),
  'smtp.timeout_stranger': duration(
    10 * MINUTE,
    SECOND,
    7 * DAY,
    'Longest life of a session that neither logged in nor named a recipient that was accepted.',
  ),
  'smtp.hold_longest': duration(
    30 * DAY,
    0,
    366 * DAY,
    'How far ahead mail may be scheduled (X-xsSendAt, X-xsSpread, FUTURERELEASE). 0: not at all.',
  ),
  'smtp.hops': count(50, 10, 100, 'Received fields in a message before it is refused as a loop.'),
  'inbound.message_size': size(
    25 * MIB,
    64 * KIB,
    GIB,
    "Largest message that is taken from strangers for the installation's own domains (hms inbound).",
  ),
  'inbound.keep': duration(
    30 * DAY,
    MINUTE,
    400 * DAY,
    'How long mail for own domains is kept that is sent on to nobody, or that nothing can read.',
  ),
  'inbound.held_size': size(
    256 * MIB,
    64 * KIB,
    1024 * GIB,
    'How much mail is held for an own domain before more from strangers to its mailboxes is put off with 452; the workers share it.',
  ),
  'auth.failures': count(
    10,
    1,
    10_000,
    'Failed logins of one address (IPv6: one /64) or for one user from it, within auth.window, before it is refused for auth.block.',
  ),
  'auth.window': duration(10 * MINUTE, SECOND, DAY, 'Time in which failed logins are counted.'),
  'auth.block': duration(15 * MINUTE, SECOND, DAY, 'How long logins are refused after too many failures.'),
  'auth.trusted': networks([], 'Networks of customers: failures from there are counted and slowed but never refused.'),

  'accounts.trial_recipients_per_hour': count(
    200,
    0,
    1_000_000_000,
    'Recipients an hour that an account on trial may send to. 0: as many as it likes.',
  ),
  'accounts.trial_recipients_per_day': count(1000, 0, 1_000_000_000, 'The same in a day.'),
  'accounts.limited_recipients_per_hour': count(
    100,
    0,
    1_000_000_000,
    'Recipients an hour that a limited account may send to. 0: as many as it likes.',
  ),
  'accounts.trial_hold': flag(
    false,
    'Mail of accounts on trial is held for a look: it leaves when somebody releases it, or when the account becomes active.',
  ),
  'suppression.policy_by_accounts': flag(
    false,
    'Users and keys of one account may say what suppresses its recipients, on lists of its own. Else whoever runs the server does.',
  ),

  'acme.names': hosts(
    'Names for which certificates come from an authority by ACME (rfc:8555), ordered anew with a third of their life left. Empty: none.',
  ),
  'acme.terms_agreed': flag(false, 'You agree to the terms of the authority.'),
  'acme.directory': text('https://acme-v02.api.letsencrypt.org/directory', 'URL of the directory of the authority.'),
  'acme.contact': text('', 'Address that the authority may write to.'),
  'acme.listen': addresses([], 'Where the authority is answered while it looks. Empty: port 80 of all addresses.'),
  'acme.trust_file': text('', 'Certificates in PEM that prove an authority of your own. Empty: the public ones.'),
  'acme.binding_id': text('', 'Identifier of an external account, where the authority wants one.'),
  'acme.binding_key_file': text('', 'File of the key of that account, as the authority gives it (base64url).'),

  'inject.listen': addresses(
    loopback(8025),
    'Addresses for injection by HTTP, for applications of this machine or behind a proxy. Empty: off.',
  ),
  'inject.tls_listen': addresses([], 'Addresses for the same over HTTPS, with the certificate of SMTP.'),
  'inject.proxy_from': networks([], 'Proxies before inject.listen, whose X-Forwarded-For tells the client.'),
  'inject.connections': count(2000, 10, 100_000, 'Connections for injection open at once, in all.'),
  'inject.connections_per_address': count(
    500,
    1,
    100_000,
    'Connections for injection open at once from one address (IPv6: one /64) that is no proxy.',
  ),
  'inject.request_size': size(
    40 * MIB,
    MIB,
    1024 * MIB,
    'The largest call, a batch too. Base64 makes of a message a third more than it is.',
  ),
  'pickup.rest': duration(SECOND, 0, HOUR, 'How long a file in a pickup folder must not have changed before it is taken.'),
  'jobs.kept': duration(30 * DAY, HOUR, 3650 * DAY, 'How long assembly jobs that are over are shown.'),
  'panel.listen': addresses(loopback(8080), 'Addresses for the Control Panel, the management API, /healthz, /readyz and /metrics.'),
  'panel.tls_listen': addresses([], 'Addresses for the same over HTTPS, with the certificate of SMTP.'),
  'panel.proxy_from': networks(
    [],
    'Proxies before panel.listen, whose X-Forwarded-For tells the client, and X-Forwarded-Proto whether it came over HTTPS.',
  ),
  'panel.hosts': hosts('Names besides host.name and localhost that people open the panel by. Passkeys are made and taken there only.'),
  'panel.connections': count(500, 10, 100_000, 'Connections to the panel open at once, in all.'),
  'panel.connections_per_address': count(
    200,
    1,
    100_000,
    'Connections to the panel open at once from one address (IPv6: one /64) that is no proxy.',
  ),
  'panel.calls_per_minute': count(
    6000,
    60,
    1_000_000,
    'Calls of the management API in a minute by one user or key, and by all users and keys of one account.',
  ),
  'panel.changes_per_minute': count(600, 10, 1_000_000, 'Of those, calls that change something.'),
  'simulator.listen': addresses(loopback(2526), 'Address of the mailbox simulator (simulator.hms.test). Empty: off.'),

  'tracking.listen': addresses(
    [],
    'Addresses for unsubscribing, opens and clicks over HTTP, behind a proxy that speaks HTTPS. Empty: off.',
  ),
  'tracking.tls_listen': addresses(
    [],
    'Addresses for the same over HTTPS, usually port 443. Each host shows its certificate of config/tls/hosts, others that of SMTP.',
  ),
  'tracking.proxy_from': networks(
    [],
    'Proxies before tracking.listen, whose X-Forwarded-For tells the client. They must pass Host on as it is.',
  ),
  'tracking.connections': count(2000, 10, 100_000, 'Connections for tracking open at once, in all.'),
  'tracking.connections_per_address': count(
    50,
    1,
    100_000,
    'Connections for tracking open at once from one address (IPv6: one /64) that is no proxy.',
  ),
  'tracking.trust_file': text('', 'Certificates in PEM that prove hosts of links, besides the public ones. Empty: the public ones alone.'),

  'spool.low_water': size(
    2 * GIB,
    0,
    1024 * GIB,
    'Accepting stops below this much free disk space, or spool.low_water_percent, whichever is more.',
  ),
  'spool.low_water_percent': count(5, 0, 50, 'Accepting stops below this share of free disk space, in percent.'),
  'spool.reserve': size(64 * MIB, MIB, 16 * GIB, 'Disk space per shard kept back for outcomes of deliveries.'),
  'spool.memory': size(
    128 * MIB,
    8 * MIB,
    64 * GIB,
    'Memory of a worker for messages on their way, beyond which they wait on disk only. Mail of high priority may have an eighth more.',
  ),

  'dns.servers': servers([], 'Name servers as address or address:port. Empty: those of /etc/resolv.conf.'),
  'dns.trusted': servers(
    [],
    'Name servers, besides those at loopback, that are believed about DNSSEC: the way to them must be safe. DANE needs one.',
  ),
  'dns.timeout': duration(5 * SECOND, 100, MINUTE, 'Wait for one answer of a name server, before the next is asked.'),
  'health.blocklists': flag(true, 'Ask blocklists about the public addresses that mail leaves from, each once an hour at most.'),
  'health.spamhaus_key_file': text(
    '',
    'File whose first line is a key of the Data Query Service of Spamhaus, which answers by any name server. Empty: the public mirrors, which do not.',
  ),
  'delivery.port': count(25, 1, 65_535, 'Port of receiving servers, unless a route says otherwise.'),
  'delivery.source_address': text('', 'Local address for deliveries. Empty: chosen by the system.'),
  'delivery.allow_private': flag(false, 'Deliver to hosts in loopback, private and link-local networks found by MX.'),
  'post.allow_private': flag(false, 'Post by HTTP to hosts in loopback, private and link-local networks, where an account may post there.'),
  'webhooks.allow_private': flag(false, 'Webhooks may be at http:// and at hosts in loopback, private and link-local networks.'),
  'webhooks.memory': size(64 * MIB, 8 * MIB, 4 * GIB, 'Memory for events on their way to webhooks; what does not fit waits on disk.'),
  'webhooks.log_days': count(7, 1, 90, 'Days that posts to webhooks which were tried are listed.'),
  'delivery.connections': count(5000, 1, 100_000, 'Outbound connections at once, of all workers together.'),
  'delivery.connections_per_site': count(20, 1, 10_000, 'Outbound connections at once to one site, of all workers together.'),
  'delivery.priority_share': count(
    10,
    0,
    50,
    'Percent of each limit of connections and rates that bulk mail leaves free for higher priorities, and normal mail where there is mail of high priority.',
  ),
  'delivery.messages_per_connection': count(1000, 1, 1_000_000, 'Messages on one connection before it is closed.'),
  'delivery.recipients_per_message': count(100, 1, 10_000, 'Recipients in one transaction.'),
  'delivery.tls': choice(['none', 'may', 'encrypt', 'verify'], 'may', 'TLS to hosts found by MX.'),
  'delivery.mta_sts': flag(
    true,
    'Obey the MTA-STS policies of receiving domains (rfc:8461). Needs HTTPS to the outside; delivery.tls none switches it off, too.',
  ),
  'delivery.dane': flag(
    true,
    'Obey the TLSA records of mail hosts (rfc:7672), where a name server that is believed about DNSSEC proves them. delivery.tls none switches it off, too.',
  ),
  'delivery.timeout_connect': duration(30 * SECOND, SECOND, 10 * MINUTE, 'Wait for a connection.'),
  'delivery.timeout_greeting': duration(5 * MINUTE, SECOND, HOUR, 'Wait for the greeting (rfc:5321#4.5.3.2.1).'),
  'delivery.timeout_command': duration(5 * MINUTE, SECOND, HOUR, 'Wait for the reply to a command (rfc:5321#4.5.3.2.2).'),
  'delivery.timeout_data': duration(3 * MINUTE, SECOND, HOUR, 'Wait until the peer takes a block of the message (rfc:5321#4.5.3.2.5).'),
  'delivery.timeout_final': duration(10 * MINUTE, SECOND, HOUR, 'Wait for the reply to the final dot (rfc:5321#4.5.3.2.6).'),
  'delivery.timeout_idle': duration(15 * SECOND, 0, 10 * MINUTE, 'How long a connection without work is kept.'),
  'delivery.retry_first': duration(10 * MINUTE, SECOND, DAY, 'Wait after the first deferral; doubled after each, with jitter of a tenth.'),
  'delivery.retry_longest': duration(4 * HOUR, SECOND, 7 * DAY, 'Longest wait between two attempts.'),
  'delivery.expiry': duration(4 * DAY, MINUTE, 30 * DAY, 'Age at which a message that could not be delivered fails.'),
  'delivery.backoff': flag(
    true,
    'Ease off by itself at a site that puts off too large a share of mail, or refuses too large a share of connections.',
  ),
  'delivery.backoff_deferrals': count(
    50,
    0,
    100,
    'Percent of answers that put mail off, from which on a site gets half as much. 0: not looked at.',
  ),
  'delivery.backoff_failures': count(
    50,
    0,
    100,
    'Percent of connections that fail while others are open, from which on there are no more than those. 0: not looked at.',
  ),
  'delivery.backoff_least': count(40, 2, 1_000_000, 'Answers, or attempts at connections, before their share says anything.'),
  'delivery.backoff_within': duration(10 * MINUTE, SECOND, HOUR, 'Time in which they are counted; it slides.'),
  'delivery.backoff_for': duration(
    10 * MINUTE,
    SECOND,
    DAY,
    'How long that holds; afterwards mail comes back step by step in three times as long.',
  ),
  'bounce.per_sender_hour': count(100, 0, 1_000_000, 'Bounce messages to one sender within an hour; more are events only.'),
  'tls_report.send': flag(
    true,
    'Count TLS sessions with domains that have a policy (MTA-STS, DANE), and report once a day to those that want it (rfc:8460).',
  ),
  'tls_report.from': text(
    '',
    'Address that reports on TLS come from; a DKIM key must sign for its domain. Empty: postmaster at host.name.',
  ),

  'alerts.mail_to': text('', 'Addresses that Delivery Alerts are mailed to, with commas between them. Empty: they are not mailed.'),
  'alerts.mail_from': text('', 'Address that they come from. Empty: postmaster at host.name.'),
  'alerts.mail_every': duration(
    15 * MINUTE,
    SECOND,
    DAY,
    'Least time between two such mails: what happens meanwhile is gathered into the next.',
  ),
  'alerts.webhook': text('', 'https:// address that Delivery Alerts are posted to as JSON, signed as Standard Webhooks are. Empty: none.'),
  'alerts.webhook_secret_file': text(
    '',
    'File whose first line is the secret that signs them: whsec_ and 24 to 64 octets in base64. Empty: they are not signed.',
  ),
  'alerts.syslog': text(
    '',
    'Where Delivery Alerts go as syslog (rfc:5424): udp://HOST:514, tcp://HOST:601, tls://HOST:6514, or unix:///dev/log. Empty: nowhere.',
  ),
  'alerts.smtp_host': text(
    '',
    'Mail server, as host or host:port, to which alarms are handed directly, without the queue of this server. Empty: they are mailed through the queue.',
  ),
  'alerts.smtp_tls': choice(
    ['none', 'may', 'encrypt', 'implicit'],
    'may',
    'TLS to it: never, where it offers STARTTLS, STARTTLS with a certificate that proves the host, or from the first octet with such a certificate.',
  ),
  'alerts.smtp_user': text('', 'Login there. Empty: none.'),
  'alerts.smtp_password_file': text('', 'File whose first line is the password of that login.'),
  'alerts.heartbeat_url': text(
    '',
    'https:// address that is asked for each minute while mail is accepted and delivered, so that an outside watcher hears when it is not. Empty: none.',
  ),
  'alerts.time_servers': text(
    '',
    "Servers of NTP, with commas between them, that are asked every five minutes how far this machine's clock is off: time.example.com, 192.0.2.1. Empty: none.",
  ),

  'journal.folder': text('', 'Folder of the delivery journal, best on another disk than the spool. Empty: journal in the home.'),
  'journal.keep': duration(
    30 * DAY,
    DAY,
    3650 * DAY,
    'How long the delivery journal is kept at least; as long as the oldest backup in any case.',
  ),

  'logs.days': count(30, 1, 3650, 'Days that log files are kept.'),
  'logs.bytes': size(10 * GIB, MIB, 10_240 * GIB, 'Bytes of log files in all, oldest days go first.'),
  'backup.every': duration(0, 0, 365 * DAY, 'Time between two backups that the server makes by itself. 0: none.'),
  'backup.keep': count(7, 1, 1000, 'Backups made by itself that are kept; the oldest go first. Those made by hand stay.'),
  'backup.passphrase_file': text('', 'File whose first line is the passphrase of backups. Empty: they are not encrypted.'),
  'backup.folder': text('', 'Folder for backups, best on another disk. Empty: backups in the home.'),
  'backup.targets': folders('Further folders by name, which hms backup --target and the management API may choose. Each has to be there.'),

  'events.days': count(30, 1, 3650, 'Days that events are kept.'),
  'events.bytes': size(20 * GIB, MIB, 10_240 * GIB, 'Bytes of events in all, oldest days go first.'),
  'events.subject': flag(true, 'Whether events tell the subject of each message that is accepted, so that it is found by its words.'),
  'events.header_id': flag(true, 'Whether they tell the Message-ID that it came with, so that it is found by that.'),
  'reports.days': count(400, 32, 3650, 'Days that reports reach back, by whole months; they take far less room than events.'),
  'data.dialogs': choice(
    DIALOGS_KEPT,
    'failures',
    'Whose dialog with the receiver is kept, to be looked up by message: attempts that did not deliver, every attempt, or none.',
  ),
  'dialogs.bytes': size(
    256 * MIB,
    8 * MIB,
    100 * GIB,
    'Bytes of dialogs in all, the oldest go first. Their days are those of events.days.',
  ),
  'data.bytes': size(
    100 * GIB,
    MIB,
    10_240 * GIB,
    'Bytes of events, dialogs, logs, the index of what was sent, reports and the journal in all: oldest days go first. Unsent mail never goes.',
  ),

  'audit.days': count(400, 1, 3650, 'Days that it is known who changed what, and how it was before.'),
  'audit.bytes': size(256 * MIB, MIB, 100 * GIB, 'Bytes of that in all, the oldest go first.'),

  'feedback.keep': count(400, 1, 3650, 'Days that it is known to whom mail was sent that can come back: bounces, complaints, links.'),
} as const satisfies Record<string, Option>

export type OptionName = keyof typeof OPTIONS

type ValueOf<O> = O extends { kind: 'choice'; choices: readonly (infer C)[] }
  ? C
  : O extends { kind: 'text' | 'host' }
    ? string
    : O extends { kind: 'flag' }
      ? boolean
      : O extends { kind: 'count' | 'size' | 'duration' }
        ? number
        : O extends { kind: 'addresses' }
          ? readonly SocketAddress[]
          : O extends { kind: 'networks' | 'servers' | 'hosts' | 'folders' }
            ? readonly string[]
            : never

/** A checked configuration: every option with its value. */
export type Config = { readonly [Name in OptionName]: ValueOf<(typeof OPTIONS)[Name]> }
