// What happened to a message, oldest first: each attempt with where it went, what was said there, and what that means.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { AttemptDialog, NumberedEvent, ReplyMeaning } from '../../../../client/src/index.ts'
import { FAILURE_CODES } from '../../../../src/contract/failure-codes.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Sign } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import { number, span, time } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'
import { gistOf, replyText, TONES } from '../../parts/kinds.tsx'
import { type Attempt, dialogsOf, isAttempt } from './dialogs-of.ts'
import { KeptDialog } from './kept-dialogs.tsx'
import { visible } from '../../parts/visible.ts'

const words = messages.one
/** More are not asked for: it is the same few again. */
const MOST_REPLIES = 20

interface TimelineProps {
  readonly events: readonly NumberedEvent[]
  /** What was said in its attempts. */
  readonly dialogs: readonly AttemptDialog[]
}

export function Timeline({ events, dialogs }: TimelineProps): ReactNode {
  const sorted = events.toSorted((a, b) => a.at - b.at)
  const meanings = useMeanings(sorted)
  if (sorted.length === 0) return <p className="hms-muted">{common.none}</p>
  return (
    <ol className="hms-timeline">
      {sorted.map((event) => (
        <li key={event.id}>
          <Sign tone={TONES[event.kind]} />
          <div className="hms-timeline-head">
            <strong>{messages.kinds[event.kind]}</strong>
            <span className="hms-break">
              {visible(event.recipient)}
              {event.kind === 'accepted' && event.recipients > 1 && ` ${messages.andMore(number(event.recipients - 1))}`}
            </span>
            <time className="hms-muted hms-small" dateTime={new Date(event.at).toISOString()}>
              {time(event.at)}
            </time>
          </div>
          <div className="hms-timeline-body">
            {isAttempt(event) ? <AttemptLines event={event} meanings={meanings} /> : <OtherLines event={event} />}
            {isAttempt(event) &&
              dialogsOf(event, dialogs, events).map((one) => <KeptDialog key={`${one.at} ${one.begun} ${one.address}`} dialog={one} />)}
          </div>
        </li>
      ))}
    </ol>
  )
}

const replyOf = (event: NumberedEvent): string | null => (isAttempt(event) && event.reply !== null ? replyText(event.reply) : null)

function useMeanings(events: readonly NumberedEvent[]): ReadonlyMap<string, ReplyMeaning> {
  const may = useMay()
  const bad = events.filter((event) => event.kind !== 'delivered').map(replyOf)
  const replies = [...new Set(bad.filter((reply) => reply !== null))].slice(0, MOST_REPLIES)
  const { data } = useQuery({
    queryKey: ['meanings', replies],
    queryFn: ({ signal }) => api.rules.repliesClassify({ replies }, { signal }),
    enabled: replies.length > 0 && may('rules.repliesClassify'),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return new Map(replies.flatMap((reply, n) => (data?.meanings[n] === undefined ? [] : [[reply, data.meanings[n]]])))
}

function AttemptLines({ event, meanings }: { readonly event: Attempt; readonly meanings: ReadonlyMap<string, ReplyMeaning> }): ReactNode {
  const { attempt, remoteHost, remoteAddress, localAddress, source, tls } = event
  const reply = replyOf(event)
  const host = [remoteHost, remoteAddress].filter((one) => one !== null).join(' ')
  const from = [source, localAddress].filter((one) => one !== null && one !== undefined).join(' ')
  const route = [
    words.attempt(attempt),
    host === '' ? '' : words.to(host),
    from === '' ? '' : words.from(from),
    tls === null ? (host === '' ? '' : words.noTls) : words.tls(tls.version, tls.verified),
    'queuedFor' in event ? words.took(span(event.queuedFor)) : '',
    event.kind === 'deferred' ? words.next(time(event.nextAttempt)) : '',
  ]
  return (
    <>
      <p className="hms-muted hms-small">{route.filter((part) => part !== '').join(' · ')}</p>
      <p className="hms-reply">{visible(reply ?? ('reason' in event ? event.reason : common.none))}</p>
      {'failureCode' in event && <Meaning code={event.failureCode} meaning={reply === null ? undefined : meanings.get(reply)} />}
    </>
  )
}

function Meaning({ code, meaning }: { readonly code: keyof typeof FAILURE_CODES; readonly meaning: ReplyMeaning | undefined }): ReactNode {
  const parts = [
    words.code(code, FAILURE_CODES[code]),
    meaning?.blame == null ? '' : words.blamed(words.blame[meaning.blame]),
    meaning === undefined ? '' : words.advice[meaning.action],
  ]
  return <p className="hms-small">{parts.filter((part) => part !== '').join(' · ')}</p>
}

function OtherLines({ event }: { readonly event: NumberedEvent }): ReactNode {
  const gist = gistOf(event)
  const by = 'by' in event && event.kind !== 'unsubscribed' ? words.by(event.by) : ''
  return (
    <>
      {gist !== '' && <p className="hms-break">{gist}</p>}
      {by !== '' && <p className="hms-muted hms-small">{by}</p>}
      {event.kind === 'bounced' && <Meaning code={event.failureCode} meaning={undefined} />}
      {event.kind === 'bounced' && <p className="hms-small">{words.advice[event.action]}</p>}
    </>
  )
}
