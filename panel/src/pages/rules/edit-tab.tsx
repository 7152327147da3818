// The owner's document in an editor: checked at the server as it is typed, with what is wrong at its line; held against the mail of the last
// day; and put in force.
import { Button, Checkbox, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Problem, type RulesFinding, type RulesShown, type RulesTrial } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Badge, Card, Notice, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { number } from '../../texts/format.ts'
import { rules } from '../../texts/rules.ts'
import { DocumentLines } from './document-lines.tsx'
import { Editor } from './editor.tsx'
import { rulesRoute } from './routes.ts'
import { Traffic } from './traffic.tsx'

const words = rules.edit
/** Beyond this a page is no place for it. */
const MOST_EDITED = 500_000
const CHECK_AFTER = 500
const FIRST = `format: 1

rules:
  - { name: example, domain: example.com, set: { messages_per_hour: 1000, connections: 5 } }
`

export const inForceQuery = {
  queryKey: ['rules', 'owner'],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => api.rules.get({}, { signal }),
  // What is edited stays what it was until somebody asks.
  staleTime: Infinity,
  refetchOnWindowFocus: false,
} as const

export function EditTab(): ReactNode {
  const found = useQuery(inForceQuery)
  const may = useMay()
  const { line } = rulesRoute.useSearch()
  const { data } = found
  if (found.error !== null) return <ProblemNotice error={found.error} again={() => void found.refetch()} />
  if (data === undefined)
    return (
      <Card>
        <Waiting lines={8} />
      </Card>
    )
  const isLarge = data.text.length > MOST_EDITED
  if (!may('rules.apply') || isLarge) {
    const lines = data.text.split('\n').map((text, n) => ({ n: n + 1, text }))
    return (
      <Card title={words.title} about={isLarge ? words.tooLarge : words.reader}>
        <DocumentLines lines={lines} meant={line} label={words.label} />
        <AsCommand hms="export" call="GET /rules" />
      </Card>
    )
  }
  return <Edit key={data.version} shown={data} line={line} />
}

function Edit({ shown, line }: { readonly shown: RulesShown; readonly line: number | undefined }): ReactNode {
  const isNone = shown.version === 0
  const [text, setText] = useState(isNone ? FIRST : shown.text)
  const [meant, setMeant] = useState<{ readonly line: number } | null>(line === undefined ? null : { line })
  const [opened, setOpened] = useState(false)
  const [checked] = useDebouncedValue(text, CHECK_AFTER)
  const trial = useQuery({
    queryKey: ['rules', 'try', shown.version, checked],
    queryFn: ({ signal }) => api.rules.try({ text: checked }, { signal }),
    placeholderData: keepPreviousData,
    gcTime: 0,
  })
  const traffic = useMutation({ mutationFn: () => api.rules.try({ text, traffic: true }) })
  const isCurrent = checked === text && !trial.isPlaceholderData && trial.data !== undefined
  const isGood = isCurrent && trial.data.problems.length === 0 && hasChange(trial.data)
  const edit = (next: string): void => {
    setText(next)
    traffic.reset()
  }
  return (
    <>
      <Card title={words.title} about={isNone ? words.none : words.about(number(shown.version))}>
        <div className="hms-stack">
          <Editor label={words.label} text={text} set={edit} meant={meant} />
          {trial.error !== null && <ProblemNotice error={trial.error} again={() => void trial.refetch()} />}
          <Verdict trial={trial.data} isCurrent={isCurrent} go={(at) => setMeant({ line: at })} />
          <div className="hms-row">
            <Button disabled={!isGood} onClick={() => setOpened(true)}>
              {words.apply}
            </Button>
            <Button variant="default" disabled={!isGood} loading={traffic.isPending} onClick={() => traffic.mutate()}>
              {words.trial}
            </Button>
            {text !== shown.text && !isNone && (
              <Button variant="subtle" onClick={() => edit(shown.text)}>
                {words.discard}
              </Button>
            )}
          </div>
        </div>
      </Card>
      {traffic.error !== null && <ProblemNotice error={traffic.error} />}
      {traffic.data !== undefined && <Traffic traffic={traffic.data.traffic} />}
      <AsCommand hms="rules try rules.yaml" call="POST /rules/try" body={{ text: 'format: 1\n…', traffic: true }} />
      <Dialog opened={opened} close={() => setOpened(false)} title={words.applyTitle}>
        <Apply shown={shown} text={text} findings={trial.data?.findings ?? []} close={() => setOpened(false)} />
      </Dialog>
    </>
  )
}

function hasChange({ difference }: RulesTrial): boolean {
  if (difference === null) return false
  const { added, removed, changed, reordered } = difference
  return reordered || added.length + removed.length + changed.length > 0
}

interface VerdictProps {
  readonly trial: RulesTrial | undefined
  readonly isCurrent: boolean
  readonly go: (line: number) => void
}

function Verdict({ trial, isCurrent, go }: VerdictProps): ReactNode {
  if (trial === undefined || !isCurrent)
    return (
      <p className="hms-muted" role="status">
        {words.checking}
      </p>
    )
  const { problems, findings } = trial
  if (problems.length > 0)
    return (
      <div role="alert">
        <Notice tone="bad" title={words.problems(problems.length)}>
          <ul className="hms-rules-problems">
            {problems.map(({ line, path, what }) => (
              <li key={`${line ?? ''} ${path} ${what}`}>
                {line !== null && (
                  <Button size="compact-xs" variant="default" onClick={() => go(line)}>
                    {words.line(line)}
                  </Button>
                )}{' '}
                {path !== '' && <code>{path}</code>} <span className="hms-break">{what}</span>
              </li>
            ))}
          </ul>
        </Notice>
      </div>
    )
  return (
    <>
      <p role="status">{hasChange(trial) ? words.well : words.same}</p>
      <Changes trial={trial} />
      {findings.length > 0 && <Findings findings={findings} />}
    </>
  )
}

function Findings({ findings }: { readonly findings: readonly RulesFinding[] }): ReactNode {
  return (
    <Notice tone="warn" title={words.findings}>
      <ul className="hms-rules-problems">
        {findings.map(({ account, rule, what, waits }) => (
          <li key={`${account ?? ''} ${rule} ${what}`}>
            <strong>{rule}</strong>: {what} {waits === true && <Badge tone="bad">{words.waits}</Badge>}
          </li>
        ))}
      </ul>
    </Notice>
  )
}

export function Changes({ trial: { difference } }: { readonly trial: Pick<RulesTrial, 'difference'> }): ReactNode {
  if (difference === null) return null
  const rows = [
    ...difference.added.map((name) => ({ name, tone: 'ok' as const, word: words.added })),
    ...difference.removed.map((name) => ({ name, tone: 'bad' as const, word: words.removed })),
    ...difference.changed.map((name) => ({ name, tone: 'info' as const, word: words.changed })),
  ].slice(0, 50)
  return (
    <ul className="hms-rules-problems" aria-label={words.wouldChange}>
      {rows.map(({ name, tone, word }) => (
        <li key={`${word} ${name}`}>
          <Badge tone={tone}>{word}</Badge> <span className="hms-break">{name}</span>
        </li>
      ))}
      {difference.reordered && <li>{words.reordered}</li>}
    </ul>
  )
}

interface ApplyProps {
  readonly shown: RulesShown
  readonly text: string
  readonly findings: readonly RulesFinding[]
  readonly close: () => void
}

function Apply({ shown, text, findings, close }: ApplyProps): ReactNode {
  const queries = useQueryClient()
  const [note, setNote] = useState('')
  const [force, setForce] = useState(false)
  const waits = findings.some((one) => one.waits === true)
  const said = { ...(note.trim() !== '' && { note: note.trim() }), ...(force && { force }) }
  const fresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ['rules'] })
  const ifMatch = api.etagOf(shown)
  const applying = useMutation({
    // Whoever changed them meanwhile is not overwritten.
    mutationFn: () => api.rules.apply({ text, ...said }, { ifMatch }),
    onSuccess: async () => {
      close()
      await fresh()
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    applying.mutate()
  }
  const isOther = applying.error instanceof Problem && applying.error.code === 'changed-meanwhile'
  return (
    <form className="hms-stack" onSubmit={submit}>
      <p>{words.applyAbout}</p>
      <TextInput data-autofocus label={words.note} maxLength={500} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
      {waits && (
        <>
          <Findings findings={findings.filter((one) => one.waits === true)} />
          <Checkbox label={words.force} checked={force} onChange={(event) => setForce(event.currentTarget.checked)} />
        </>
      )}
      {applying.error !== null && (
        <ProblemNotice
          error={applying.error}
          mend={
            isOther && (
              <Button size="xs" variant="default" onClick={() => void fresh()}>
                {words.changedMeanwhile}
              </Button>
            )
          }
        />
      )}
      <AsCommand
        hms={['apply -f rules.yaml', ...(note.trim() === '' ? [] : [`--note ${quoted(note.trim())}`]), ...(force ? ['--force'] : [])].join(
          ' ',
        )}
        call="PUT /rules"
        body={{ text: 'format: 1\n…', ...said }}
      />
      <div className="hms-row">
        <Button type="submit" loading={applying.isPending} disabled={waits && !force}>
          {words.submit}
        </Button>
        <Button variant="default" onClick={close}>
          {common.cancel}
        </Button>
      </div>
    </form>
  )
}
