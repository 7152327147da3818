// One template: written with its preview, stored as a new version, tried on one recipient, taken back to an older version, removed.
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { StoredTemplate } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Notice, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { number } from '../../texts/format.ts'
import { templates } from '../../texts/templates.ts'
import { Editor } from './editor.tsx'
import { draftOf, isSame, partsOf } from './parts.ts'
import { Preview, useSample } from './preview.tsx'
import { templateRoute } from './routes.ts'
import { SendTest } from './send-test.tsx'
import { Versions } from './versions.tsx'
import './templates.css'

const words = templates.edit

export function TemplatePage(): ReactNode {
  const { id } = templateRoute.useParams()
  const search = templateRoute.useSearch()
  const shown = useQuery({
    queryKey: ['templates', 'one', id, search],
    queryFn: ({ signal }) => api.templates.show(id, search, { signal }),
    // What is being written stays.
    refetchOnWindowFocus: false,
  })
  return (
    <PageOfOne shown={shown} title={templates.title} unknown={templates.unknown} list="/templates">
      {(stored) => <Known key={`${id} ${stored.account ?? ''}`} stored={stored} />}
    </PageOfOne>
  )
}

type Asked = 'test' | 'remove' | null

function Known({ stored }: { readonly stored: StoredTemplate }): ReactNode {
  const { id, account, version } = stored
  const may = useMay()
  const queries = useQueryClient()
  const [draft, setDraft] = useState(() => draftOf(stored))
  const [taken, setTaken] = useState<number | null>(null)
  const [note, setNote] = useState('')
  const [sample, setSample] = useSample()
  const [asked, setAsked] = useState<Asked>(null)
  const isChanged = !isSame(draft, draftOf(stored))
  const of = account === null ? {} : { account }
  const body = { ...of, ...partsOf(draft), ...(note.trim() !== '' && { note: note.trim() }) }
  const storing = useMutation({
    mutationFn: () => api.templates.add(id, body),
    onSuccess: async () => {
      setNote('')
      setTaken(null)
      await queries.invalidateQueries({ queryKey: ['templates'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    storing.mutate()
  }
  const mayChange = may('templates.add')
  const foot = mayChange && (
    <Foot
      note={note}
      setNote={setNote}
      taken={taken}
      isChanged={isChanged}
      isBusy={storing.isPending}
      error={storing.error}
      stored={storing.data?.version ?? null}
    />
  )
  const actions = (
    <>
      {may('templates.remove') && (
        <Button variant="default" onClick={() => setAsked('remove')}>
          {words.remove}
        </Button>
      )}
      {may('jobs.add', 'jobs.rows', 'jobs.begin') && <Button onClick={() => setAsked('test')}>{templates.test.button}</Button>}
    </>
  )
  const flag = account === null ? '' : ` --account ${account}`
  return (
    <Page title={id} about={account === null ? templates.ofAll : templates.of(String(account))} actions={actions}>
      <form className="hms-template-grid" onSubmit={submit}>
        <Editor draft={draft} set={mayChange ? (change) => setDraft({ ...draft, ...change }) : null} foot={foot} />
        <Preview draft={draft} sample={sample} setSample={setSample} />
      </form>
      <Versions
        id={id}
        account={account}
        newest={version}
        take={(older) => {
          setDraft(draftOf(older))
          setTaken(older.version)
        }}
      />
      <AsCommand
        hms={`template add ${quoted(id)}${flag}${draft.subject === '' ? '' : ` --subject ${quoted(draft.subject)}`} --text FILE --html FILE`}
        call={`PUT /templates/${id}`}
        body={body}
      />
      <SendTest stored={stored} isChanged={isChanged} data={sample.data} opened={asked === 'test'} close={() => setAsked(null)} />
      <RemoveTemplate stored={stored} opened={asked === 'remove'} close={() => setAsked(null)} />
    </Page>
  )
}

interface FootProps {
  readonly note: string
  readonly setNote: (note: string) => void
  readonly taken: number | null
  readonly isChanged: boolean
  readonly isBusy: boolean
  readonly error: Error | null
  /** The version that was stored last from here. */
  readonly stored: number | null
}

function Foot({ note, setNote, taken, isChanged, isBusy, error, stored }: FootProps): ReactNode {
  return (
    <>
      {taken !== null && isChanged && <Notice tone="info" title={templates.versions.taken(String(taken))} />}
      <TextInput
        label={templates.fields.note}
        description={templates.fields.noteAbout}
        maxLength={200}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {error !== null && <ProblemNotice error={error} />}
      <div className="hms-row">
        <Button type="submit" disabled={!isChanged} loading={isBusy}>
          {words.save}
        </Button>
        <span className="hms-muted hms-small" role="status">
          {isChanged ? words.unsaved : stored === null ? words.same : words.saved(number(stored))}
        </span>
      </div>
    </>
  )
}

interface RemoveProps {
  readonly stored: StoredTemplate
  readonly opened: boolean
  readonly close: () => void
}

function RemoveTemplate({ stored: { id, account }, opened, close }: RemoveProps): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const of = account === null ? {} : { account }
  return (
    <Confirm
      opened={opened}
      title={templates.removal.title}
      count={async () => (await api.templates.versions(id, of)).data.length}
      about={(count) => (count === 1 ? templates.removal.one(id) : templates.removal.about(id, number(count)))}
      action={() => templates.removal.title}
      isGrave
      run={() => api.templates.remove(id, of)}
      done={() => {
        void navigate({ to: '/templates' })
        void queries.invalidateQueries({ queryKey: ['templates', 'list'] })
      }}
      close={close}
      command={
        <AsCommand
          hms={`template rm ${quoted(id)}${account === null ? '' : ` --account ${account}`}`}
          call={`DELETE /templates/${id}${account === null ? '' : `?account=${account}`}`}
        />
      }
    />
  )
}
