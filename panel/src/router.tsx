// All pages of the panel. A page is in files of its own, which are fetched when somebody goes there: it needs a line here.
import type { QueryClient } from '@tanstack/react-query'
import { createRoute, createRouter } from '@tanstack/react-router'
import { inside, NotFound, root } from './app/inside.tsx'
import type { PagePath } from './app/page-rights.ts'
import { accountRoute, accountsRoute, newAccountRoute } from './pages/accounts/routes.ts'
import { destinationRoute, destinationsRoute } from './pages/destinations/routes.ts'
import { bouncesRoute } from './pages/bounces/routes.ts'
import { backupsRoute, restoreRoute } from './pages/backups/routes.ts'
import { consoleRoute } from './pages/console/routes.ts'
import { domainRoute, domainsRoute } from './pages/domains/routes.ts'
import { jobRoute, jobsRoute, newJobRoute } from './pages/jobs/routes.ts'
import { alarmsRoute } from './pages/alarms/routes.ts'
import { auditRoute } from './pages/audit/routes.ts'
import { firstRoute, loginRoute } from './pages/login/routes.ts'
import { logsRoute } from './pages/logs/routes.ts'
import { milterRoute, miltersRoute } from './pages/milters/routes.ts'
import { messageRoute, messagesRoute } from './pages/messages/routes.ts'
import { keysRoute } from './pages/keys/routes.ts'
import { overviewRoute } from './pages/overview/routes.ts'
import { rulesRoute } from './pages/rules/routes.ts'
import { setupRoute } from './pages/setup/routes.ts'
import { sourcesRoute } from './pages/sources/routes.ts'
import { suppressionListRoute, suppressionRoute } from './pages/suppression/routes.ts'
import { newTemplateRoute, templateRoute, templatesRoute } from './pages/templates/routes.ts'
import { ownAccessRoute } from './pages/own-access/routes.ts'
import { providerRoute, providersRoute } from './pages/providers/routes.ts'
import { pluginRoute, pluginsRoute } from './pages/plugins/routes.ts'
import { reportsRoute } from './pages/reports/routes.ts'
import { sumsRoute } from './pages/sums/routes.ts'
import { userRoute, usersRoute } from './pages/users/routes.ts'
import { mergeRoute, settingRoute, settingsRoute } from './pages/settings/routes.ts'
import { traceRoute } from './pages/trace/routes.ts'
import { versionsRoute } from './pages/versions/routes.ts'
import { webhookRoute, webhooksRoute } from './pages/webhooks/routes.ts'

const elsewhere = createRoute({ getParentRoute: () => inside, path: '$', component: NotFound })

const PAGES = [
  overviewRoute,
  messagesRoute,
  messageRoute,
  destinationsRoute,
  destinationRoute,
  rulesRoute,
  sourcesRoute,
  accountsRoute,
  newAccountRoute,
  accountRoute,
  domainsRoute,
  domainRoute,
  bouncesRoute,
  suppressionRoute,
  suppressionListRoute,
  templatesRoute,
  newTemplateRoute,
  templateRoute,
  jobsRoute,
  newJobRoute,
  jobRoute,
  webhooksRoute,
  webhookRoute,
  reportsRoute,
  sumsRoute,
  alarmsRoute,
  auditRoute,
  usersRoute,
  userRoute,
  keysRoute,
  providersRoute,
  providerRoute,
  ownAccessRoute,
  pluginsRoute,
  pluginRoute,
  miltersRoute,
  milterRoute,
  logsRoute,
  traceRoute,
  backupsRoute,
  restoreRoute,
  versionsRoute,
  settingsRoute,
  mergeRoute,
  settingRoute,
  consoleRoute,
  setupRoute,
  // Each says in page-rights.ts whose it is.
] satisfies readonly { readonly fullPath: PagePath }[]

export function newRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([loginRoute, firstRoute, inside.addChildren([...PAGES, elsewhere])]),
    context: { queries },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>
  }
}
