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
      summary: 'create a home (data directory) with configuration, keys, an administrator and a first account',
      load: () => import('./commands/server/init.ts'),
    },
    start: { summary: 'run the server in the foreground', load: () => import('./commands/server/start.ts') },
    stop: { summary: 'stop the server, waiting for deliveries in flight', load: () => import('./commands/server/stop.ts') },
    status: { summary: 'show the state of the server and its queue', load: () => import('./commands/server/status.ts') },
    doctor: { summary: 'check the installation and say what to fix', load: () => import('./commands/server/doctor.ts'), asRoot: true },
    config: {
      summary: 'check the configuration, describe settings, merge new defaults',
      load: () => import('./commands/server/config.ts'),
    },
    certificate: {
      summary: 'show the certificate of the listeners, or order one (ACME)',
      load: () => import('./commands/server/certificate.ts'),
    },
    'support-bundle': {
      summary: 'collect diagnostics in one file, without secrets and addresses',
      load: () => import('./commands/server/support-bundle.ts'),
    },
  },
  Senders: {
    account: { summary: 'list, add and edit accounts', load: () => import('./commands/senders/account.ts') },
    credential: { summary: 'list, add and remove SMTP logins and HTTP keys', load: () => import('./commands/senders/credential.ts') },
    brakes: {
      summary: 'show and set brakes: what warns of harmful accounts, and holds their mail',
      load: () => import('./commands/senders/brakes.ts'),
    },
    relay: { summary: 'set which networks may send without a login', load: () => import('./commands/senders/relay.ts') },
    domain: { summary: 'list, add, verify and check sender domains', load: () => import('./commands/senders/domain.ts') },
    dkim: { summary: 'create, import, rotate and publish DKIM keys', load: () => import('./commands/senders/dkim.ts') },
    template: {
      summary: 'manage message templates and their versions, and preview them with data',
      load: () => import('./commands/senders/template.ts'),
    },
  },
  Access: {
    user: { summary: 'manage users of the panel and the management API', load: () => import('./commands/access/user.ts') },
    key: { summary: 'list, create and remove keys of the management API', load: () => import('./commands/access/key.ts') },
    session: { summary: 'list and end sessions', load: () => import('./commands/access/session.ts') },
  },
  Sending: {
    send: { summary: 'send a test message and follow it', load: () => import('./commands/sending/send.ts') },
    assemble: {
      summary: 'send one message to many recipients in the background, from a job file',
      load: () => import('./commands/sending/assemble.ts'),
    },
  },
  Delivery: {
    route: { summary: 'send mail of a domain, or all mail, to a fixed host', load: () => import('./commands/delivery/route.ts') },
    milter: {
      summary: 'set up, list and test milters: mail filters that run as separate programs',
      load: () => import('./commands/delivery/milter.ts'),
    },
    plugin: {
      summary: 'add, configure, monitor and test plug-ins: your own code that processes mail',
      load: () => import('./commands/delivery/plugin.ts'),
    },
    rules: { summary: 'show, explain and revert delivery rules; load Smart rules', load: () => import('./commands/delivery/rules.ts') },
    apply: { summary: 'apply delivery rules from a file', load: () => import('./commands/delivery/apply.ts') },
    export: { summary: 'print the delivery rules in the format of hms apply', load: () => import('./commands/delivery/export.ts') },
    sources: { summary: 'show, suspend, drain and resume sources (IP addresses)', load: () => import('./commands/delivery/sources.ts') },
    warmup: {
      summary: 'show and control the warm-up of new sources and signing domains',
      load: () => import('./commands/delivery/warmup.ts'),
    },
    lists: { summary: 'show which list files are used, and how they classify a reply', load: () => import('./commands/delivery/lists.ts') },
    trust: {
      summary: 'show what a domain publishes about TLS, and how mail to it would be sent',
      load: () => import('./commands/delivery/trust.ts'),
    },
  },
  'The queue': {
    queue: { summary: 'show and manage the queue', load: () => import('./commands/queue/queue.ts') },
    why: {
      summary: 'explain why a message, or mail to a domain, is queued, and until when',
      load: () => import('./commands/queue/why.ts'),
    },
    top: { summary: 'watch destinations: queue, rate, limiting factor', load: () => import('./commands/queue/top.ts') },
    effects: {
      summary: 'show and end active blocks and automatic backoff',
      load: () => import('./commands/queue/effects.ts'),
    },
    trace: { summary: 'watch the SMTP dialog of live connections', load: () => import('./commands/queue/trace.ts') },
  },
  'What happened': {
    events: { summary: 'search the events of messages', load: () => import('./commands/history/events.ts') },
    log: { summary: "show the end of an account's processed log", load: () => import('./commands/history/log.ts') },
    webhook: {
      summary: 'post events to applications, test webhooks, and replay past events',
      load: () => import('./commands/history/webhook.ts'),
    },
    erase: { summary: 'erase a person from events, logs, lists and jobs', load: () => import('./commands/history/erase.ts') },
    kept: {
      summary: 'find and show kept copies of delivered mail',
      load: () => import('./commands/history/kept.ts'),
    },
    sent: { summary: 'look up recipients by the token of a return path or link', load: () => import('./commands/history/sent.ts') },
    alarms: {
      summary: 'show, adjust, silence and test alarms',
      load: () => import('./commands/history/alarms.ts'),
    },
    alerts: { summary: 'show alerts that were sent, and through which channels', load: () => import('./commands/history/alerts.ts') },
    audit: { summary: 'show who changed what, with the state before and after', load: () => import('./commands/history/audit.ts') },
  },
  'Bounces and reports': {
    inbound: {
      summary: 'manage bounce domains: bounces, complaints and unsubscriptions by mail',
      load: () => import('./commands/returned/inbound.ts'),
    },
    feedback: {
      summary: 'rotate the keys of return paths and links; set whose complaints are trusted',
      load: () => import('./commands/returned/feedback.ts'),
    },
    suppression: {
      summary: 'manage suppression lists: who no longer gets mail',
      load: () => import('./commands/returned/suppression.ts'),
    },
    bounce: {
      summary: 'show how a bounce message is parsed and classified',
      load: () => import('./commands/returned/bounce.ts'),
    },
    classify: {
      summary: 'classify replies, one per line on standard input',
      load: () => import('./commands/returned/classify.ts'),
    },
    unknowns: { summary: 'list unclassified replies by frequency', load: () => import('./commands/returned/unknowns.ts') },
    report: { summary: 'report on mail by time, account, domain and more', load: () => import('./commands/returned/report.ts') },
    reports: { summary: 'show DMARC and TLS reports of receivers', load: () => import('./commands/returned/reports.ts') },
  },
  'Backups and versions': {
    backup: { summary: 'make, verify and list backups while mail flows', load: () => import('./commands/versions/backup.ts') },
    restore: { summary: 'restore a backup; compare a copied home with its journal', load: () => import('./commands/versions/restore.ts') },
    install: {
      summary: 'install a release next to the installed versions',
      load: () => import('./commands/versions/install.ts'),
      asRoot: true,
    },
    upgrade: {
      summary: 'upgrade to a newer release',
      load: () => import('./commands/versions/upgrade.ts'),
      asRoot: true,
    },
    downgrade: {
      summary: 'go back to an older installed version',
      load: () => import('./commands/versions/downgrade.ts'),
      asRoot: true,
    },
    versions: { summary: 'list the installed versions', load: () => import('./commands/versions/versions.ts'), asRoot: true },
    cleanup: { summary: 'remove data left over from older formats', load: () => import('./commands/versions/cleanup.ts') },
    uninstall: {
      summary: 'remove the program; mail and settings are kept',
      load: () => import('./commands/versions/uninstall.ts'),
      asRoot: true,
    },
  },
}

/** Other names that people try. */
export const ALIASES: Readonly<Record<string, string>> = { domains: 'domain' }

export const COMMANDS: Readonly<Record<string, CommandEntry>> = Object.assign({}, ...Object.values(COMMAND_GROUPS))
