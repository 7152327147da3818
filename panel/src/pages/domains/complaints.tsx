// How many complain about a domain's mail, by provider, or that nobody says; and what a provider itself says, taken in.
import { Button, Select, Textarea } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { ComplaintRate, HealthProvider, SenderDomain } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { complaintTone } from '../../parts/complaint-tone.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Card, Figure } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { domains } from '../../texts/domains.ts'
import { number, share } from '../../texts/format.ts'

const words = domains.one.complaints
const PROVIDERS = ['gmail', 'yahoo', 'microsoft'] as const

export function Complaints({ own: { domain, account } }: { readonly own: SenderDomain }): ReactNode {
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const list = useQuery({
    queryKey: ['complaints', domain],
    queryFn: async () => {
      const rates: ComplaintRate[] = []
      for await (const rate of api.domains.complaintsListEach({ limit: 1000 }))
        if (rate.account === account && (rate.domain === '' || rate.domain === domain)) rates.push(rate)
      return rates
    },
  })
  return (
    <Card
      title={words.title}
      about={words.about}
      actions={
        may('domains.complaintsImport') && (
          <Button variant="default" size="xs" onClick={open}>
            {words.import}
          </Button>
        )
      }
    >
      {list.error !== null && <ProblemNotice error={list.error} again={() => void list.refetch()} />}
      <dl className="hms-figures">
        {PROVIDERS.map((provider) => (
          <OfProvider key={provider} provider={provider} rates={list.data ?? []} />
        ))}
      </dl>
      <Dialog opened={opened} close={close} title={words.import}>
        <ImportForm domain={domain} close={close} />
      </Dialog>
    </Card>
  )
}

/** What the provider says of the domain goes before what was counted of the account. */
function OfProvider({ provider, rates }: { readonly provider: HealthProvider; readonly rates: readonly ComplaintRate[] }): ReactNode {
  const of = rates.filter((one) => one.provider === provider && one.rate !== null)
  const one = of.find(({ domain }) => domain !== '') ?? of[0]
  const label = domains.one.providers.names[provider]
  if (one === undefined || one.rate === null) return <Figure label={label} value={words.unknown} note={words.unknownWhy} />
  const { complaints, delivered } = one
  const note = complaints === null || delivered === null ? words.imported : words.counted(number(complaints), number(delivered))
  return <Figure label={label} value={share(one.rate)} note={note} tone={complaintTone(one.rate)} />
}

function ImportForm({ domain, close }: { readonly domain: string; readonly close: () => void }): ReactNode {
  const [provider, setProvider] = useState<HealthProvider>('gmail')
  const [csv, setCsv] = useState('')
  const queries = useQueryClient()
  const importing = useMutation({
    mutationFn: () => api.domains.complaintsImport(domain, { provider, csv }),
    onSuccess: () => {
      close()
      void queries.invalidateQueries({ queryKey: ['complaints', domain] })
    },
  })
  return (
    <DialogForm run={() => importing.mutate()} error={importing.error} submit={words.submit} isBusy={importing.isPending} close={close}>
      <p className="hms-muted">{words.importAbout}</p>
      <Select
        label={words.provider}
        allowDeselect={false}
        value={provider}
        data={PROVIDERS.map((value) => ({ value, label: domains.one.providers.names[value] }))}
        onChange={(value) => value !== null && setProvider(value)}
      />
      <Textarea
        label={words.csv}
        placeholder={words.csvHint}
        required
        rows={6}
        value={csv}
        onChange={(event) => setCsv(event.currentTarget.value)}
      />
      <AsCommand
        hms={`domain complaints import ${domain} FILE --provider ${provider}`}
        call={`POST /domains/${domain}/complaints`}
        body={{ provider, csv: csv === '' ? words.csvHint : csv }}
      />
    </DialogForm>
  )
}
