// What a template becomes of sample data, while it is written: its HTML in a frame that runs nothing and fetches nothing, and what is missing.
import { Button, SegmentedControl, Textarea } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { nonce } from '../../app/nonce.ts'
import { Card, Notice, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { templates } from '../../texts/templates.ts'
import { framedHtml } from './framed.ts'
import { type Draft, filledUp, partsOf, type SampleData } from './parts.ts'

const words = templates.preview
/** So that not every letter is a call. */
const PAUSE = 500
const VIEWS = ['html', 'text', 'source'] as const
type View = (typeof VIEWS)[number]

export interface Sample {
  readonly text: string
  readonly data: SampleData
}

export function useSample(): readonly [Sample, (text: string) => void] {
  const [text, setText] = useState('{\n  "name": "Ann"\n}')
  return [{ text, data: dataOf(text) }, setText]
}

function dataOf(text: string): SampleData {
  try {
    const read: unknown = JSON.parse(text.trim() === '' ? '{}' : text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Readonly<Record<string, unknown>>) : words.notObject
  } catch (error) {
    return words.noJson(error instanceof Error ? error.message : '')
  }
}

interface PreviewProps {
  readonly draft: Draft
  readonly sample: Sample
  readonly setSample: (text: string) => void
}

export function Preview({ draft, sample, setSample }: PreviewProps): ReactNode {
  const [asked] = useDebouncedValue({ parts: partsOf(draft), data: sample.data }, PAUSE)
  const { parts, data } = asked
  const hasParts = Object.keys(parts).length > 0
  const tried = useQuery({
    queryKey: ['templates', 'try', parts, data],
    queryFn: ({ signal }) => api.templates.try({ ...parts, ...(typeof data !== 'string' && { data }) }, { signal }),
    enabled: hasParts && typeof data !== 'string',
    placeholderData: keepPreviousData,
  })
  const wrong = typeof sample.data === 'string' ? sample.data : undefined
  return (
    <Card title={words.title} about={words.about}>
      <div className="hms-stack">
        <Textarea
          label={words.data}
          description={words.dataAbout}
          className="hms-template-source"
          autosize
          minRows={3}
          maxRows={14}
          spellCheck={false}
          error={wrong}
          value={sample.text}
          onChange={(event) => setSample(event.currentTarget.value)}
        />
        {!hasParts && <p className="hms-muted">{words.nothing}</p>}
        {hasParts && tried.error !== null && <ProblemNotice error={tried.error} />}
        {hasParts && tried.error === null && tried.data === undefined && wrong === undefined && <Waiting lines={4} />}
        {hasParts && tried.error === null && tried.data !== undefined && (
          <>
            <Fields {...tried.data} data={sample.data} setSample={setSample} />
            <Shown {...tried.data} />
          </>
        )}
      </div>
    </Card>
  )
}

interface FieldsProps {
  readonly fields: readonly string[]
  readonly missing: readonly string[]
  readonly data: SampleData
  readonly setSample: (text: string) => void
}

function Fields({ fields, missing, data, setSample }: FieldsProps): ReactNode {
  if (fields.length === 0) return <p className="hms-muted hms-small">{words.noFields}</p>
  const names = (list: readonly string[]): ReactNode => list.map((name) => <code key={name}>{name}</code>)
  if (missing.length === 0)
    return (
      <div className="hms-row hms-small">
        <span className="hms-muted">{words.fields}:</span> {names(fields)} <span className="hms-muted">{words.complete}</span>
      </div>
    )
  const fill = typeof data !== 'string' && (
    <Button size="xs" variant="default" onClick={() => setSample(JSON.stringify(filledUp(data, missing), null, 2))}>
      {words.fill}
    </Button>
  )
  return (
    <div role="status">
      <Notice tone="warn" title={words.missing} actions={fill}>
        <p className="hms-row">{names(missing)}</p>
        <p className="hms-small">{words.missingAbout}</p>
      </Notice>
    </div>
  )
}

function Shown({ subject, text, html }: { readonly subject?: string; readonly text?: string; readonly html?: string }): ReactNode {
  const [chosen, setView] = useState<View | null>(null)
  const view = chosen ?? (html === undefined && text !== undefined ? 'text' : 'html')
  const part = view === 'text' ? text : html
  return (
    <div className="hms-stack">
      {subject !== undefined && (
        <p className="hms-break">
          <span className="hms-muted">{words.subject}:</span> <strong>{subject}</strong>
        </p>
      )}
      <SegmentedControl
        size="xs"
        aria-label={words.views.label}
        value={view}
        data={VIEWS.map((value) => ({ value, label: words.views[value] }))}
        onChange={(value) => setView(value as View)}
      />
      {part === undefined ? (
        <p className="hms-muted">{words.none}</p>
      ) : view === 'html' ? (
        // It runs nothing and has no origin.
        <iframe className="hms-template-frame" sandbox="" srcDoc={framedHtml(part, nonce())} title={words.frame} />
      ) : (
        <pre className="hms-template-filled" tabIndex={0} aria-label={words.views[view]}>
          {part}
        </pre>
      )}
    </div>
  )
}
