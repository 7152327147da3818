// All commands of the console, with their options: found by their words, and put into the line.
import { Button, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import type { ConsoleCommand } from '../../../../client/src/index.ts'
import { Icon } from '../../parts/icons.tsx'
import { Card, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { consoleTexts as texts } from '../../texts/console.ts'

const words = texts.help

interface HelpProps {
  readonly commands: readonly ConsoleCommand[] | undefined
  readonly error: Error | null
  readonly again: () => void
  readonly use: (words: string) => void
}

export function CommandHelp({ commands, error, again, use }: HelpProps): ReactNode {
  const [text, setText] = useState('')
  const parts = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = commands?.filter((one) => parts.every((part) => `${one.words} ${one.summary}`.toLowerCase().includes(part)))
  return (
    <Card title={words.title} about={words.about}>
      <div className="hms-stack">
        <TextInput
          aria-label={words.search}
          placeholder={words.search}
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {error !== null && <ProblemNotice error={error} again={again} />}
        {found === undefined && error === null && <Waiting lines={6} />}
        {found !== undefined && (
          <div className="hms-console-commands" role="region" aria-label={words.list} tabIndex={0}>
            {found.length === 0 && <p className="hms-muted">{words.none}</p>}
            {found.map((command) => (
              <OneCommand key={command.words} command={command} use={use} />
            ))}
          </div>
        )}
        <p className="hms-muted hms-small">{words.elsewhere}</p>
      </div>
    </Card>
  )
}

function OneCommand({ command, use }: { readonly command: ConsoleCommand; readonly use: (words: string) => void }): ReactNode {
  const { words: name, summary, usage, options } = command
  return (
    <details>
      <summary>
        <span className="hms-mono">{name}</span> <span className="hms-muted hms-small">{summary}</span>
      </summary>
      <div className="hms-stack-tight">
        <p className="hms-mono hms-break">
          {name} {usage}
        </p>
        {options.length > 0 && (
          <dl className="hms-console-options">
            {options.map(({ flags, summary: what }) => (
              <div key={flags}>
                <dt className="hms-mono">{flags}</dt>
                <dd className="hms-small">{what}</dd>
              </div>
            ))}
          </dl>
        )}
        <div>
          <Button size="compact-xs" variant="default" aria-label={words.useOf(name)} onClick={() => use(name)}>
            {words.use}
          </Button>
        </div>
      </div>
    </details>
  )
}
