// The commands of `hms`, in the groups of its help; each group has a room in `commands/`. Only the one that is called is loaded, so that
// `hms status` answers quickly.
import type { CommandModule } from './cli.ts'

export interface CommandEntry {
  readonly summary: string
  readonly load: () => Promise<CommandModule>
  /** Root stays root: it is about the program and the machine, or becomes the home's owner by itself. Others act as that owner. */
  readonly asRoot?: true
}

/** As `hms --help` lists them. */
export const COMMAND_GROUPS: Readonly<Record<string, Readonly<Record<string, CommandEntry>>>> = {
  Server: {
    init: {
      summary: 'make a home: configuration, keys, an administrator and a first account',
      load: () => import('./commands/server/init.ts'),
    },
    start: { summary: 'run the server in the foreground', load: () => import('./commands/server/start.ts') },
    stop: { summary: 'stop the server, waiting for deliveries in flight', load: () => import('./commands/server/stop.ts') },
    status: { summary: 'show how the server and its queue are', load: () => import('./commands/server/status.ts') },
    doctor: { summary: 'check the installation and say what to mend', load: () => import('./commands/server/doctor.ts'), asRoot: true },
    config: {
      summary: 'check the configuration, describe settings, merge new defaults',
      load: () => import('./commands/server/config.ts'),
    },
    certificate: {
      summary: 'show the certificate of the listeners, order one from an authority',
      load: () => import('./commands/server/certificate.ts'),
    },
    'support-bundle': {
      summary: 'write what a helper needs to one file, without secrets and addresses',
      load: () => import('./commands/server/support-bundle.ts'),
    },
  },
  'Who sends': {
    account: { summary: 'list, add and change accounts', load: () => import('./commands/senders/account.ts') },
    credential: { summary: 'list, add and remove SMTP logins and keys of HTTP', load: () => import('./commands/senders/credential.ts') },
    brakes: {
      summary: 'show and set what warns of accounts that harm others, and holds them',
      load: () => import('./commands/senders/brakes.ts'),
    },
    relay: { summary: 'say which networks may send without a login', load: () => import('./commands/senders/relay.ts') },
    domain: { summary: 'list, add, verify and check sender domains', load: () => import('./commands/senders/domain.ts') },
    dkim: { summary: 'make, import, rotate and publish DKIM keys', load: () => import('./commands/senders/dkim.ts') },
    template: {
      summary: 'keep templates of messages by version, and show what they become of data',
      load: () => import('./commands/senders/template.ts'),
    },
  },
  'Who steers': {
    user: { summary: 'say who may log in to the management API, and what they may', load: () => import('./commands/access/user.ts') },
    key: { summary: 'list, make and remove keys of the management API', load: () => import('./commands/access/key.ts') },
    session: { summary: 'show who is logged in, and end it', load: () => import('./commands/access/session.ts') },
  },
  Sending: {
    send: { summary: 'send a test message and follow it to its end', load: () => import('./commands/sending/send.ts') },
    assemble: {
      summary: 'send one message to many, from a job file, in the background',
      load: () => import('./commands/sending/assemble.ts'),
    },
  },
  Delivery: {
    route: { summary: 'send mail of a domain, or all mail, to a fixed host', load: () => import('./commands/delivery/route.ts') },
    milter: {
      summary: 'set up, list and try mail filters that run as programs of their own',
      load: () => import('./commands/delivery/milter.ts'),
    },
    plugin: {
      summary: 'add, set, watch and try plug-ins: code of your own that looks at mail',
      load: () => import('./commands/delivery/plugin.ts'),
    },
    rules: { summary: 'show, explain and take back delivery rules; load Smart rules', load: () => import('./commands/delivery/rules.ts') },
    apply: { summary: 'let the delivery rules of a file count', load: () => import('./commands/delivery/apply.ts') },
    export: { summary: 'print the delivery rules as hms apply takes them', load: () => import('./commands/delivery/export.ts') },
    sources: { summary: 'show, suspend, drain and resume what mail leaves from', load: () => import('./commands/delivery/sources.ts') },
    warmup: {
      summary: 'show and steer how new sources and signing domains come to full volume',
      load: () => import('./commands/delivery/warmup.ts'),
    },
    lists: { summary: 'show which list files count, and what they make of a reply', load: () => import('./commands/delivery/lists.ts') },
    trust: {
      summary: 'show what a domain publishes about TLS, and how its mail would go',
      load: () => import('./commands/delivery/trust.ts'),
    },
  },
  'The queue': {
    queue: { summary: 'show and steer what waits to be delivered', load: () => import('./commands/queue/queue.ts') },
    why: { summary: 'tell what holds a message, or mail of a domain, and when it moves', load: () => import('./commands/queue/why.ts') },
    top: { summary: 'watch the sites that mail goes to: queue, rate, what binds', load: () => import('./commands/queue/top.ts') },
    effects: {
      summary: 'show and end what block rules and automatic backing off hold back',
      load: () => import('./commands/queue/effects.ts'),
    },
    trace: { summary: 'watch the SMTP dialog of live connections', load: () => import('./commands/queue/trace.ts') },
  },
  'What happened': {
    events: { summary: 'show what happened to messages', load: () => import('./commands/history/events.ts') },
    log: { summary: "show the end of an account's processed log", load: () => import('./commands/history/log.ts') },
    webhook: {
      summary: 'have events posted to programs, try it, and tell again what is past',
      load: () => import('./commands/history/webhook.ts'),
    },
    erase: { summary: 'remove a person from what is kept: events, logs, lists, jobs', load: () => import('./commands/history/erase.ts') },
    kept: {
      summary: 'find and show copies of delivered mail, of accounts that ask for them',
      load: () => import('./commands/history/kept.ts'),
    },
    sent: { summary: 'show to whom mail was sent that can come back', load: () => import('./commands/history/sent.ts') },
    alarms: {
      summary: 'show, change, silence and try what the server watches by itself',
      load: () => import('./commands/history/alarms.ts'),
    },
    alerts: { summary: 'show what you were told of, and by which ways', load: () => import('./commands/history/alerts.ts') },
    audit: { summary: 'show who changed what, when, and how it was before', load: () => import('./commands/history/audit.ts') },
  },
  'What comes back': {
    inbound: {
      summary: "mail for the installation's own domains: bounces, complaints, unsubscribes",
      load: () => import('./commands/returned/inbound.ts'),
    },
    feedback: {
      summary: 'show and rotate the keys by which bounces and links are known; say whose complaints count',
      load: () => import('./commands/returned/feedback.ts'),
    },
    suppression: {
      summary: 'say who gets no mail any more: lists, what adds to them, what to take back',
      load: () => import('./commands/returned/suppression.ts'),
    },
    bounce: {
      summary: 'show how a message that came back is read, and what it means',
      load: () => import('./commands/returned/bounce.ts'),
    },
    classify: {
      summary: 'tell what replies of receivers mean, one a line on standard input',
      load: () => import('./commands/returned/classify.ts'),
    },
    unknowns: { summary: 'list replies that no rule knows, by frequency', load: () => import('./commands/returned/unknowns.ts') },
    report: { summary: 'what became of mail, by time, account, domain and more', load: () => import('./commands/returned/report.ts') },
    reports: { summary: 'what receivers sum up about your mail: DMARC and TLS', load: () => import('./commands/returned/reports.ts') },
  },
  'Backups and versions': {
    backup: { summary: 'make a backup while mail flows; check and list backups', load: () => import('./commands/versions/backup.ts') },
    restore: { summary: 'put a backup back; compare a copied home with its journal', load: () => import('./commands/versions/restore.ts') },
    install: {
      summary: 'put a release beside the versions that are installed',
      load: () => import('./commands/versions/install.ts'),
      asRoot: true,
    },
    upgrade: {
      summary: 'let a newer release take over, or stay with this one',
      load: () => import('./commands/versions/upgrade.ts'),
      asRoot: true,
    },
    downgrade: {
      summary: 'go back to an older version that is installed',
      load: () => import('./commands/versions/downgrade.ts'),
      asRoot: true,
    },
    versions: { summary: 'list the installed versions', load: () => import('./commands/versions/versions.ts'), asRoot: true },
    cleanup: { summary: 'remove what conversions of older formats left', load: () => import('./commands/versions/cleanup.ts') },
    uninstall: {
      summary: 'remove the program; mail and settings stay',
      load: () => import('./commands/versions/uninstall.ts'),
      asRoot: true,
    },
  },
}

/** Other names that people try. */
export const ALIASES: Readonly<Record<string, string>> = { domains: 'domain' }

export const COMMANDS: Readonly<Record<string, CommandEntry>> = Object.assign({}, ...Object.values(COMMAND_GROUPS))
