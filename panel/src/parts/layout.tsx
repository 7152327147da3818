// Parts that pages are laid out of: the head of a page, cards, states as badges, the words of an empty place, a figure with its change.
import { Skeleton } from '@mantine/core'
import { type ReactNode, useEffect, useId } from 'react'
import { common } from '../texts/common.ts'
import { Icon, type IconName } from './icons.tsx'
import './layout.css'

interface PageProps {
  readonly title: string
  /** One or two sentences under the title. */
  readonly about?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page: its title is the window's, too. */
export function Page({ title, about, actions, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · ${common.product}`
  }, [title])
  return (
    <div className="hms-page">
      <div className="hms-page-head">
        <div>
          <h1>{title}</h1>
          {about !== undefined && <p>{about}</p>}
        </div>
        {actions !== undefined && <div className="hms-page-actions">{actions}</div>}
      </div>
      {children}
    </div>
  )
}

interface CardProps {
  readonly title?: ReactNode
  readonly about?: ReactNode
  readonly actions?: ReactNode
  /** Without room at its edges: for tables. */
  readonly flush?: boolean
  readonly children: ReactNode
}

export function Card({ title, about, actions, flush = false, children }: CardProps): ReactNode {
  const id = useId()
  return (
    <section className={flush ? 'hms-card hms-card-flush' : 'hms-card'} {...(title !== undefined && { 'aria-labelledby': id })}>
      {title !== undefined && (
        <div className="hms-card-head">
          <div>
            <h2 id={id}>{title}</h2>
            {about !== undefined && <p className="hms-muted hms-small">{about}</p>}
          </div>
          {actions !== undefined && <div className="hms-row">{actions}</div>}
        </div>
      )}
      <div className="hms-card-body">{children}</div>
    </section>
  )
}

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'quiet'

/** A state in a word. The word says it; the colour helps. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return <span className={`hms-badge hms-tone-${tone}`}>{children}</span>
}

const SIGNS: Readonly<Record<Tone, IconName>> = { ok: 'check', warn: 'warn', bad: 'cross', info: 'info', quiet: 'clock' }

/** The sign of a state beside its words. */
export function Sign({ tone }: { readonly tone: Tone }): ReactNode {
  return (
    <span className={`hms-sign hms-tone-${tone}`}>
      <Icon name={SIGNS[tone]} size={14} />
    </span>
  )
}

interface NoticeProps {
  readonly tone: Tone
  readonly title: ReactNode
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

/** Something to know before all else on the page. */
export function Notice({ tone, title, children, actions }: NoticeProps): ReactNode {
  return (
    <div className={`hms-notice hms-tone-${tone}`}>
      <Icon name={SIGNS[tone]} />
      <div className="hms-notice-words">
        <strong>{title}</strong>
        {children !== undefined && <div>{children}</div>}
      </div>
      {actions !== undefined && <div className="hms-row">{actions}</div>}
    </div>
  )
}

interface EmptyProps {
  readonly icon?: IconName
  readonly title: string
  /** What to do first. */
  readonly children?: ReactNode
  readonly actions?: ReactNode
}

export function Empty({ icon = 'info', title, children, actions }: EmptyProps): ReactNode {
  return (
    <div className="hms-empty">
      <Icon name={icon} size={28} />
      <strong>{title}</strong>
      {children !== undefined && <p className="hms-muted">{children}</p>}
      {actions !== undefined && <div className="hms-row">{actions}</div>}
    </div>
  )
}

interface FigureProps {
  readonly label: string
  readonly value: ReactNode
  /** What it is compared with. */
  readonly note?: ReactNode
  readonly tone?: Tone
}

export function Figure({ label, value, note, tone }: FigureProps): ReactNode {
  return (
    <div className="hms-figure">
      <dt>{label}</dt>
      <dd className={tone === undefined ? 'hms-figure-value' : `hms-figure-value hms-ink-${tone}`}>{value}</dd>
      {note !== undefined && <dd className="hms-figure-note">{note}</dd>}
    </div>
  )
}

/** Names and what they are, one below the other. */
export function Facts({ rows }: { readonly rows: readonly (readonly [string, ReactNode] | null)[] }): ReactNode {
  return (
    <dl className="hms-facts">
      {rows
        .filter((row) => row !== null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

/** While something is fetched. */
export function Waiting({ lines = 3 }: { readonly lines?: number }): ReactNode {
  return (
    <div className="hms-stack-tight" role="status" aria-label={common.loading}>
      {Array.from({ length: lines }, (_, n) => (
        <Skeleton key={n} height={14} width={`${92 - ((n * 23) % 40)}%`} radius="sm" />
      ))}
    </div>
  )
}
