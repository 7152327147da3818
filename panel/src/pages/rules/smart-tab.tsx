// Smart rules: which edition counts, what it says, editions that were loaded, and an update with its signature.
import { Button, FileInput, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Card, Facts, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { ago, number } from '../../texts/format.ts'
import { rules } from '../../texts/rules.ts'
import { DocumentLines } from './document-lines.tsx'
import { Difference, Versions } from './history-tab.tsx'
import { rulesRoute } from './routes.ts'

const words = rules.smart
const MOST_SHOWN = 300
/** Lines around the one that somebody came for. */
const AROUND = 40

export function SmartTab(): ReactNode {
  const may = useMay()
  const { line } = rulesRoute.useSearch()
  const [opened, setOpened] = useState(false)
  const [compared, setCompared] = useState<{ readonly from: number; readonly to: number } | null>(null)
  const found = useQuery({ queryKey: ['rules', 'smart'], queryFn: ({ signal }) => api.rules.get({ whose: 'smart' }, { signal }) })
  const { data } = found
  const button = may('rules.update') && <Button onClick={() => setOpened(true)}>{words.update}</Button>
  return (
    <>
      <Card title={words.title} about={words.about} actions={button}>
        {found.error !== null ? (
          <ProblemNotice error={found.error} again={() => void found.refetch()} />
        ) : data === undefined ? (
          <Waiting lines={5} />
        ) : (
          <div className="hms-stack">
            <Facts
              rows={[
                [words.edition, String(data.document.edition)],
                [words.counts, number(data.document.rules.length)],
                [words.providers, number(Object.keys(data.document.providers).length)],
                [words.from, data.version === 0 ? words.program : words.loaded(ago(data.at), data.by)],
              ]}
            />
            <Text text={data.text} line={line} />
          </div>
        )}
      </Card>
      <Versions whose="smart" compare={setCompared} />
      {compared !== null && <Difference whose="smart" compared={compared} close={() => setCompared(null)} />}
      <AsCommand hms="rules ls --smart" call="GET /rules?whose=smart" />
      <Dialog opened={opened} close={() => setOpened(false)} title={words.updateTitle}>
        <Update close={() => setOpened(false)} />
      </Dialog>
    </>
  )
}

function Text({ text, line }: { readonly text: string; readonly line: number | undefined }): ReactNode {
  const [wanted, setWanted] = useState('')
  const all = useMemo(
    () =>
      text
        .trimEnd()
        .split('\n')
        .map((one, n) => ({ n: n + 1, text: one })),
    [text],
  )
  const word = wanted.trim().toLowerCase()
  const fits =
    word !== ''
      ? all.filter((one) => one.text.toLowerCase().includes(word))
      : line === undefined
        ? all
        : all.filter(({ n }) => Math.abs(n - line) <= AROUND)
  return (
    <>
      <TextInput label={words.find} value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} />
      <DocumentLines lines={fits.slice(0, MOST_SHOWN)} meant={line} label={words.text} />
      {fits.length > MOST_SHOWN && <p className="hms-muted hms-small">{words.shown(number(MOST_SHOWN))}</p>}
    </>
  )
}

function Update({ close }: { readonly close: () => void }): ReactNode {
  const queries = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const [signature, setSignature] = useState<File | null>(null)
  const updating = useMutation({
    mutationFn: async (edition: File) => {
      const signed = signature === null ? {} : { signature: (await signature.text()).trim() }
      return api.rules.update({ document: await edition.text(), ...signed })
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['rules'] }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (file !== null) updating.mutate(file)
  }
  return (
    <form className="hms-stack" onSubmit={submit}>
      <p>{words.updateAbout}</p>
      <FileInput label={words.file} placeholder="smart-rules.yaml" required value={file} onChange={setFile} />
      <FileInput
        label={words.signature}
        placeholder="smart-rules.yaml.sig"
        value={signature}
        onChange={setSignature}
        clearable
        clearButtonProps={{ 'aria-label': common.cancel }}
      />
      {updating.error !== null && <ProblemNotice error={updating.error} />}
      {updating.data !== undefined && <p role="status">{words.done(String(updating.data.edition))}</p>}
      <AsCommand hms="rules update smart-rules.yaml" call="POST /rules/smart" body={{ document: 'format: 1\n…', signature: '…' }} />
      <div className="hms-row">
        {updating.data === undefined && (
          <Button type="submit" disabled={file === null} loading={updating.isPending}>
            {words.submit}
          </Button>
        )}
        <Button variant="default" onClick={close}>
          {updating.data === undefined ? common.cancel : common.close}
        </Button>
      </div>
    </form>
  )
}
