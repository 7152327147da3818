// What a restore made of each recipient, or would make: numbers, and the names of what is lost or uncertain. As the command answers it.
import type { ReactNode } from 'react'
import { Address } from '../../parts/address.tsx'
import { Figure, Notice } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, timeShort } from '../../texts/format.ts'
import { backups } from '../../texts/backups.ts'

const words = backups.restores

interface Person {
  readonly message: string
  readonly account: number
  readonly at: number
  readonly recipient: string
}

interface Report {
  readonly kept: number
  readonly restored: number
  readonly alreadyDelivered: number
  readonly deleted: number
  readonly uncertain: number
  readonly lost: readonly Person[]
  readonly missing: readonly Person[]
  readonly uncertainRecipients: readonly Person[]
  readonly doubts: readonly string[]
  readonly shards: readonly { readonly shard: number; readonly from: string; readonly trouble: string | null }[]
  readonly differences: readonly { readonly kind: string; readonly key: string; readonly backup: string }[]
  readonly secretsLost: readonly string[]
  readonly aside: string | null
}

const COUNTS = ['kept', 'restored', 'alreadyDelivered', 'deleted', 'uncertain'] as const
const columns = words.peopleColumns
const PEOPLE: readonly Column<Person>[] = [
  { id: 'message', title: columns.message, isFixed: true, cell: ({ message }) => <code>{message}</code> },
  { id: 'account', title: columns.account, isFixed: true, isNumber: true, cell: ({ account }) => account },
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => timeShort(at) },
  { id: 'recipient', title: columns.recipient, isFixed: true, cell: ({ recipient }) => <Address text={recipient} /> },
]

const isReport = (answer: unknown): answer is Report =>
  typeof answer === 'object' && answer !== null && 'kept' in answer && 'lost' in answer

export function RestoreReport({ answer, title }: { readonly answer: unknown; readonly title: string }): ReactNode {
  if (!isReport(answer)) return null
  const { lost, missing, uncertainRecipients, doubts, shards, differences, secretsLost, aside } = answer
  const broken = shards.flatMap(({ shard, from, trouble }) => (trouble === null ? [] : [words.shards(shard, trouble, from === 'backup')]))
  const settings = differences.map(({ kind, key, backup }) => words.difference(kind, key, backup))
  return (
    <div className="hms-stack">
      <h3>{title}</h3>
      <dl className="hms-figures">
        {COUNTS.map((name) => (
          <Figure key={name} label={words.figures[name]} value={number(answer[name])} note={words.recipients} />
        ))}
        <Figure
          label={words.figures.lost}
          value={number(lost.length)}
          note={words.recipients}
          {...(lost.length > 0 && { tone: 'bad' as const })}
        />
      </dl>
      {[...doubts, ...broken].length > 0 && (
        <Notice tone="warn" title={words.doubts}>
          <Lines lines={[...doubts, ...broken]} />
        </Notice>
      )}
      <People title={words.lost} people={lost} />
      <People title={words.missing} people={missing} />
      <People title={words.uncertainList} people={uncertainRecipients} />
      <Listed title={words.differences} lines={settings} />
      <Listed title={words.secretsLost} lines={secretsLost} />
      {aside !== null && <p className="hms-break">{words.aside(aside)}</p>}
    </div>
  )
}

function People({ title, people }: { readonly title: string; readonly people: readonly Person[] }): ReactNode {
  if (people.length === 0) return null
  return (
    <div className="hms-stack-tight">
      <h3>{title}</h3>
      <DataTable
        name="restore-people"
        label={title}
        columns={PEOPLE}
        rows={people}
        keyOf={({ message, recipient }) => `${message} ${recipient}`}
        empty={null}
      />
    </div>
  )
}

function Listed({ title, lines }: { readonly title: string; readonly lines: readonly string[] }): ReactNode {
  if (lines.length === 0) return null
  return (
    <div className="hms-stack-tight">
      <h3>{title}</h3>
      <Lines lines={lines} />
    </div>
  )
}

function Lines({ lines }: { readonly lines: readonly string[] }): ReactNode {
  return (
    <ul>
      {lines.map((line) => (
        <li key={line} className="hms-break">
          {line}
        </li>
      ))}
    </ul>
  )
}
