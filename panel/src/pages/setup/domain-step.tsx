// The first domain: added, its records to publish, and what receivers see of it, looked at again and again until it is as it should be.
import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { SenderDomain } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { setup } from '../../texts/setup.ts'
import { DomainRecords } from './domain-records.tsx'
import { setupRoute } from './routes.ts'
import { Step } from './step.tsx'

const words = setup.domain

export function DomainStep(): ReactNode {
  const { domain } = setupRoute.useSearch()
  const navigate = setupRoute.useNavigate()
  const list = useQuery({ queryKey: ['domains'], queryFn: ({ signal }) => api.domains.list({ limit: 1000 }, { signal }) })
  const domains = list.data?.data ?? []
  const chosen = domains.find((one) => one.domain === domain) ?? domains[0]
  const choose = (domain: string): void => void navigate({ search: { domain }, replace: true })
  return (
    <Step
      title={setup.steps.domain}
      about={words.about}
      isDone={list.data === undefined ? undefined : domains.some(({ verifiedAt }) => verifiedAt !== null)}
    >
      {list.error !== null && <ProblemNotice error={list.error} again={() => void list.refetch()} />}
      {list.isPending && <Waiting lines={2} />}
      {domains.length > 1 && (
        <Select
          label={words.choose}
          allowDeselect={false}
          value={chosen?.domain ?? null}
          data={domains.map((one) => one.domain)}
          onChange={(one) => one !== null && choose(one)}
        />
      )}
      {list.data !== undefined && <AddDomain isFirst={domains.length === 0} added={choose} />}
      {chosen !== undefined && <DomainRecords key={chosen.domain} domain={chosen} />}
    </Step>
  )
}

interface AddProps {
  readonly isFirst: boolean
  readonly added: (domain: SenderDomain['domain']) => void
}

function AddDomain({ isFirst, added }: AddProps): ReactNode {
  const queries = useQueryClient()
  const [isOpen, setOpen] = useState(isFirst)
  const [name, setName] = useState('')
  const [account, setAccount] = useState<string | null>(null)
  const accounts = useQuery({ queryKey: ['accounts', 'all'], queryFn: ({ signal }) => api.accounts.list({ limit: 1000 }, { signal }) })
  // Mail without a login has no domain of its own.
  const choices = (accounts.data?.data ?? []).filter(({ id }) => id > 1000)
  const id = Number(account ?? choices[0]?.id ?? 0)
  const adding = useMutation({
    mutationFn: () => api.domains.add({ domain: name.trim(), account: id }),
    onSuccess: async ({ domain }) => {
      setOpen(false)
      setName('')
      await queries.invalidateQueries({ queryKey: ['domains'] })
      added(domain.domain)
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    adding.mutate()
  }
  if (!isOpen)
    return (
      <div>
        <Button variant="default" size="xs" onClick={() => setOpen(true)}>
          {words.another}
        </Button>
      </div>
    )
  return (
    <>
      <form className="hms-setup-form" onSubmit={submit}>
        <TextInput
          label={words.label}
          placeholder="example.com"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={words.account}
          allowDeselect={false}
          value={String(id)}
          data={choices.map((one) => ({ value: String(one.id), label: `${one.id} · ${one.name}` }))}
          onChange={setAccount}
        />
        <Button type="submit" loading={adding.isPending} disabled={choices.length === 0}>
          {words.add}
        </Button>
      </form>
      {adding.error !== null && <ProblemNotice error={adding.error} />}
      <AsCommand
        hms={`domain add ${quoted(name.trim() === '' ? 'example.com' : name.trim())} ${id}`}
        call="POST /domains"
        body={{ domain: name.trim(), account: id }}
      />
    </>
  )
}
