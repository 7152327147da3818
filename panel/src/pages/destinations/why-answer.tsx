// Why something waits, as the server says it: of a message or an address each recipient, of a domain what holds most of its mail.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { WaitingDomain, WaitingMessage } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { Address } from '../../parts/address.tsx'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Card, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { destinations as words } from '../../texts/destinations.ts'
import { ago, number } from '../../texts/format.ts'
import { Hold, HoldList } from './holds.tsx'
import './destinations.css'

const LOOK_EVERY = 5000

type Asked = { readonly message: string } | { readonly recipient: string } | { readonly domain: string }

/** What somebody typed; null: none of the three. */
export function askedOf(text: string): Asked | null {
  if (text === '' || /\s/.test(text)) return null
  if (text.includes('@')) return { recipient: text.replace(/^<(.*)>$/, '$1') }
  if (/^[0-9a-z]{16}$/i.test(text)) return { message: text.toLowerCase() }
  return /^[^\s.]+(?:\.[^\s.]+)+\.?$|^\[.+\]$/.test(text) ? { domain: text.replace(/\.$/, '') } : null
}

export function WhyAnswer({ what }: { readonly what: string }): ReactNode {
  const asked = askedOf(what)
  const why = useQuery({
    queryKey: ['destinations', 'why', what],
    queryFn: ({ signal }) => api.queue.why(asked ?? {}, { signal }),
    enabled: asked !== null,
    refetchInterval: LOOK_EVERY,
  })
  if (asked === null) return null
  const { data } = why
  const waits =
    data !== undefined && (data.messages.length > 0 || (data.domain !== null && (data.domain.waiting > 0 || data.domain.holds.length > 0)))
  return (
    <Card title={words.why.title(what)} actions={'domain' in asked && <DomainLink domain={asked.domain} />} flush={waits}>
      {why.error !== null ? (
        <ProblemNotice error={why.error} again={() => void why.refetch()} />
      ) : data === undefined ? (
        <Waiting />
      ) : (
        <>
          {!waits && <p>{words.why.nothing(data.events.length > 0)}</p>}
          {data.domain !== null && <OfDomain domain={data.domain} />}
          {data.messages.length > 0 && <Waiters messages={data.messages} />}
          {(data.isCut || data.missing.length > 0) && <p className="hms-muted hms-small hms-destinations-note">{words.why.cut}</p>}
          {data.events.length > 0 && 'recipient' in asked && (
            <p className="hms-destinations-note">
              <Link to="/messages" search={{ recipient: asked.recipient }}>
                {words.why.history}
              </Link>
            </p>
          )}
        </>
      )}
    </Card>
  )
}

function DomainLink({ domain }: { readonly domain: string }): ReactNode {
  return (
    <ButtonLink to="/destination" search={{ domain }} size="xs" variant="default">
      {words.why.open}
    </ButtonLink>
  )
}

function OfDomain({ domain }: { readonly domain: WaitingDomain }): ReactNode {
  return domain.holds.length === 0 ? null : <HoldList holds={domain.holds} place={{ domain: domain.domain }} />
}

function Waiters({ messages }: { readonly messages: readonly WaitingMessage[] }): ReactNode {
  return (
    <ul className="hms-list">
      {messages.flatMap(({ id, recipients }) =>
        recipients.map(({ address, domain, hold, ahead, expected }) => (
          <li key={`${id} ${address}`}>
            <div className="hms-spread">
              <strong>
                <Address text={address} />
              </strong>
              <span className="hms-row hms-small">
                <Link to="/destination" search={{ domain }}>
                  {words.why.destination(domain)}
                </Link>
                <Link to="/messages/$id" params={{ id }}>
                  <code>{id}</code>
                </Link>
              </span>
            </div>
            <Hold hold={hold} place={{ domain }} />
            <p className="hms-muted hms-small">
              {[
                ...(ahead === null || ahead === 0 ? [] : [words.one.ahead(number(ahead))]),
                ...(expected === null ? [] : [words.one.expected(ago(expected))]),
              ].join(' · ')}
            </p>
          </li>
        )),
      )}
    </ul>
  )
}
