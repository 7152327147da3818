// The DKIM keys of a domain: made, rotated, looked for and removed.
import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { DkimKeyView, SenderDomain } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Badge, Card, Empty, Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { domains } from '../../texts/domains.ts'
import { ago } from '../../texts/format.ts'

const words = domains.one.keys
const ALGORITHMS = ['rsa-sha256', 'ed25519-sha256'] as const

const COLUMNS: readonly Column<DkimKeyView>[] = [
  { id: 'selector', title: words.columns.selector, isFixed: true, cell: ({ selector }) => <code className="hms-break">{selector}</code> },
  { id: 'algorithm', title: words.columns.algorithm, isFixed: true, cell: ({ algorithm }) => algorithm },
  { id: 'role', title: words.columns.role, isFixed: true, cell: ({ role }) => words.roles[role] },
  {
    id: 'state',
    title: words.columns.state,
    isFixed: true,
    cell: ({ seenAt }) => <Badge tone={seenAt === null ? 'warn' : 'ok'}>{seenAt === null ? words.waits : words.signs(ago(seenAt))}</Badge>,
  },
]

function removeColumn(ask: (selector: string) => void): Column<DkimKeyView> {
  return { id: 'remove', title: words.remove, isFixed: true, cell: (key) => <RemoveButton selector={key.selector} ask={ask} /> }
}

function RemoveButton({ selector, ask }: { readonly selector: string; readonly ask: (selector: string) => void }): ReactNode {
  return (
    <Button size="compact-xs" variant="default" aria-label={words.removeOne(selector)} onClick={() => ask(selector)}>
      {words.remove}
    </Button>
  )
}

type Asked = { readonly what: 'make' } | { readonly what: 'rotate' } | { readonly what: 'remove'; readonly selector: string }

interface KeysProps {
  readonly own: SenderDomain
  readonly keys: readonly DkimKeyView[] | undefined
}

export function Keys({ own, keys }: KeysProps): ReactNode {
  const { domain } = own
  const may = useMay()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked | null>(null)
  const looked = (): void => void queries.invalidateQueries({ queryKey: ['dkim', domain] })
  const looking = useMutation({ mutationFn: () => api.domains.dkimVerify(domain), onSuccess: looked })
  const close = (): void => setAsked(null)
  const remove = removeColumn((selector) => setAsked({ what: 'remove', selector }))
  const make = may('domains.dkimCreate') && (
    <Button variant="default" size="xs" onClick={() => setAsked({ what: 'make' })}>
      {words.make}
    </Button>
  )
  const hasKeys = keys !== undefined && keys.length > 0
  const actions = (
    <>
      {hasKeys && may('domains.dkimVerify') && (
        <Button variant="default" size="xs" loading={looking.isPending} onClick={() => looking.mutate()}>
          {words.verify}
        </Button>
      )}
      {hasKeys && may('domains.dkimRotate') && (
        <Button variant="default" size="xs" onClick={() => setAsked({ what: 'rotate' })}>
          {words.rotate}
        </Button>
      )}
      {hasKeys && make}
    </>
  )
  return (
    <Card title={words.title} about={words.about} actions={actions} flush>
      {looking.error !== null && <ProblemNotice error={looking.error} />}
      <Problems found={looking.data} />
      <DataTable
        name="dkim"
        label={words.table}
        columns={may('domains.dkimRemove') ? [...COLUMNS, remove] : COLUMNS}
        rows={keys}
        keyOf={({ selector }) => selector}
        empty={
          <Empty icon="key" title={words.none} actions={make}>
            {words.noneWhat}
          </Empty>
        }
      />
      <MakeKey own={own} opened={asked?.what === 'make'} done={looked} close={close} />
      <RotateKeys domain={domain} opened={asked?.what === 'rotate'} done={looked} close={close} />
      <RemoveKey domain={domain} selector={asked?.what === 'remove' ? asked.selector : null} done={looked} close={close} />
    </Card>
  )
}

function Problems({ found }: { readonly found: Awaited<ReturnType<typeof api.domains.dkimVerify>> | undefined }): ReactNode {
  const problems = found?.keys.flatMap(({ selector, problem }) => (problem === null ? [] : [words.problem(selector, problem)])) ?? []
  if (problems.length === 0) return null
  return (
    <div role="status">
      {problems.map((text) => (
        <Notice key={text} tone="warn" title={text} />
      ))}
    </div>
  )
}

interface AskProps {
  readonly domain: string
  readonly done: () => void
  readonly close: () => void
}

function RotateKeys({ domain, opened, ...rest }: AskProps & { readonly opened: boolean }): ReactNode {
  return (
    <Confirm
      {...rest}
      opened={opened}
      title={words.rotate}
      count={() => api.domains.dkimList({ domain, limit: 100 })}
      about={() => words.rotateAbout}
      action={({ data }) => (data.length === 0 ? null : words.rotate)}
      run={() => api.domains.dkimRotate(domain)}
      command={<AsCommand hms={`dkim rotate ${domain}`} call={`POST /dkim/${domain}/rotate`} />}
    />
  )
}

function RemoveKey({ domain, selector, ...rest }: AskProps & { readonly selector: string | null }): ReactNode {
  const name = selector ?? ''
  return (
    <Confirm
      {...rest}
      opened={selector !== null}
      title={words.removeOne(name)}
      count={() => api.domains.dkimGet(domain, name)}
      about={() => words.removeAbout(name)}
      action={() => words.removeOne(name)}
      isGrave
      run={() => api.domains.dkimRemove(domain, name)}
      command={<AsCommand hms={`dkim rm ${domain} ${quoted(name)}`} call={`DELETE /dkim/${domain}/${name}`} />}
    />
  )
}

interface MakeProps extends Omit<AskProps, 'domain'> {
  readonly own: SenderDomain
  readonly opened: boolean
}

function MakeKey({ opened, close, ...rest }: MakeProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.make}>
      <MakeForm close={close} {...rest} />
    </Dialog>
  )
}

function MakeForm({ own: { domain, account }, done, close }: Omit<MakeProps, 'opened'>): ReactNode {
  const [selector, setSelector] = useState('')
  const [algorithm, setAlgorithm] = useState<(typeof ALGORITHMS)[number]>('rsa-sha256')
  const body = { domain, account, algorithm, ...(selector.trim() !== '' && { selector: selector.trim() }) }
  const making = useMutation({
    mutationFn: () => api.domains.dkimCreate(body),
    onSuccess: () => {
      done()
      close()
    },
  })
  const flags = [
    `--account ${account}`,
    `--algorithm ${algorithm}`,
    ...('selector' in body ? [`--selector ${quoted(selector.trim())}`] : []),
  ]
  return (
    <DialogForm run={() => making.mutate()} error={making.error} submit={words.make} isBusy={making.isPending} close={close}>
      <p className="hms-muted">{words.makeAbout}</p>
      <TextInput
        data-autofocus
        label={words.selector}
        description={words.selectorAbout}
        value={selector}
        onChange={(event) => setSelector(event.currentTarget.value)}
      />
      <Select
        label={words.columns.algorithm}
        allowDeselect={false}
        value={algorithm}
        data={[...ALGORITHMS]}
        onChange={(value) => value !== null && setAlgorithm(value)}
      />
      <AsCommand hms={`dkim create ${domain} ${flags.join(' ')}`} call="POST /dkim" body={body} />
    </DialogForm>
  )
}
