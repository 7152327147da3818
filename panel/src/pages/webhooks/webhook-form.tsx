// What a webhook is made of: added, with its secret shown once, or changed.
import { Button, MultiSelect, Select, Switch, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { MailEventKind, WebhookFormat, WebhookView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Notice } from '../../parts/layout.tsx'
import { webhooks as words } from '../../texts/webhooks.ts'
import { KIND_CHOICES } from './states.tsx'

const fields = words.fields

interface Values {
  readonly account: string
  readonly name: string
  readonly url: string
  readonly kinds: readonly MailEventKind[]
  readonly format: WebhookFormat
  readonly events: string
  readonly wait: string
  readonly on: boolean
}

const EMPTY: Values = { account: '', name: '', url: '', kinds: [], format: 'standard', events: '1', wait: '0', on: true }

const valuesOf = ({ account, name, url, kinds, format, batch, on }: WebhookView): Values => ({
  account: String(account),
  name,
  url,
  kinds: kinds ?? [],
  format,
  events: String(batch.events),
  wait: String(batch.wait),
  on,
})

const bodyOf = ({ name, url, kinds, format, events, wait, on }: Values) => ({
  ...(name.trim() !== '' && { name: name.trim() }),
  url: url.trim(),
  kinds: kinds.length === 0 ? null : kinds,
  format,
  batch: { events: Number(events), wait: Number(wait) },
  on,
})

const flagsOf = ({ name, kinds, format, events, wait }: Values): string =>
  [
    ...(name.trim() === '' ? [] : ['--name', quoted(name.trim())]),
    `--kinds ${kinds.length === 0 ? 'all' : kinds.join(',')}`,
    `--format ${format} --batch ${quoted(events)} --wait ${quoted(wait)}ms`,
  ].join(' ')

interface FieldsProps {
  readonly values: Values
  readonly set: (change: Partial<Values>) => void
}

function Fields({ values, set }: FieldsProps): ReactNode {
  return (
    <>
      <TextInput
        data-autofocus
        type="url"
        label={fields.url}
        description={fields.urlAbout}
        placeholder="https://hooks.example.com/mail"
        required
        value={values.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
      />
      <TextInput
        label={fields.name}
        description={fields.nameAbout}
        value={values.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <MultiSelect
        label={fields.kinds}
        placeholder={values.kinds.length === 0 ? fields.allKinds : ''}
        value={[...values.kinds]}
        data={KIND_CHOICES}
        onChange={(kinds) => set({ kinds: kinds as MailEventKind[] })}
      />
      <Select
        label={fields.format}
        allowDeselect={false}
        value={values.format}
        data={[
          { value: 'standard', label: fields.formats.standard },
          { value: 'engine', label: fields.formats.engine },
        ]}
        onChange={(format) => format !== null && set({ format: format as WebhookFormat })}
      />
      <div className="hms-grid">
        <TextInput
          label={fields.batch}
          inputMode="numeric"
          pattern="[0-9]+"
          required
          value={values.events}
          onChange={(event) => set({ events: event.currentTarget.value })}
        />
        <TextInput
          label={fields.wait}
          inputMode="numeric"
          pattern="[0-9]+"
          required
          value={values.wait}
          onChange={(event) => set({ wait: event.currentTarget.value })}
        />
      </div>
    </>
  )
}

interface DialogProps {
  readonly opened: boolean
  readonly close: () => void
}

export function AddWebhook({ opened, close }: DialogProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.add.title}>
      <AddForm close={close} />
    </Dialog>
  )
}

function AddForm({ close }: { readonly close: () => void }): ReactNode {
  const own = useMe().account
  const [values, setValues] = useState<Values>({ ...EMPTY, account: String(own ?? '') })
  const set = (change: Partial<Values>): void => setValues({ ...values, ...change })
  const queries = useQueryClient()
  const navigate = useNavigate()
  const body = { account: Number(values.account), ...bodyOf(values) }
  const adding = useMutation({
    mutationFn: () => api.webhooks.add(body),
    // The answer, with the secret in it, is held by this dialog alone.
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  if (adding.data !== undefined) {
    const { webhook, secret } = adding.data
    const done = (): void => {
      close()
      void navigate({ to: '/webhooks/$id', params: { id: webhook.id } })
    }
    return <ShownSecret secret={secret} done={done} />
  }
  return (
    <DialogForm run={() => adding.mutate()} error={adding.error} submit={words.add.submit} isBusy={adding.isPending} close={close}>
      <p className="hms-muted">{words.add.about}</p>
      {own === null && (
        <TextInput
          label={fields.account}
          description={fields.accountAbout}
          inputMode="numeric"
          pattern="[0-9]+"
          placeholder="1001"
          required
          value={values.account}
          onChange={(event) => set({ account: event.currentTarget.value })}
        />
      )}
      <Fields values={values} set={set} />
      <AsCommand
        hms={`webhook add ${values.account === '' ? '1001' : quoted(values.account)} ${quoted(body.url)} ${flagsOf(values)}`}
        call="POST /webhooks"
        body={body}
      />
    </DialogForm>
  )
}

export function EditWebhook({ webhook, opened, close }: DialogProps & { readonly webhook: WebhookView }): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.edit.title}>
      <EditForm webhook={webhook} close={close} />
    </Dialog>
  )
}

function EditForm({ webhook, close }: { readonly webhook: WebhookView; readonly close: () => void }): ReactNode {
  const [values, setValues] = useState(valuesOf(webhook))
  const set = (change: Partial<Values>): void => setValues({ ...values, ...change })
  const queries = useQueryClient()
  const saving = useMutation({
    mutationFn: () => api.webhooks.set(webhook.id, bodyOf(values)),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['webhooks'] })
      close()
    },
  })
  return (
    <DialogForm run={() => saving.mutate()} error={saving.error} submit={words.edit.submit} isBusy={saving.isPending} close={close}>
      <Fields values={values} set={set} />
      <Switch label={fields.on} checked={values.on} onChange={(event) => set({ on: event.currentTarget.checked })} />
      <AsCommand
        hms={`webhook set ${webhook.id} --url ${quoted(values.url)} ${flagsOf(values)} --on ${values.on ? 'on' : 'off'}`}
        call={`PATCH /webhooks/${webhook.id}`}
        body={bodyOf(values)}
      />
    </DialogForm>
  )
}

export function ShownSecret({ secret, done }: { readonly secret: string; readonly done: () => void }): ReactNode {
  return (
    <div className="hms-stack">
      <Notice tone="warn" title={words.secret.title}>
        {words.secret.about}
      </Notice>
      <CodeLine text={secret} what={words.secret.label} />
      <div>
        <Button onClick={done}>{words.secret.done}</Button>
      </div>
    </div>
  )
}
