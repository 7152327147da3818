// A new template: what it is called, whose it is, and what it says.
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Page } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { templates } from '../../texts/templates.ts'
import { Editor } from './editor.tsx'
import { type Draft, EMPTY, partsOf } from './parts.ts'
import { Preview, useSample } from './preview.tsx'
import './templates.css'

const words = templates.fields

export function NewTemplatePage(): ReactNode {
  const own = useMe().account
  const [id, setId] = useState('')
  const [account, setAccount] = useState('')
  const [draft, setDraft] = useState<Draft>(EMPTY)
  const [sample, setSample] = useSample()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const of = own ?? (account.trim() === '' ? undefined : Number(account))
  const body = { ...(of !== undefined && { account: of }), ...partsOf(draft) }
  const adding = useMutation({
    mutationFn: () => api.templates.add(id.trim(), body),
    onSuccess: (head) => {
      void queries.invalidateQueries({ queryKey: ['templates'] })
      void navigate({ to: '/templates/of/$id', params: { id: head.id }, search: head.account === null ? {} : { account: head.account } })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    adding.mutate()
  }
  const named = id.trim() === '' ? 'ID' : id.trim()
  const head = (
    <>
      <TextInput
        label={words.id}
        description={words.idAbout}
        required
        maxLength={100}
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      />
      {own === null && (
        <TextInput
          label={words.account}
          description={words.accountAbout}
          inputMode="numeric"
          pattern="[0-9]*"
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
      )}
    </>
  )
  const foot = (
    <>
      {adding.error !== null && <ProblemNotice error={adding.error} />}
      <div>
        <Button type="submit" loading={adding.isPending}>
          {templates.edit.saveFirst}
        </Button>
      </div>
    </>
  )
  return (
    <Page title={templates.add.title} about={templates.add.about}>
      <form className="hms-template-grid" onSubmit={submit}>
        <Editor draft={draft} set={(change) => setDraft({ ...draft, ...change })} head={head} foot={foot} />
        <Preview draft={draft} sample={sample} setSample={setSample} />
      </form>
      <AsCommand
        hms={`template add ${quoted(named)}${of === undefined ? '' : ` --account ${of}`} --subject ${quoted(draft.subject === '' ? 'Hello' : draft.subject)} --text FILE --html FILE`}
        call={`PUT /templates/${named}`}
        body={body}
      />
    </Page>
  )
}
