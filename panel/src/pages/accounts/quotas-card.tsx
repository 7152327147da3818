// How much of an account's mail is taken, and how much of that is used up.
import { Progress } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Account, QuotaChange, QuotaUse } from '../../../../client/src/index.ts'
import { QUOTA_NAMES, type QuotaName } from '../../../../src/contract/accounts.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { quoted } from '../../parts/command.tsx'
import { accounts } from '../../texts/accounts.ts'
import { number } from '../../texts/format.ts'
import { flagsOf, nulled, SettingsCard, type Values } from './settings-form.tsx'

const words = accounts.limits

interface QuotasProps {
  readonly account: Account
  readonly use: readonly QuotaUse[]
}

export function QuotasCard({ account, use }: QuotasProps): ReactNode {
  const { id, quotas, messagesPerHour } = account
  const may = useMay()
  const queries = useQueryClient()
  const set: Partial<Record<QuotaName, number>> = { ...quotas, ...(messagesPerHour !== null && { messagesPerHour }) }
  const values = Object.fromEntries(QUOTA_NAMES.map((name) => [name, set[name] ?? ''])) as Values<QuotaName>
  return (
    <SettingsCard
      key={JSON.stringify(values)}
      title={words.title}
      about={words.about}
      fields={QUOTA_NAMES.map((name) => ({ name, kind: 'number', words: [words.names[name], ''], least: 0 }))}
      values={values}
      save={
        may('accounts.quota')
          ? async (changed) => {
              await api.accounts.quota(id, nulled(changed) as QuotaChange)
              await queries.invalidateQueries({ queryKey: ['account', id] })
            }
          : null
      }
      command={(changed) => ({
        hms: `account quota ${id} ${flagsOf(changed, quoted)}`.trimEnd(),
        call: `PATCH /accounts/${id}/quotas`,
        body: nulled(changed),
      })}
    >
      <Use use={use} />
    </SettingsCard>
  )
}

function Use({ use }: { readonly use: readonly QuotaUse[] }): ReactNode {
  const counted = use.flatMap(({ used, ...one }) => (used === null ? [] : [{ ...one, used }]))
  if (counted.length === 0) return null
  return (
    <dl className="hms-facts">
      {counted.map(({ user, quota, limit, used }) => (
        <div key={`${quota} ${user ?? ''}`}>
          <dt>
            {words.names[quota]} {user !== null && words.ofLogin(user)}
          </dt>
          <dd className="hms-stack-tight">
            {words.part(number(used), number(limit))}
            <Progress
              aria-label={words.partLabel(words.names[quota])}
              value={limit === 0 ? 100 : Math.min(100, (used / limit) * 100)}
              color={used >= limit ? 'red.9' : 'harbor'}
            />
          </dd>
        </div>
      ))}
    </dl>
  )
}
