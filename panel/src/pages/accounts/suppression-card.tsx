// Which list an account checks and adds to, and what adds to it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Account, AccountSuppression } from '../../../../client/src/index.ts'
import { type Holds, NO_SUPPRESSION, SOFT_BOUNDS } from '../../../../src/contract/suppression.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { quoted } from '../../parts/command.tsx'
import { Card, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { accounts } from '../../texts/accounts.ts'
import { span } from '../../texts/format.ts'
import { type Changed, SettingsCard, type Value } from './settings-form.tsx'

const words = accounts.settings.suppression
const DAY = 86_400_000
const SPANS = [7, 14, 30, 60, 90, 180, 365].map((days) => days * DAY)

type Name = 'check' | 'add' | 'reject' | 'hard' | 'softCount' | 'softWithin' | 'soft' | 'complaint' | 'unsubscribe'

const holdsOf = (value: Value): Holds => (value === 'ever' || value === 'off' ? value : Number(value))
const spanChoices = (present: Holds, most = Infinity) =>
  [...new Set([...SPANS.filter((one) => one <= most), ...(typeof present === 'number' ? [present] : [])])]
    .toSorted((a, b) => a - b)
    .map((one) => ({ value: String(one), label: span(one) }))
const holdChoices = (present: Holds) => [
  { value: 'ever', label: words.holds.ever },
  ...spanChoices(present),
  { value: 'off', label: words.holds.off },
]

export function SuppressionCard({ account: { id } }: { readonly account: Account }): ReactNode {
  const may = useMay()
  const policy = useQuery({
    queryKey: ['suppression', 'policy', id],
    queryFn: ({ signal }) => api.suppression.policy(id, { signal }),
    enabled: may('suppression.policy'),
  })
  const lists = useQuery({
    queryKey: ['suppression', 'lists', id],
    queryFn: ({ signal }) => api.suppression.lists({ limit: 1000 }, { signal }),
    enabled: may('suppression.lists'),
  })
  if (!may('suppression.policy')) return null
  const error = policy.error ?? lists.error
  if (policy.data === undefined)
    return (
      <Card title={words.title} about={words.about}>
        {error === null ? <Waiting lines={4} /> : <ProblemNotice error={error} again={() => void policy.refetch()} />}
      </Card>
    )
  const names = (lists.data?.data ?? []).filter(({ account }) => account === null || account === id).map(({ name }) => name)
  return <Shown id={id} policy={policy.data} lists={names} />
}

interface ShownProps {
  readonly id: number
  readonly policy: AccountSuppression
  readonly lists: readonly string[]
}

function Shown({ id, policy, lists }: ShownProps): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const { check, add, reject, hard, soft, complaint, unsubscribe } = { ...NO_SUPPRESSION, ...policy }
  const values = {
    check: check ?? '',
    add: add ?? '',
    reject,
    hard: String(hard),
    softCount: soft.count,
    softWithin: String(soft.within),
    soft: String(soft.holds),
    complaint: String(complaint),
    unsubscribe: String(unsubscribe),
  }
  const listChoices = [...new Set([...lists, ...[check, add].filter((name) => name !== null)])].map((name) => ({
    value: name,
    label: name,
  }))
  const choices = [{ value: '', label: accounts.settings.none }, ...listChoices]
  const bodyOf = (changed: Changed<Name>) => policyChange(changed, policy)
  return (
    <SettingsCard<Name>
      title={words.title}
      about={words.about}
      fields={[
        { name: 'check', kind: 'choice', words: words.check, choices },
        { name: 'add', kind: 'choice', words: words.add, choices },
        { name: 'reject', kind: 'switch', words: words.reject },
        { name: 'hard', kind: 'choice', words: words.hard, choices: holdChoices(hard) },
        { name: 'softCount', kind: 'number', words: words.softCount, ...SOFT_BOUNDS.count },
        { name: 'softWithin', kind: 'choice', words: words.softWithin, choices: spanChoices(soft.within, SOFT_BOUNDS.within) },
        { name: 'soft', kind: 'choice', words: words.soft, choices: holdChoices(soft.holds) },
        { name: 'complaint', kind: 'choice', words: words.complaint, choices: holdChoices(complaint) },
        { name: 'unsubscribe', kind: 'choice', words: words.unsubscribe, choices: holdChoices(unsubscribe) },
      ]}
      values={values}
      save={
        may('suppression.setPolicy')
          ? async (changed) => {
              await api.suppression.setPolicy(id, bodyOf(changed))
              await queries.invalidateQueries({ queryKey: ['suppression'] })
            }
          : null
      }
      command={(changed) => ({
        hms: `suppression policy ${id} ${policyFlags(bodyOf(changed))}`.trimEnd(),
        call: `PATCH /suppression/policies/${id}`,
        body: bodyOf(changed),
      })}
    />
  )
}

type Body = Parameters<typeof api.suppression.setPolicy>[1] & object

function policyChange(changed: Changed<Name>, { soft }: AccountSuppression): Body {
  const { check, add, reject, hard, softCount, softWithin, soft: softHolds, complaint, unsubscribe } = changed
  const isSoft = softCount !== undefined || softWithin !== undefined || softHolds !== undefined
  return {
    ...(check !== undefined && { check: check === '' ? null : String(check) }),
    ...(add !== undefined && { add: add === '' ? null : String(add) }),
    ...(reject !== undefined && { reject: reject === true }),
    ...(hard !== undefined && { hard: holdsOf(hard) }),
    ...(isSoft && {
      soft: {
        count: softCount === undefined ? soft.count : Number(softCount),
        within: softWithin === undefined ? soft.within : Number(softWithin),
        holds: softHolds === undefined ? soft.holds : holdsOf(softHolds),
      },
    }),
    ...(complaint !== undefined && { complaint: holdsOf(complaint) }),
    ...(unsubscribe !== undefined && { unsubscribe: holdsOf(unsubscribe) }),
  }
}

/** `30d`, or seconds where it is no whole number of days. */
const timeFlag = (holds: Holds): string => (typeof holds !== 'number' ? holds : holds % DAY === 0 ? `${holds / DAY}d` : `${holds / 1000}s`)

function policyFlags({ check, add, reject, hard, soft, complaint, unsubscribe }: Body): string {
  const list = (name: string | null): string => (name === null ? 'none' : quoted(name))
  const flags = [
    check === undefined ? null : `--check ${list(check)}`,
    add === undefined ? null : `--add ${list(add)}`,
    reject === undefined ? null : `--reject ${reject ? 'on' : 'off'}`,
    hard === undefined ? null : `--hard ${timeFlag(hard)}`,
    soft === undefined ? null : `--soft ${soft.holds === 'off' ? 'off' : `${soft.count}/${timeFlag(soft.within)}/${timeFlag(soft.holds)}`}`,
    complaint === undefined ? null : `--complaint ${timeFlag(complaint)}`,
    unsubscribe === undefined ? null : `--unsubscribe ${timeFlag(unsubscribe)}`,
  ]
  return flags.filter((flag) => flag !== null).join(' ')
}
