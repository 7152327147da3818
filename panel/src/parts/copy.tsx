// Text to take along: a button that copies, and a line of code with one.
import { ActionIcon, Tooltip } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { common } from '../texts/common.ts'
import { Icon } from './icons.tsx'
import './copy.css'

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const { copied, copy } = useClipboard({ timeout: 1500 })
  return (
    <Tooltip label={copied ? common.copied : common.copy}>
      <ActionIcon variant="subtle" color="gray" size="md" aria-label={common.copyOf(what)} onClick={() => copy(text)}>
        <Icon name={copied ? 'check' : 'copy'} size={16} />
      </ActionIcon>
    </Tooltip>
  )
}

/** One line, or several, that are used elsewhere as they are. */
export function CodeLine({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <div className="hms-code">
      <pre tabIndex={0} aria-label={what}>
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  )
}
