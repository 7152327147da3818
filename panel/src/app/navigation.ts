// The pages that there are: in the navigation and the palette, for those who may make the call that a page lives of. A new page has a line here,
// and one in app/../router.tsx.
import type { LinkProps } from '@tanstack/react-router'
import type { IconName } from '../parts/icons.tsx'
import { shell } from '../texts/shell.ts'
import type { CallName } from './api.ts'
import type { May } from './session.ts'

export interface NavigationEntry {
  readonly to: NonNullable<LinkProps['to']>
  readonly title: string
  readonly icon: IconName
  readonly group: keyof typeof shell.groups
  readonly needs: readonly CallName[]
  /** Words that people may look for it by. */
  readonly also?: string
}

const ENTRIES: readonly NavigationEntry[] = [
  { to: '/', title: shell.pages.overview, icon: 'overview', group: 'mail', needs: [], also: 'dashboard home figures' },
  { to: '/messages', title: shell.pages.messages, icon: 'messages', group: 'mail', needs: ['events.find'], also: 'search mail events log' },
  {
    to: '/destinations',
    title: shell.pages.destinations,
    icon: 'destinations',
    group: 'mail',
    needs: ['queue.sitesTop', 'queue.sitesProviders', 'queue.sitesReplies'],
    also: 'sites providers queue backlog why rate limits pause flush reroute replies',
  },
  {
    to: '/rules',
    title: shell.pages.rules,
    icon: 'filter',
    group: 'mail',
    needs: ['rules.get', 'rules.explain', 'rules.history'],
    also: 'delivery rules limits rates connections cascade blocks smart effects versions revert',
  },
  {
    to: '/sources',
    title: shell.pages.sources,
    icon: 'server',
    group: 'mail',
    needs: ['sources.list', 'sources.listed', 'sources.reverse'],
    also: 'addresses ip pools ptr reverse blocklists warm-up routes relays helo',
  },
  {
    to: '/accounts',
    title: shell.pages.accounts,
    icon: 'user',
    group: 'sending',
    needs: ['accounts.list'],
    also: 'customers logins credentials keys limits quotas',
  },
  {
    to: '/domains',
    title: shell.pages.domains,
    icon: 'domain',
    group: 'sending',
    needs: ['domains.list', 'domains.checkById'],
    also: 'spf dkim dmarc dns records keys complaints',
  },
  {
    to: '/bounces',
    title: shell.pages.bounces,
    icon: 'back',
    group: 'mail',
    needs: ['reports.query', 'events.find'],
    also: 'complaints feedback loop fbl spam rates unknown replies classify returned ndr dsn',
  },
  {
    to: '/suppression',
    title: shell.pages.suppression,
    icon: 'block',
    group: 'mail',
    needs: ['suppression.lists', 'suppression.export'],
    also: 'unsubscribe blocklist list block addresses complaints import',
  },
  {
    to: '/templates',
    title: shell.pages.templates,
    icon: 'template',
    group: 'sending',
    needs: ['templates.list', 'templates.show'],
    also: 'liquid html editor preview subject versions',
  },
  {
    to: '/jobs',
    title: shell.pages.jobs,
    icon: 'job',
    group: 'sending',
    needs: ['jobs.list', 'jobs.show'],
    also: 'assembly assemble mailing newsletter csv recipients merge',
  },
  {
    to: '/webhooks',
    title: shell.pages.webhooks,
    icon: 'send',
    group: 'sending',
    needs: ['webhooks.list', 'webhooks.show'],
    also: 'webhooks http post endpoints replay secret',
  },
  {
    to: '/plugins',
    title: shell.pages.plugins,
    icon: 'plug',
    group: 'server',
    needs: ['routes.pluginList', 'routes.pluginGet'],
    also: 'plugins hooks code extensions filters disclaimer',
  },
  { to: '/logs', title: shell.pages.logs, icon: 'table', group: 'server', needs: ['events.logRead'], also: 'log files tail processed' },
  {
    to: '/trace',
    title: shell.pages.trace,
    icon: 'live',
    group: 'server',
    needs: ['queue.traceFollow'],
    also: 'smtp dialog live connections debug',
  },
  {
    to: '/backups',
    title: shell.pages.backups,
    icon: 'download',
    group: 'server',
    needs: ['lifecycle.backupList'],
    also: 'backup restore verify copy zip',
  },
  {
    to: '/upgrade',
    title: shell.pages.upgrade,
    icon: 'up',
    group: 'server',
    needs: ['lifecycle.show'],
    also: 'version release downgrade preflight',
  },
  {
    to: '/settings',
    title: shell.pages.settings,
    icon: 'settings',
    group: 'server',
    needs: ['settings.configDescribe'],
    also: 'configuration options hms.yaml merge defaults',
  },
  { to: '/console', title: shell.pages.console, icon: 'terminal', group: 'server', needs: [], also: 'command line hms shell terminal run' },
  {
    to: '/reports',
    title: shell.pages.reports,
    icon: 'chart',
    group: 'mail',
    needs: ['reports.query'],
    also: 'statistics figures csv print compare providers codes',
  },
  {
    to: '/dmarc',
    title: shell.pages.sums,
    icon: 'domain',
    group: 'mail',
    needs: ['reports.dmarc', 'reports.tls'],
    also: 'dmarc tls-rpt aggregate spoofing sources',
  },
  {
    to: '/alarms',
    title: shell.pages.alarms,
    icon: 'bell',
    group: 'server',
    needs: ['alarms.list'],
    also: 'alarms thresholds silence notices told',
  },
  { to: '/audit', title: shell.pages.audit, icon: 'clock', group: 'server', needs: ['audit.list'], also: 'who changed what history log' },
  {
    to: '/users',
    title: shell.pages.users,
    icon: 'people',
    group: 'server',
    needs: ['users.list'],
    also: 'people login roles invite lock sessions second factor',
  },
  {
    to: '/keys',
    title: shell.pages.keys,
    icon: 'key',
    group: 'server',
    needs: ['keys.list'],
    also: 'management api tokens scopes programs',
  },
  {
    to: '/providers',
    title: shell.pages.providers,
    icon: 'external',
    group: 'server',
    needs: ['users.providerList'],
    also: 'oidc openid connect single sign-on sso login',
  },
  {
    to: '/me',
    title: shell.pages.me,
    icon: 'shield',
    group: 'server',
    needs: [],
    also: 'password second factor totp passkey recovery codes sessions',
  },
  {
    to: '/setup',
    title: shell.pages.setup,
    icon: 'setup',
    group: 'server',
    needs: ['domains.add'],
    also: 'first run domain dns records host name test',
  },
]

export function entriesFor(may: May): readonly NavigationEntry[] {
  return ENTRIES.filter(({ needs }) => may(...needs))
}
