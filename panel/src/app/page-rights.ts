// Whose each page is: the calls that it lives of, the role that they take, and whether people of one account may make them. A page that is
// not here does not compile (router.tsx); that what is said here is what the server does is held by test/panel-roles.test.ts.
import type { Me } from '../../../client/src/index.ts'
import type { CallName } from './api.ts'

export interface PageRight {
  readonly needs: readonly CallName[]
  /** The least role that may make all of these calls; left out: everybody's. */
  readonly least?: Me['role']
  /** About the whole server: not for people of one account. */
  readonly isOfServer?: boolean
}

const everybody: PageRight = { needs: [] }
const of = (...needs: readonly CallName[]): PageRight => ({ needs })
const taking = (least: Me['role'], ...needs: readonly CallName[]): PageRight => ({ needs, least })
const ofServer = (least: Me['role'], ...needs: readonly CallName[]): PageRight => ({ needs, least, isOfServer: true })

const destinations = ofServer('viewer', 'queue.sitesTop', 'queue.sitesProviders', 'queue.sitesReplies')
const plugins = ofServer('administrator', 'routes.pluginList', 'routes.pluginGet')

/** By the path of its route. */
export const PAGE_RIGHTS = {
  '/': everybody,
  '/messages': of('events.find'),
  '/messages/$id': of('events.find', 'queue.show'),
  '/destinations': destinations,
  '/destination': destinations,
  '/rules': ofServer('viewer', 'rules.get', 'rules.explain', 'rules.history'),
  '/sources': ofServer('viewer', 'sources.list', 'sources.listed', 'sources.reverse'),
  '/bounces': of('reports.query', 'events.find'),
  '/suppression': of('suppression.lists', 'suppression.export'),
  '/suppression/$list': of('suppression.lists', 'suppression.export'),
  '/reports': of('reports.query'),
  '/dmarc': ofServer('viewer', 'reports.dmarc', 'reports.tls'),
  '/accounts': of('accounts.list'),
  '/accounts/new': ofServer('administrator', 'accounts.add'),
  '/accounts/$id': of('accounts.show'),
  '/domains': of('domains.list', 'domains.checkById'),
  '/domains/$domain': of('domains.get'),
  '/templates': of('templates.list', 'templates.show'),
  '/templates/new': taking('administrator', 'templates.add'),
  '/templates/of/$id': of('templates.show'),
  '/jobs': of('jobs.list', 'jobs.show'),
  '/jobs/new': taking('operator', 'jobs.add'),
  '/jobs/$id': of('jobs.show'),
  '/webhooks': of('webhooks.list', 'webhooks.show'),
  '/webhooks/$id': of('webhooks.show'),
  '/plugins': plugins,
  '/plugins/$name': plugins,
  '/milters': ofServer('viewer', 'routes.milterList', 'routes.milterGet'),
  '/milters/$name': ofServer('viewer', 'routes.milterGet'),
  '/logs': of('events.logRead'),
  '/trace': ofServer('operator', 'queue.traceFollow'),
  '/backups': ofServer('administrator', 'lifecycle.backupList'),
  '/backups/restore': ofServer('owner', 'lifecycle.restoreTry', 'lifecycle.restoreStart'),
  '/upgrade': ofServer('administrator', 'lifecycle.show'),
  '/settings': ofServer('administrator', 'settings.configDescribe'),
  '/settings/merge': ofServer('owner', 'settings.configMergeShow'),
  '/settings/$name': ofServer('administrator', 'settings.getConfigDescribe'),
  '/console': everybody,
  '/alarms': ofServer('viewer', 'alarms.list'),
  '/audit': ofServer('administrator', 'audit.list'),
  '/users': taking('administrator', 'users.list'),
  '/users/$name': taking('administrator', 'users.show'),
  '/keys': taking('administrator', 'keys.list'),
  '/providers': ofServer('owner', 'users.providerList'),
  '/providers/$name': ofServer('owner', 'users.providerShow'),
  '/me': everybody,
  '/setup': taking('administrator', 'domains.add'),
} as const satisfies Readonly<Record<string, PageRight>>

export type PagePath = keyof typeof PAGE_RIGHTS

/** Null: there is no such page, which says so itself. */
export function rightOf(path: string): PageRight | null {
  return Object.hasOwn(PAGE_RIGHTS, path) ? PAGE_RIGHTS[path as PagePath] : null
}
