// All settings of an account, under the names that its owners know them by.
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Account, AccountChange } from '../../../../client/src/index.ts'
import { PRIORITIES } from '../../../../src/contract/priority.ts'
import { WEIGHTS } from '../../../../src/contract/settings.ts'
import { streamsOf } from '../../../../src/contract/streams.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { quoted } from '../../parts/command.tsx'
import { accounts } from '../../texts/accounts.ts'
import { HttpCard } from './http-card.tsx'
import { type Changed, flagsOf, nulled, SettingsCard } from './settings-form.tsx'
import { SuppressionCard } from './suppression-card.tsx'
import { TrackingCards } from './tracking-cards.tsx'

const words = accounts.settings
const GIGABYTE = 1e9

interface CardProps {
  readonly account: Account
}

export function SettingsTab({ account }: CardProps): ReactNode {
  return (
    <>
      <BounceCard account={account} />
      <SuppressionCard account={account} />
      <TrackingCards account={account} />
      <HttpCard account={account} />
      <OtherCard account={account} />
    </>
  )
}

function useSave(id: number): ((change: AccountChange) => Promise<void>) | null {
  const may = useMay()
  const queries = useQueryClient()
  if (!may('accounts.set')) return null
  return async (change) => {
    await api.accounts.set(id, change)
    await Promise.all([
      queries.invalidateQueries({ queryKey: ['account', id] }),
      queries.invalidateQueries({ queryKey: ['accounts', 'list'] }),
    ])
  }
}

function BounceCard({ account }: CardProps): ReactNode {
  const { id, bounceMail, delayNotices, returnPathDomain, returnPathNames, feedbackId } = account
  const save = useSave(id)
  const { title, about, ...fields } = words.bounce
  return (
    <SettingsCard
      title={title}
      about={about}
      fields={[
        { name: 'bounceMail', kind: 'switch', words: fields.bounceMail },
        { name: 'delayNotices', kind: 'switch', words: fields.delayNotices },
        { name: 'returnPathDomain', kind: 'text', words: fields.returnPathDomain },
        { name: 'returnPathNames', kind: 'switch', words: fields.returnPathNames },
        { name: 'feedbackId', kind: 'text', words: fields.feedbackId },
      ]}
      values={{ bounceMail, delayNotices, returnPathDomain: returnPathDomain ?? '', returnPathNames, feedbackId: feedbackId ?? '' }}
      save={save === null ? null : (changed) => save(nulled(changed) as AccountChange)}
      command={(changed) => ({
        hms: `account set ${id} ${flagsOf(changed, quoted, 'none', (field) => FLAGS[field] ?? field)}`.trimEnd(),
        call: `PATCH /accounts/${id}`,
        body: nulled(changed),
      })}
    />
  )
}

const FLAGS: Readonly<Record<string, string>> = {
  bounceMail: 'bounce-mail',
  delayNotices: 'delay-notices',
  returnPathDomain: 'return-path',
  returnPathNames: 'return-path-names',
  feedbackId: 'feedback-id',
  highestPriority: 'highest-priority',
  verifiedSendersOnly: 'verified-senders-only',
}

const choicesOf = <Name extends string>(labels: Readonly<Record<Name, string>>, names: readonly NoInfer<Name>[]) =>
  names.map((value) => ({ value, label: labels[value] }))

type OtherName =
  | 'name'
  | 'priority'
  | 'highestPriority'
  | 'weight'
  | 'stream'
  | 'window'
  | 'unsigned'
  | 'verifiedSendersOnly'
  | 'pickup'
  | 'keepDays'
  | 'keepGigabytes'

function OtherCard({ account }: CardProps): ReactNode {
  const { id, name, priority, highestPriority, weight, stream, window, unsigned, verifiedSendersOnly, pickup, keep } = account
  const save = useSave(id)
  const { title, about, priorities, unsignedChoices, ...fields } = words.other
  const values = {
    name,
    priority,
    highestPriority,
    weight,
    stream,
    window: window ?? '',
    unsigned,
    verifiedSendersOnly,
    pickup: pickup === true,
    keepDays: keep?.days ?? '',
    keepGigabytes: keep == null ? 10 : keep.bytes / GIGABYTE,
  }
  const body = (changed: Changed<OtherName>): AccountChange => {
    const { keepDays, keepGigabytes, ...rest } = changed
    const days = keepDays ?? values.keepDays
    const isKept = keepDays !== undefined || (keepGigabytes !== undefined && days !== '')
    const kept = days === '' ? null : { days: Number(days), bytes: Number(keepGigabytes ?? values.keepGigabytes) * GIGABYTE }
    return { ...(nulled(rest) as AccountChange), ...(isKept && { keep: kept }) }
  }
  const choices = choicesOf(priorities, PRIORITIES)
  return (
    <SettingsCard<OtherName>
      title={title}
      about={about}
      fields={[
        { name: 'name', kind: 'text', words: fields.name },
        { name: 'priority', kind: 'choice', words: fields.priority, choices },
        { name: 'highestPriority', kind: 'choice', words: fields.highestPriority, choices },
        { name: 'weight', kind: 'number', words: fields.weight, least: WEIGHTS.least, most: WEIGHTS.most },
        {
          name: 'stream',
          kind: 'choice',
          words: fields.stream,
          choices: streamsOf(account).map((one) => ({ value: one.name, label: one.name })),
        },
        { name: 'window', kind: 'text', words: fields.window },
        { name: 'unsigned', kind: 'choice', words: fields.unsigned, choices: choicesOf(unsignedChoices, ['refuse', 'provider', 'allow']) },
        { name: 'verifiedSendersOnly', kind: 'switch', words: fields.verifiedSendersOnly },
        { name: 'pickup', kind: 'switch', words: fields.pickup },
        { name: 'keepDays', kind: 'number', words: fields.keepDays, least: 1, most: 3650 },
        { name: 'keepGigabytes', kind: 'number', words: fields.keepGigabytes, least: 1 },
      ]}
      values={values}
      save={save === null ? null : (changed) => save(body(changed))}
      command={(changed) => ({ hms: otherCommand(id, changed, body(changed)), call: `PATCH /accounts/${id}`, body: body(changed) })}
    />
  )
}

function otherCommand(id: number, changed: Changed<OtherName>, { keep }: AccountChange): string {
  const { keepDays, keepGigabytes, pickup, ...rest } = changed
  // Each of them has a command of its own.
  if (Object.keys(rest).length > 0) return `account set ${id} ${flagsOf(rest, quoted, 'none', (field) => FLAGS[field] ?? field)}`
  if (pickup !== undefined) return `account pickup ${id} --${pickup === true ? 'on' : 'off'}`
  if (keepDays === undefined && keepGigabytes === undefined) return `account set ${id}`
  return keep == null ? `account keep ${id} --off` : `account keep ${id} --days ${keep.days} --bytes ${keep.bytes}`
}
