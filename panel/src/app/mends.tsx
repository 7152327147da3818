// From something that is wrong to the page where it is mended, where the panel has one.
import type { ReactNode } from 'react'
import type { AlarmName } from '../../../client/src/index.ts'
import { ButtonLink } from '../parts/button-link.tsx'
import { mends as words } from '../texts/mends.ts'
import type { CallName } from './api.ts'
import { useMay } from './session.ts'

type Target =
  | { readonly kind: 'site' | 'message' | 'account' | 'webhook' | 'plugin' | 'milter' | 'domain'; readonly id: string }
  | { readonly kind: 'domains' | 'destinations' | 'backups' | 'sources' | 'settings' }

/** By what a notice, or the alarm `trouble`, is about. */
const BY_KEY: readonly (readonly [RegExp, (found: string) => Target])[] = [
  [/^(?:mx|list|suppression flood) (\S+)/, (id) => ({ kind: 'site', id })],
  [/^(?:suspect|message) (\S+)$/, (id) => ({ kind: 'message', id })],
  [/^plugin(?:-notices|-change)? (\S+)$/, (id) => ({ kind: 'plugin', id })],
  [/^(?:pickup|suppression account) (\d+)$/, (id) => ({ kind: 'account', id })],
]

const BY_ALARM: Partial<Record<AlarmName, (subject: string) => Target>> = {
  'oldest-due': (id) => ({ kind: 'site', id }),
  'no-delivery': () => ({ kind: 'destinations' }),
  'queue-memory': () => ({ kind: 'destinations' }),
  'disk-days': () => ({ kind: 'settings' }),
  'resolver-failing': () => ({ kind: 'settings' }),
  'backup-late': () => ({ kind: 'backups' }),
  'backup-unverified': () => ({ kind: 'backups' }),
  'ptr-record': () => ({ kind: 'sources' }),
  'source-listed': () => ({ kind: 'sources' }),
  'copies-failing': (id) => ({ kind: 'account', id }),
  brake: (id) => ({ kind: 'account', id }),
  'webhook-dead': (id) => ({ kind: 'webhook', id }),
  'milter-failing': (id) => ({ kind: 'milter', id }),
  'plugin-failing': (id) => ({ kind: 'plugin', id }),
  'sender-refused': (id) => ({ kind: 'domain', id }),
  'spf-record': (id) => ({ kind: 'domain', id }),
  'dkim-record': (name) => ({ kind: 'domain', id: name.replace(/^.*\._domainkey\./, '') }),
  'mx-record': () => ({ kind: 'domains' }),
}

function targetOf(name: AlarmName | null, subject: string): Target | null {
  const known = name === null ? undefined : BY_ALARM[name]
  if (known !== undefined) return known(subject)
  for (const [pattern, target] of BY_KEY) {
    const found = pattern.exec(subject)?.[1]
    if (found !== undefined) return target(found)
  }
  return null
}

const NEEDS: Readonly<Record<Target['kind'], CallName>> = {
  site: 'queue.sitesTop',
  message: 'queue.show',
  account: 'accounts.show',
  webhook: 'webhooks.show',
  plugin: 'routes.pluginGet',
  milter: 'routes.milterGet',
  domain: 'domains.get',
  domains: 'domains.list',
  destinations: 'queue.sitesTop',
  backups: 'lifecycle.backupList',
  sources: 'sources.list',
  settings: 'settings.configDescribe',
}

interface MendProps {
  /** Null: a notice of the status. */
  readonly name: AlarmName | null
  readonly subject: string | null
}

/** Nothing where the way is only in the words, or the person may not go there. */
export function MendLink({ name, subject }: MendProps): ReactNode {
  const may = useMay()
  const target = targetOf(name, subject ?? '')
  if (target === null || !may(NEEDS[target.kind])) return null
  return <Way target={target} />
}

const LOOK = { size: 'compact-xs', variant: 'default' } as const

function Way({ target }: { readonly target: Target }): ReactNode {
  switch (target.kind) {
    case 'site':
      return (
        <ButtonLink {...LOOK} to="/destination" search={{ site: target.id }}>
          {words.site(target.id)}
        </ButtonLink>
      )
    case 'message':
      return (
        <ButtonLink {...LOOK} to="/messages/$id" params={{ id: target.id }}>
          {words.message}
        </ButtonLink>
      )
    case 'account':
      return (
        <ButtonLink {...LOOK} to="/accounts/$id" params={{ id: target.id }}>
          {words.account(target.id)}
        </ButtonLink>
      )
    case 'webhook':
      return (
        <ButtonLink {...LOOK} to="/webhooks/$id" params={{ id: target.id }}>
          {words.webhook}
        </ButtonLink>
      )
    case 'plugin':
      return (
        <ButtonLink {...LOOK} to="/plugins/$name" params={{ name: target.id }}>
          {words.plugin}
        </ButtonLink>
      )
    case 'milter':
      return (
        <ButtonLink {...LOOK} to="/milters/$name" params={{ name: target.id }}>
          {words.milter(target.id)}
        </ButtonLink>
      )
    case 'domain':
      return (
        <ButtonLink {...LOOK} to="/domains/$domain" params={{ domain: target.id }}>
          {words.domain(target.id)}
        </ButtonLink>
      )
    case 'domains':
    case 'destinations':
    case 'backups':
    case 'sources':
    case 'settings':
      return (
        <ButtonLink {...LOOK} to={`/${target.kind}`}>
          {words[target.kind]}
        </ButtonLink>
      )
    default:
      return target satisfies never
  }
}
