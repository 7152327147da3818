// The pages that there are: in the navigation and the palette, for those whose they are (page-rights.ts). A new page has a line here, one
// there, and one in app/../router.tsx.
import type { IconName } from '../parts/icons.tsx'
import { shell } from '../texts/shell.ts'
import { PAGE_RIGHTS, type PagePath } from './page-rights.ts'
import type { May } from './session.ts'

export interface NavigationEntry {
  readonly to: Exclude<PagePath, `${string}$${string}`>
  readonly title: string
  readonly icon: IconName
  readonly group: keyof typeof shell.groups
  /** Words that people may look for it by. */
  readonly also?: string
}

const ENTRIES: readonly NavigationEntry[] = [
  { to: '/', title: shell.pages.overview, icon: 'overview', group: 'mail', also: 'dashboard home figures' },
  { to: '/messages', title: shell.pages.messages, icon: 'messages', group: 'mail', also: 'search mail events log' },
  {
    to: '/destinations',
    title: shell.pages.destinations,
    icon: 'destinations',
    group: 'mail',
    also: 'sites providers queue backlog why rate limits pause flush reroute replies',
  },
  {
    to: '/rules',
    title: shell.pages.rules,
    icon: 'filter',
    group: 'mail',
    also: 'delivery rules limits rates connections cascade blocks smart effects versions revert',
  },
  {
    to: '/sources',
    title: shell.pages.sources,
    icon: 'server',
    group: 'mail',
    also: 'addresses ip pools ptr reverse blocklists warm-up routes relays helo',
  },
  {
    to: '/accounts',
    title: shell.pages.accounts,
    icon: 'user',
    group: 'sending',
    also: 'customers logins credentials keys limits quotas',
  },
  {
    to: '/domains',
    title: shell.pages.domains,
    icon: 'domain',
    group: 'sending',
    also: 'spf dkim dmarc dns records keys complaints',
  },
  {
    to: '/bounces',
    title: shell.pages.bounces,
    icon: 'back',
    group: 'mail',
    also: 'complaints feedback loop fbl spam rates unknown replies classify returned ndr dsn',
  },
  {
    to: '/suppression',
    title: shell.pages.suppression,
    icon: 'block',
    group: 'mail',
    also: 'unsubscribe blocklist list block addresses complaints import',
  },
  {
    to: '/templates',
    title: shell.pages.templates,
    icon: 'template',
    group: 'sending',
    also: 'liquid html editor preview subject versions',
  },
  {
    to: '/jobs',
    title: shell.pages.jobs,
    icon: 'job',
    group: 'sending',
    also: 'assembly assemble mailing newsletter csv recipients merge',
  },
  {
    to: '/webhooks',
    title: shell.pages.webhooks,
    icon: 'send',
    group: 'sending',
    also: 'webhooks http post endpoints replay secret',
  },
  {
    to: '/plugins',
    title: shell.pages.plugins,
    icon: 'plug',
    group: 'server',
    also: 'plugins hooks code extensions filters disclaimer',
  },
  { to: '/logs', title: shell.pages.logs, icon: 'table', group: 'server', also: 'log files tail processed' },
  {
    to: '/trace',
    title: shell.pages.trace,
    icon: 'live',
    group: 'server',
    also: 'smtp dialog live connections debug',
  },
  {
    to: '/backups',
    title: shell.pages.backups,
    icon: 'download',
    group: 'server',
    also: 'backup restore verify copy zip',
  },
  {
    to: '/upgrade',
    title: shell.pages.upgrade,
    icon: 'up',
    group: 'server',
    also: 'version release downgrade preflight',
  },
  {
    to: '/settings',
    title: shell.pages.settings,
    icon: 'settings',
    group: 'server',
    also: 'configuration options hms.yaml merge defaults',
  },
  { to: '/console', title: shell.pages.console, icon: 'terminal', group: 'server', also: 'command line hms shell terminal run' },
  {
    to: '/reports',
    title: shell.pages.reports,
    icon: 'chart',
    group: 'mail',
    also: 'statistics figures csv print compare providers codes',
  },
  {
    to: '/dmarc',
    title: shell.pages.sums,
    icon: 'domain',
    group: 'mail',
    also: 'dmarc tls-rpt aggregate spoofing sources',
  },
  {
    to: '/alarms',
    title: shell.pages.alarms,
    icon: 'bell',
    group: 'server',
    also: 'alarms thresholds silence notices told',
  },
  { to: '/audit', title: shell.pages.audit, icon: 'clock', group: 'access', also: 'who changed what history log' },
  {
    to: '/users',
    title: shell.pages.users,
    icon: 'people',
    group: 'access',
    also: 'people login roles invite lock sessions second factor',
  },
  {
    to: '/keys',
    title: shell.pages.keys,
    icon: 'key',
    group: 'access',
    also: 'management api tokens scopes programs',
  },
  {
    to: '/providers',
    title: shell.pages.providers,
    icon: 'external',
    group: 'access',
    also: 'oidc openid connect single sign-on sso login',
  },
  {
    to: '/me',
    title: shell.pages.me,
    icon: 'shield',
    group: 'access',
    also: 'password second factor totp passkey recovery codes sessions',
  },
  {
    to: '/setup',
    title: shell.pages.setup,
    icon: 'setup',
    group: 'server',
    also: 'first run domain dns records host name test',
  },
]

export function entriesFor(may: May): readonly NavigationEntry[] {
  return ENTRIES.filter(({ to }) => may(...PAGE_RIGHTS[to].needs))
}
