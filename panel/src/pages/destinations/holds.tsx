// What holds mail, in the server's words, and the way to its mend.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { HeldBack, Hold as HoldOf } from '../../../../client/src/index.ts'
import { useMay } from '../../app/session.ts'
import { Badge, type Tone } from '../../parts/layout.tsx'
import { destinations } from '../../texts/destinations.ts'
import { ago, number } from '../../texts/format.ts'
import './destinations.css'

const words = destinations.holds
type Kind = HoldOf['kind']

const TONES: Readonly<Record<Kind, Tone>> = {
  held: 'quiet',
  suspended: 'warn',
  account: 'warn',
  'not-running': 'bad',
  stopping: 'warn',
  spool: 'bad',
  scheduled: 'quiet',
  retry: 'warn',
  'backing-off': 'bad',
  block: 'bad',
  source: 'bad',
  rate: 'warn',
  'warm-up': 'info',
  connections: 'warn',
  probing: 'warn',
  turn: 'info',
  memory: 'info',
  disk: 'info',
  'looking-up': 'info',
  sending: 'ok',
  settling: 'ok',
}

/** Which mail it is about. */
export interface HoldPlace {
  readonly domain?: string
  readonly site?: string
}

/** Those that a rule may have made so. */
const BY_RULES: ReadonlySet<Kind> = new Set(['rate', 'connections', 'backing-off', 'retry', 'scheduled'])

interface HoldProps {
  readonly hold: HoldOf
  readonly place: HoldPlace
  /** Whose rules hold; that of the place unless said. */
  readonly domain?: string | null
  /** Before the reason: how much it holds. */
  readonly amount?: ReactNode
}

export function Hold({ hold, place, domain = null, amount }: HoldProps): ReactNode {
  const { kind, reason, until, since, by } = hold
  const more = [
    ...(by === undefined ? [] : [words.by(by)]),
    ...(since === undefined ? [] : [words.since(ago(since))]),
    ...(until === null ? [] : [words.until(ago(until))]),
  ]
  return (
    <div className="hms-hold">
      <div className="hms-row">
        <Badge tone={TONES[kind]}>{words.kinds[kind]}</Badge>
        {amount}
      </div>
      <p className="hms-break">{reason}</p>
      <p className="hms-muted hms-small">
        {more.join(' · ')} <Mend kind={kind} place={place} domain={domain ?? place.domain ?? null} />
      </p>
    </div>
  )
}

interface ListProps extends Pick<HoldProps, 'place' | 'domain'> {
  readonly holds: readonly HeldBack[]
}

export function HoldList({ holds, place, domain = null }: ListProps): ReactNode {
  return (
    <ul className="hms-list">
      {holds.map((hold) => {
        const count = words.recipients(hold.recipients, number(hold.recipients))
        return (
          <li key={`${hold.kind} ${hold.reason}`}>
            <Hold hold={hold} place={place} domain={domain} amount={<strong>{hold.atLeast ? words.atLeast(count) : count}</strong>} />
          </li>
        )
      })}
    </ul>
  )
}

interface MendProps {
  readonly kind: Kind
  readonly place: HoldPlace
  readonly domain: string | null
}

/** Where it is mended, for those who may see that page. */
function Mend({ kind, place, domain }: MendProps): ReactNode {
  const may = useMay()
  if (kind === 'held')
    return (
      <Link to="/messages" search={{ view: 'queue', state: 'held', ...place }}>
        {words.mends.release}
      </Link>
    )
  if (kind === 'account' && may('accounts.list')) return <Link to="/accounts">{words.mends.account}</Link>
  if (kind === 'source' && may('sources.list')) return <Link to="/sources">{words.mends.source}</Link>
  if (kind === 'warm-up' && may('sources.warmupStatus'))
    return (
      <Link to="/sources" search={{ tab: 'warmup' }}>
        {words.mends.warmup}
      </Link>
    )
  if (kind === 'block' && may('queue.effectsList'))
    return (
      <Link to="/rules" search={{ tab: 'blocks' }}>
        {words.mends.block}
      </Link>
    )
  if (BY_RULES.has(kind) && domain !== null && may('rules.explain'))
    return (
      <Link to="/rules" search={{ domain }}>
        {words.mends.rules}
      </Link>
    )
  return null
}
