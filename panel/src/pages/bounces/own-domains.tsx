// Where bounces and complaints come to: said where there is no domain for it yet, with the way to one.
import { Button, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { bounces } from '../../texts/bounces.ts'

const words = bounces.own
const KEY = ['inbound']

export function OwnDomains(): ReactNode {
  const may = useMay()
  const { account } = useMe()
  const [opened, { open, close }] = useDisclosure(false)
  const list = useQuery({ queryKey: KEY, queryFn: ({ signal }) => api.inbound.list({ limit: 5 }, { signal }) })
  if (list.error !== null) return <ProblemNotice error={list.error} again={() => void list.refetch()} />
  if (list.data === undefined) return null
  const domains = list.data.data
  // Whoever is of one account need not have one: there may be one of all.
  if (domains.length > 0 || account !== null)
    return domains.length === 0 ? null : <p className="hms-muted">{words.ready(domains.map(({ domain }) => domain).join(', '))}</p>
  return (
    <>
      <Notice
        tone="warn"
        title={words.none}
        actions={
          may('inbound.add') && (
            <Button size="xs" onClick={open}>
              {words.add}
            </Button>
          )
        }
      >
        {words.what}
      </Notice>
      <Dialog opened={opened} close={close} title={words.title}>
        <Form close={close} />
      </Dialog>
    </>
  )
}

function Form({ close }: { readonly close: () => void }): ReactNode {
  const [domain, setDomain] = useState('')
  const [account, setAccount] = useState('')
  const [forward, setForward] = useState('')
  const queries = useQueryClient()
  const body = {
    ...(account.trim() !== '' && { account: Number(account) }),
    ...(forward.trim() !== '' && { forward: forward.trim() }),
  }
  const adding = useMutation({ mutationFn: () => api.inbound.add(domain.trim(), body) })
  const done = (): void => {
    close()
    void queries.invalidateQueries({ queryKey: KEY })
  }
  if (adding.data !== undefined) return <Next domain={adding.data.domain} close={done} />
  const named = domain.trim() === '' ? 'bounce.example.com' : domain.trim()
  const flags = [
    ...(account.trim() === '' ? [] : [`--account ${quoted(account.trim())}`]),
    ...(forward.trim() === '' ? [] : [`--forward ${quoted(forward.trim())}`]),
  ]
  return (
    <DialogForm run={() => adding.mutate()} error={adding.error} submit={words.submit} isBusy={adding.isPending} close={close}>
      <TextInput
        data-autofocus
        label={words.domain}
        description={words.domainAbout}
        required
        value={domain}
        onChange={(event) => setDomain(event.currentTarget.value)}
      />
      <TextInput
        label={words.account}
        description={words.accountAbout}
        inputMode="numeric"
        pattern="[0-9]*"
        value={account}
        onChange={(event) => setAccount(event.currentTarget.value)}
      />
      <TextInput
        type="email"
        label={words.forward}
        description={words.forwardAbout}
        value={forward}
        onChange={(event) => setForward(event.currentTarget.value)}
      />
      <AsCommand hms={['inbound add', quoted(named), ...flags].join(' ')} call={`PUT /inbound/${named}`} body={body} />
    </DialogForm>
  )
}

/** What is to be published, and named by an account. */
function Next({ domain, close }: { readonly domain: string; readonly close: () => void }): ReactNode {
  const may = useMay()
  const host = useQuery({
    queryKey: ['settings', 'host.name'],
    queryFn: ({ signal }) => api.settings.getConfigDescribe('host.name', { signal }),
    enabled: may('settings.getConfigDescribe'),
  })
  return (
    <div className="hms-stack">
      <p>{words.next(domain, host.data?.now ?? location.hostname)}</p>
      <p>{words.last}</p>
      <AsCommand hms={`inbound check ${quoted(domain)}`} call={`GET /inbound/${domain}`} />
      <div>
        <Button onClick={close}>{words.done}</Button>
      </div>
    </div>
  )
}
