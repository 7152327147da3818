// Subject, text and HTML of a template, with what becomes of them beside.
import { Textarea, TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { TEMPLATES } from '../../../../src/contract/templates.ts'
import { Card } from '../../parts/layout.tsx'
import { templates } from '../../texts/templates.ts'
import type { Draft } from './parts.ts'

const words = templates.fields
const LONGEST_SUBJECT = 1000

interface EditorProps {
  readonly draft: Draft
  /** Null: it is only looked at. */
  readonly set: ((change: Partial<Draft>) => void) | null
  /** Before the parts. */
  readonly head?: ReactNode
  /** Behind them. */
  readonly foot?: ReactNode
}

export function Editor({ draft, set, head, foot }: EditorProps): ReactNode {
  const isFixed = set === null
  const area = {
    className: 'hms-template-source',
    autosize: true,
    readOnly: isFixed,
    spellCheck: false,
    maxLength: TEMPLATES.part,
  } as const
  return (
    <Card title={templates.edit.title} about={words.hint}>
      <div className="hms-stack">
        {head}
        <TextInput
          label={words.subject}
          readOnly={isFixed}
          maxLength={LONGEST_SUBJECT}
          className="hms-template-source"
          value={draft.subject}
          onChange={(event) => set?.({ subject: event.currentTarget.value })}
        />
        <Textarea
          label={words.text}
          {...area}
          minRows={5}
          maxRows={18}
          value={draft.text}
          onChange={(event) => set?.({ text: event.currentTarget.value })}
        />
        <Textarea
          label={words.html}
          {...area}
          minRows={8}
          maxRows={26}
          value={draft.html}
          onChange={(event) => set?.({ html: event.currentTarget.value })}
        />
        {foot}
      </div>
    </Card>
  )
}
