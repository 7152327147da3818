// One message: what it is, why it waits, every attempt with what the receiver said and what that means, what came back, and what is kept of it.
import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { NumberedEvent, QueueEntry } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Address } from '../../parts/address.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Badge, Card, Facts, Notice, Page } from '../../parts/layout.tsx'
import { isNone, NotThere } from '../../parts/page-of-one.tsx'
import { common } from '../../texts/common.ts'
import { dialogs as dialogWords } from '../../texts/dialogs.ts'
import { ago, number, size, time } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'
import { ACTIONS, type ActionName, QueueConfirm } from './queue-confirm.tsx'
import { EventsSent } from './events-sent.tsx'
import { useKeptDialogs } from './kept-dialogs.tsx'
import { KeptContent } from './kept-content.tsx'
import { messageRoute } from './routes.ts'
import { Timeline } from './timeline.tsx'
import { WhyItWaits } from './why-it-waits.tsx'
import { visible } from '../../parts/visible.ts'
import './messages.css'

const words = messages.one
const LOOK_EVERY = 2000
type Accepted = Extract<NumberedEvent, { kind: 'accepted' }>

export function MessagePage(): ReactNode {
  const { id } = messageRoute.useParams()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<ActionName | null>(null)
  const shown = useQuery({
    queryKey: ['message', id],
    queryFn: ({ signal }) => api.queue.show(id, { signal }),
    // As long as something may still become of it.
    refetchInterval: ({ state }) => (state.data === undefined || state.data.entry !== null ? LOOK_EVERY : false),
  })
  const { data } = shown
  return (
    <Page title={words.title} about={<IdLine id={id} />} actions={data?.entry != null && <Actions ask={setAsked} />}>
      {data === undefined || isNone(shown.error) ? (
        <NotThere shown={shown} unknown={words.unknown} list="/messages" />
      ) : (
        <Message id={id} {...data} />
      )}
      <AsCommand hms={`queue show ${id}`} call={`GET /queue/${id}`} />
      {asked !== null && (
        <QueueConfirm
          action={asked}
          selection={{ ids: [id] }}
          close={() => setAsked(null)}
          done={() => void queries.invalidateQueries({ queryKey: ['message', id] })}
        />
      )}
    </Page>
  )
}

function IdLine({ id }: { readonly id: string }): ReactNode {
  return (
    <span className="hms-row">
      <code>{id}</code>
      <CopyButton text={id} what={words.fields.id} />
    </span>
  )
}

function Actions({ ask }: { readonly ask: (action: ActionName) => void }): ReactNode {
  const may = useMay()
  return ACTIONS.filter(({ needs }) => may(needs)).map(({ name }) => (
    <Button key={name} variant="default" size="sm" onClick={() => ask(name)}>
      {messages.actions[name]}
    </Button>
  ))
}

interface MessageProps {
  readonly id: string
  readonly entry: QueueEntry | null
  readonly header: string | null
  readonly events: readonly NumberedEvent[]
}

function Message({ id, entry, header, events }: MessageProps): ReactNode {
  const accepted = events.find((event) => event.kind === 'accepted')
  const account = entry?.account ?? events[0]?.account
  const dialogs = useKeptDialogs(id, events, entry !== null)
  return (
    <>
      {entry === null && <Notice tone="info" title={words.gone} />}
      <div className="hms-grid hms-message-grid">
        <Card title={words.summary}>
          <Summary entry={entry} accepted={accepted} />
        </Card>
        {entry !== null && <WhyItWaits id={id} />}
        {entry !== null && <Recipients entry={entry} />}
      </div>
      <Card title={words.timeline} about={words.timelineAbout}>
        <div className="hms-stack">
          <Timeline events={events} dialogs={dialogs ?? []} />
          {events.some(({ kind }) => kind === 'deferred' || kind === 'failed') && (
            <DialogNote entry={entry} isNone={dialogs?.length === 0} />
          )}
        </div>
      </Card>
      {header !== null && (
        <Card title={words.header}>
          <pre className="hms-source" tabIndex={0} aria-label={words.header}>
            {header}
          </pre>
        </Card>
      )}
      {account !== undefined && <EventsSent account={account} id={id} />}
      {account !== undefined && <KeptContent account={account} id={id} />}
    </>
  )
}

/** Where nothing is kept of what was said, it is said plainly; with the way to what can be seen. */
function DialogNote({ entry, isNone }: { readonly entry: QueueEntry | null; readonly isNone: boolean }): ReactNode {
  const may = useMay()
  const domain = entry?.recipients
    .find(({ state }) => state === 'waiting')
    ?.address.split('@')
    .at(-1)
  return (
    <p className="hms-muted hms-small">
      {isNone && `${dialogWords.none} `}
      {domain !== undefined && may('queue.traceFollow') && (
        <Link to="/trace" search={{ way: 'out', domain }}>
          {dialogWords.live}
        </Link>
      )}
    </p>
  )
}

function Summary({ entry, accepted }: { readonly entry: QueueEntry | null; readonly accepted: Accepted | undefined }): ReactNode {
  const fields = words.fields
  const any = entry ?? accepted
  if (any === undefined) return <p className="hms-muted">{common.none}</p>
  const at = entry?.acceptedAt ?? accepted?.at ?? 0
  const client = [accepted?.user, accepted?.client].filter((one) => one !== null && one !== undefined).join(' · ')
  return (
    <Facts
      rows={[
        accepted?.subject === undefined ? null : [fields.subject, visible(accepted.subject)],
        [fields.sender, <Address key="sender" text={any.sender} />],
        [fields.accepted, `${time(at)} (${ago(at)})`],
        [fields.account, any.account],
        accepted === undefined ? null : [fields.from, `${client === '' ? common.none : client} · ${accepted.protocol}`],
        [fields.size, size(any.size)],
        any.mailing === null ? null : [fields.mailing, any.mailing],
        any.clientId === null ? null : [fields.clientId, any.clientId],
        accepted?.headerId === undefined ? null : [fields.headerId, visible(accepted.headerId)],
        any.stream === undefined ? null : [fields.stream, any.stream],
        entry === null ? null : [fields.expires, time(entry.expiresAt)],
        accepted?.tags === undefined ? null : [fields.tags, visible(accepted.tags.join(', '))],
      ]}
    />
  )
}

const TONES = { waiting: 'warn', held: 'quiet', sending: 'info' } as const

function Recipients({ entry: { recipients, more } }: { readonly entry: QueueEntry }): ReactNode {
  return (
    <Card title={words.recipients} flush>
      <ul className="hms-list">
        {recipients.map(({ address, state, attempts, due, lastReply }) => (
          <li key={address}>
            <div className="hms-spread">
              <strong>
                <Address text={address} />
              </strong>
              <Badge tone={TONES[state]}>{messages.states[state]}</Badge>
            </div>
            <p className="hms-muted hms-small">
              {attempts > 0 && `${words.attempt(attempts)} · `}
              {state === 'waiting' && words.next(ago(due))}
            </p>
            {lastReply !== null && <p className="hms-reply">{visible(lastReply)}</p>}
          </li>
        ))}
        {more > 0 && (
          <li className="hms-muted">
            <Icon name="info" size={16} /> {messages.andMore(number(more))}
          </li>
        )}
      </ul>
    </Card>
  )
}
