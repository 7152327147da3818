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
}

const ENTRIES: readonly NavigationEntry[] = [
  { to: '/', title: shell.pages.overview, icon: 'overview', group: 'mail' },
  { to: '/messages', title: shell.pages.messages, icon: 'messages', group: 'mail' },
  {
    to: '/destinations',
    title: shell.pages.destinations,
    icon: 'destinations',
    group: 'mail',
  },
  {
    to: '/rules',
    title: shell.pages.rules,
    icon: 'filter',
    group: 'mail',
  },
  {
    to: '/sources',
    title: shell.pages.sources,
    icon: 'server',
    group: 'mail',
  },
  {
    to: '/accounts',
    title: shell.pages.accounts,
    icon: 'user',
    group: 'sending',
  },
  {
    to: '/domains',
    title: shell.pages.domains,
    icon: 'domain',
    group: 'sending',
  },
  {
    to: '/bounces',
    title: shell.pages.bounces,
    icon: 'back',
    group: 'mail',
  },
  {
    to: '/suppression',
    title: shell.pages.suppression,
    icon: 'block',
    group: 'mail',
  },
  {
    to: '/templates',
    title: shell.pages.templates,
    icon: 'template',
    group: 'sending',
  },
  {
    to: '/jobs',
    title: shell.pages.jobs,
    icon: 'job',
    group: 'sending',
  },
  {
    to: '/webhooks',
    title: shell.pages.webhooks,
    icon: 'send',
    group: 'sending',
  },
  {
    to: '/plugins',
    title: shell.pages.plugins,
    icon: 'plug',
    group: 'server',
  },
  { to: '/milters', title: shell.pages.milters, icon: 'filter', group: 'server' },
  { to: '/logs', title: shell.pages.logs, icon: 'table', group: 'server' },
  {
    to: '/trace',
    title: shell.pages.trace,
    icon: 'live',
    group: 'server',
  },
  {
    to: '/backups',
    title: shell.pages.backups,
    icon: 'download',
    group: 'server',
  },
  {
    to: '/upgrade',
    title: shell.pages.upgrade,
    icon: 'up',
    group: 'server',
  },
  {
    to: '/settings',
    title: shell.pages.settings,
    icon: 'settings',
    group: 'server',
  },
  { to: '/console', title: shell.pages.console, icon: 'terminal', group: 'server' },
  {
    to: '/reports',
    title: shell.pages.reports,
    icon: 'chart',
    group: 'mail',
  },
  {
    to: '/dmarc',
    title: shell.pages.sums,
    icon: 'domain',
    group: 'mail',
  },
  {
    to: '/alarms',
    title: shell.pages.alarms,
    icon: 'bell',
    group: 'server',
  },
  { to: '/audit', title: shell.pages.audit, icon: 'clock', group: 'access' },
  {
    to: '/users',
    title: shell.pages.users,
    icon: 'people',
    group: 'access',
  },
  {
    to: '/keys',
    title: shell.pages.keys,
    icon: 'key',
    group: 'access',
  },
  {
    to: '/providers',
    title: shell.pages.providers,
    icon: 'external',
    group: 'access',
  },
  {
    to: '/me',
    title: shell.pages.me,
    icon: 'shield',
    group: 'access',
  },
  {
    to: '/setup',
    title: shell.pages.setup,
    icon: 'setup',
    group: 'server',
  },
]

export function entriesFor(may: May): readonly NavigationEntry[] {
  return ENTRIES.filter(({ to }) => may(...PAGE_RIGHTS[to].needs))
}
