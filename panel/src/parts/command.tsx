// "As a command": the line of hms and the call by HTTP that do what the page shows or is about to do.
import type { ReactNode } from 'react'
import { common } from '../texts/common.ts'
import { CodeLine } from './copy.tsx'
import { Icon } from './icons.tsx'
import './command.css'

export interface CommandProps {
  /** Behind `hms`, as one would type it; null: only the API does it. */
  readonly hms: string | null
  /** `GET /queue?domain=example.com`, below `/api/v1`; null: keys may not do it. */
  readonly call: string | null
  /** What is sent along. */
  readonly body?: unknown
}

export function AsCommand({ hms, call, body }: CommandProps): ReactNode {
  const words = common.command
  return (
    <details className="hms-command">
      <summary>
        <Icon name="terminal" size={16} />
        {words.title}
      </summary>
      <div className="hms-stack-tight">
        <p className="hms-muted hms-small">{call === null ? words.whatShell : words.what}</p>
        {hms !== null && <CodeLine text={`hms ${hms}`} what={words.shell} />}
        {call !== null && <CodeLine text={curlOf(call, body)} what={words.http} />}
      </div>
    </details>
  )
}

/** For a shell of POSIX: whatever is in it is one word. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}

function curlOf(call: string, body: unknown): string {
  const [method = 'GET', path = ''] = call.split(' ')
  const parts = [
    'curl',
    ...(method === 'GET' || (method === 'POST' && body !== undefined) ? [] : ['-X', method]),
    '-H "Authorization: Bearer $KEY"',
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", '-d', quoted(JSON.stringify(body))]),
    quoted(`${location.origin}/api/v1${path}`),
  ]
  return parts.join(' ')
}
