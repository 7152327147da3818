// Fields of a new job: the message, from a stored template or written here, and its recipients.
import { Checkbox, FileInput, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Card } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { jobs } from '../../texts/jobs.ts'
import { dataOf, type JobValues } from './job-values.ts'

const words = jobs.make
const MOST = 1000

interface FieldsProps {
  readonly values: JobValues
  readonly set: (change: Partial<JobValues>) => void
}

export function MessageFields({ values, set, isOwn }: FieldsProps & { readonly isOwn: boolean }): ReactNode {
  return (
    <Card title={words.what}>
      <div className="hms-stack">
        {!isOwn && (
          <TextInput
            label={words.account}
            description={words.accountAbout}
            inputMode="numeric"
            pattern="[0-9]+"
            required
            value={values.account}
            onChange={(event) => set({ account: event.currentTarget.value })}
          />
        )}
        <TextInput
          label={words.name}
          description={words.nameAbout}
          maxLength={200}
          value={values.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <TextInput
          label={words.from}
          placeholder={words.fromHint}
          required
          value={values.from}
          onChange={(event) => set({ from: event.currentTarget.value })}
        />
        <SegmentedControl
          aria-label={words.source}
          value={values.source}
          data={(['template', 'own'] as const).map((value) => ({ value, label: words.sources[value] }))}
          onChange={(source) => set({ source: source as JobValues['source'] })}
        />
        {values.source === 'template' ? <TemplateField values={values} set={set} /> : <OwnFields values={values} set={set} />}
        <Textarea
          label={words.data}
          description={words.dataAbout}
          error={dataOf(values.data) === null ? words.dataWrong : undefined}
          autosize
          minRows={2}
          maxRows={10}
          spellCheck={false}
          value={values.data}
          onChange={(event) => set({ data: event.currentTarget.value })}
        />
        <Select
          label={words.missing}
          allowDeselect={false}
          value={values.missing}
          data={(['error', 'empty'] as const).map((value) => ({ value, label: words.missings[value] }))}
          onChange={(missing) => missing !== null && set({ missing: missing as JobValues['missing'] })}
        />
      </div>
    </Card>
  )
}

/** Those of the account and of all; that of the account goes before. */
function TemplateField({ values, set }: FieldsProps): ReactNode {
  const may = useMay()
  const known = useQuery({
    queryKey: ['templates', 'names'],
    queryFn: async ({ signal }) => (await api.templates.list({ limit: MOST }, { signal })).data,
    enabled: may('templates.list'),
  })
  if (known.error !== null) return <ProblemNotice error={known.error} again={() => void known.refetch()} />
  const fits = (known.data ?? []).filter(({ account }) => account === null || String(account) === values.account.trim())
  const ids = [...new Set(fits.map(({ id }) => id))]
  if (known.data !== undefined && ids.length === 0)
    return (
      <div className="hms-row">
        <span className="hms-muted">{words.noTemplate}</span>
        {may('templates.add') && (
          <ButtonLink to="/templates/new" variant="default" size="xs">
            {words.writeOne}
          </ButtonLink>
        )}
      </div>
    )
  return (
    <Select
      label={words.template}
      description={words.templateAbout}
      required
      searchable
      value={values.template}
      data={ids}
      onChange={(template) => set({ template })}
    />
  )
}

function OwnFields({ values, set }: FieldsProps): ReactNode {
  const area = { autosize: true, spellCheck: false, className: 'hms-job-source' } as const
  return (
    <>
      <TextInput
        label={words.subject}
        description={words.liquid}
        required
        maxLength={1000}
        value={values.subject}
        onChange={(event) => set({ subject: event.currentTarget.value })}
      />
      <Textarea
        label={words.text}
        {...area}
        minRows={4}
        maxRows={16}
        value={values.text}
        onChange={(event) => set({ text: event.currentTarget.value })}
      />
      <Textarea
        label={words.html}
        {...area}
        minRows={4}
        maxRows={16}
        value={values.html}
        onChange={(event) => set({ html: event.currentTarget.value })}
      />
    </>
  )
}

interface RecipientProps extends FieldsProps {
  readonly file: File | null
  readonly setFile: (file: File | null) => void
}

export function RecipientFields({ values, set, file, setFile }: RecipientProps): ReactNode {
  return (
    <Card title={words.who}>
      <div className="hms-stack">
        <FileInput
          label={words.file}
          description={words.fileAbout}
          placeholder={words.fileHint}
          accept=".csv,.tsv,.txt,.jsonl,.ndjson,text/csv"
          clearable
          clearButtonProps={{ 'aria-label': common.noFile }}
          value={file}
          onChange={setFile}
        />
        <TextInput
          label={words.mailing}
          description={words.mailingAbout}
          maxLength={100}
          pattern="[0-9A-Za-z\-]*"
          value={values.mailing}
          onChange={(event) => set({ mailing: event.currentTarget.value })}
        />
        <TextInput
          label={words.stream}
          description={words.streamAbout}
          maxLength={64}
          value={values.stream}
          onChange={(event) => set({ stream: event.currentTarget.value })}
        />
        <TextInput
          type="datetime-local"
          label={words.start}
          description={words.startAbout}
          value={values.start}
          onChange={(event) => set({ start: event.currentTarget.value })}
        />
        <Checkbox label={words.paused} checked={values.paused} onChange={(event) => set({ paused: event.currentTarget.checked })} />
      </div>
    </Card>
  )
}
