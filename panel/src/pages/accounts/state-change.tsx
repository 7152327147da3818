// Changes the state of an account, with what waits in its queue counted first.
import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Account } from '../../../../client/src/index.ts'
import { ACCOUNT_STATES, LONGEST_REASON, type AccountState } from '../../../../src/contract/accounts.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { accounts } from '../../texts/accounts.ts'
import { number } from '../../texts/format.ts'
import { countQuery } from './today.ts'

const words = accounts.state
const HOUR = 3_600_000
type Span = keyof typeof words.times
const keepsBack = (state: AccountState): boolean => state === 'held' || state === 'suspended'

export function StateActions({ account }: { readonly account: Account }): ReactNode {
  const may = useMay()
  const [asked, setAsked] = useState<AccountState | null>(null)
  if (!may('accounts.state')) return null
  const { state } = account
  const usual: AccountState = keepsBack(state) ? 'active' : 'suspended'
  return (
    <>
      <Button variant="default" onClick={() => setAsked(ACCOUNT_STATES.find((one) => one !== state && one !== usual) ?? 'held')}>
        {words.change}
      </Button>
      <Button variant={usual === 'active' ? 'filled' : 'default'} onClick={() => setAsked(usual)}>
        {usual === 'active' ? words.resume : words.suspend}
      </Button>
      <Dialog opened={asked !== null} close={() => setAsked(null)} title={words.title(account.name)}>
        {asked !== null && <Form account={account} first={asked} close={() => setAsked(null)} />}
      </Dialog>
    </>
  )
}

interface FormProps {
  readonly account: Account
  readonly first: AccountState
  readonly close: () => void
}

function Form({ account, first, close }: FormProps): ReactNode {
  const { id } = account
  const queries = useQueryClient()
  const [state, setState] = useState<AccountState>(first)
  const [reason, setReason] = useState('')
  const [span, setSpan] = useState<Span>('ever')
  const [opened] = useState(Date.now)
  const bodyAt = (now: number) => ({
    state,
    ...(reason.trim() !== '' && { reason: reason.trim() }),
    ...(span !== 'ever' && { until: now + Number(span) * HOUR }),
  })
  const changing = useMutation({
    mutationFn: () => api.accounts.state(id, bodyAt(Date.now())),
    onSuccess: async () => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['account'] }), queries.invalidateQueries({ queryKey: ['accounts'] })])
      close()
    },
  })
  const flags = [...(reason.trim() === '' ? [] : [`--reason ${quoted(reason.trim())}`]), ...(span === 'ever' ? [] : [`--until ${span}h`])]
  return (
    <DialogForm
      run={() => changing.mutate()}
      error={changing.error}
      submit={words.submit[state]}
      isBusy={changing.isPending}
      isGrave={keepsBack(state)}
      close={close}
    >
      <Select
        label={words.to}
        description={accounts.stateAbout[state]}
        allowDeselect={false}
        value={state}
        data={ACCOUNT_STATES.filter((one) => one !== account.state).map((value) => ({ value, label: accounts.states[value] }))}
        onChange={(value) => setState((value ?? first) as AccountState)}
      />
      <WhatWaits id={id} state={state} />
      <TextInput
        data-autofocus
        label={words.reason}
        description={words.reasonAbout}
        maxLength={LONGEST_REASON}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Select
        label={words.time}
        allowDeselect={false}
        value={span}
        data={(['ever', '1', '24', '168', '720'] as const).map((value) => ({ value, label: words.times[value] }))}
        onChange={(value) => setSpan((value ?? 'ever') as Span)}
      />
      <AsCommand hms={['account state', id, state, ...flags].join(' ')} call={`PUT /accounts/${id}/state`} body={bodyAt(opened)} />
    </DialogForm>
  )
}

function WhatWaits({ id, state }: { readonly id: number; readonly state: AccountState }): ReactNode {
  const all = useQuery({ ...countQuery(id), staleTime: 0 })
  const held = useQuery({ ...countQuery(id, 'held'), staleTime: 0 })
  const error = all.error ?? held.error
  if (error !== null) return <ProblemNotice error={error} again={() => void all.refetch()} />
  if (all.data === undefined || held.data === undefined) return <Waiting lines={1} />
  if (all.data.messages === 0) return <p>{words.none}</p>
  return (
    <p>
      {words.waits(number(all.data.messages), number(all.data.recipients))}
      {keepsBack(state) ? words.stays : words.leaves} {held.data.recipients > 0 && words.held(number(held.data.recipients))}
    </p>
  )
}
