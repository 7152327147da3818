// Why somebody is suppressed: the entry, and the bounce, complaint or failure that led to it, with the message that it was about.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { MailEventKind, NumberedEvent, SuppressionEntry } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { gistOf, KindBadge } from '../../parts/kinds.tsx'
import { Facts, Notice, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { ago, time } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'
import { eventOf, isErased, ReasonBadge } from './entry-columns.tsx'

const words = suppression.why
/** What may suppress. */
const KINDS: readonly MailEventKind[] = ['failed', 'expired', 'bounced', 'complained', 'unsubscribed']
const MOST = 100
const OTHERS = 5

interface WhyProps {
  readonly list: string
  readonly target: string
  readonly stream: string | null
  readonly close: () => void
}

export function Why({ list, target, stream, close }: WhyProps): ReactNode {
  const entry = useQuery({
    queryKey: ['suppression', 'why', list, target, stream],
    queryFn: async ({ signal }) => {
      const { data } = await api.suppression.getFind(list, { target, limit: 1000 }, { signal })
      return data.find((one) => one.target === target && one.stream === stream) ?? null
    },
    enabled: !isErased(target),
  })
  const title = isErased(target) ? words.title : suppression.list.whyOf(target)
  return (
    <Dialog opened close={close} title={title} size="40rem">
      {isErased(target) ? (
        <Notice tone="info" title={suppression.remove.erased(1, '1')} />
      ) : entry.error !== null ? (
        <ProblemNotice error={entry.error} again={() => void entry.refetch()} />
      ) : entry.data === undefined ? (
        <Waiting lines={5} />
      ) : entry.data === null ? (
        <Notice tone="info" title={words.gone} />
      ) : (
        <Known entry={entry.data} />
      )}
    </Dialog>
  )
}

function Known({ entry }: { readonly entry: SuppressionEntry }): ReactNode {
  const { list, target, stream, reason, at, expires, origin } = entry
  const event = eventOf(origin)
  return (
    <div className="hms-stack">
      <Facts
        rows={[
          [words.reason, <ReasonBadge key="reason" reason={reason} />],
          [words.since, `${time(at)} (${ago(at)})`],
          [words.until, expires === null ? suppression.ever : time(expires)],
          [words.stream, stream ?? suppression.allMail],
          [words.list, list],
          [words.origin, event === null ? origin : suppression.list.fromEvent],
        ]}
      />
      {event === null ? <p className="hms-muted">{words.byHand}</p> : <CameBack target={target} id={event} at={at} />}
      <AsCommand
        hms={`suppression find ${quoted(target)} --list ${quoted(list)}`}
        call={`GET /suppression/lists/${list}/against?target=${encodeURIComponent(target)}`}
      />
    </div>
  )
}

function CameBack({ target, id, at }: { readonly target: string; readonly id: string; readonly at: number }): ReactNode {
  const may = useMay()
  const events = useQuery({
    queryKey: ['events', 'came back', target, at],
    queryFn: async ({ signal }) => {
      const { data } = await api.events.find({ recipient: target, kinds: KINDS, since: at - 1000, limit: MOST }, { signal })
      return data
    },
    enabled: may('events.find'),
  })
  if (!may('events.find')) return null
  if (events.error !== null) return <ProblemNotice error={events.error} again={() => void events.refetch()} />
  if (events.data === undefined) return <Waiting lines={3} />
  const cause = events.data.find((event) => event.id === id)
  const others = events.data.filter((event) => event !== cause).slice(0, OTHERS)
  return (
    <>
      <section className="hms-stack-tight" aria-label={words.event}>
        <h3>{words.event}</h3>
        {cause === undefined ? <p className="hms-muted">{words.eventGone}</p> : <Event event={cause} />}
      </section>
      {others.length > 0 && (
        <section className="hms-stack-tight" aria-label={words.others}>
          <h3>{words.others}</h3>
          {others.map((event) => (
            <Event key={event.id} event={event} />
          ))}
        </section>
      )}
      <div>
        <ButtonLink to="/messages" search={{ recipient: target, kinds: KINDS }} variant="default" size="xs">
          {words.lookUp}
        </ButtonLink>
      </div>
    </>
  )
}

function Event({ event }: { readonly event: NumberedEvent }): ReactNode {
  const { kind, at, message } = event
  const reporter = 'reporter' in event ? event.reporter : null
  return (
    <div>
      <div className="hms-row">
        <KindBadge kind={kind} />
        <span>{time(at)}</span>
        <Link to="/messages/$id" params={{ id: message }}>
          {words.message}
        </Link>
      </div>
      <p className="hms-reply">{gistOf(event)}</p>
      {reporter !== null && <p className="hms-muted hms-small">{words.reporter(reporter)}</p>}
    </div>
  )
}
