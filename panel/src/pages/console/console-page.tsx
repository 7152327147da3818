// The console: commands of hms in the browser, with what the person may. What was run stands above the line, its help beside it.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, type RefObject, useRef, useState } from 'react'
import { api } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Badge, Card, Empty, Page } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { consoleTexts as words } from '../../texts/console.ts'
import { CommandHelp } from './command-help.tsx'
import { LineInput } from './line-input.tsx'
import { type LineRun, useConsole } from './lines-run.ts'
import './console.css'

const NO_COMMANDS = [] as const
/** Tables are wide: what has less room is moved sideways. */
const WIDTHS = { least: 110, most: 400 }

export function ConsolePage(): ReactNode {
  const [line, setLine] = useState('')
  const { runs, history, isRunning, run, clear } = useConsole()
  const commands = useQuery({
    queryKey: ['console', 'commands'],
    queryFn: async ({ signal }) => (await api.me.consoleCommands({ limit: 1000 }, { signal })).data,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const input = useRef<HTMLInputElement>(null)
  const measure = useRef<HTMLSpanElement>(null)
  const begin = (text: string): void => {
    run(text.trim(), columnsOf(measure.current))
    setLine('')
    input.current?.focus()
  }
  const use = (text: string): void => {
    setLine(`${text} `)
    input.current?.focus()
  }
  const shown = line.trim().replace(/^hms\s+/, '') || (runs.at(-1)?.line ?? 'help')
  return (
    <Page title={words.title} about={words.about}>
      <div className="hms-console">
        <Card
          title={words.output}
          actions={
            runs.length > 0 && (
              <Button size="xs" variant="default" onClick={clear}>
                {words.clear}
              </Button>
            )
          }
        >
          <div className="hms-stack">
            <Output runs={runs} measure={measure} begin={begin} />
            <LineInput
              input={input}
              line={line}
              set={setLine}
              commands={commands.data ?? NO_COMMANDS}
              history={history}
              isRunning={isRunning}
              run={() => begin(line)}
            />
            <p className="hms-muted hms-small">{words.keys}</p>
          </div>
        </Card>
        <CommandHelp commands={commands.data} error={commands.error} again={() => void commands.refetch()} use={use} />
      </div>
      <AsCommand hms={shown} call="POST /me/console" body={{ line: shown }} />
    </Page>
  )
}

/** Of what was printed, when something is. */
function toTheEnd(end: HTMLDivElement | null): void {
  const box = end?.parentElement
  if (box) box.scrollTop = box.scrollHeight
}

interface OutputProps {
  readonly runs: readonly LineRun[]
  readonly measure: RefObject<HTMLSpanElement | null>
  readonly begin: (line: string) => void
}

function Output({ runs, measure, begin }: OutputProps): ReactNode {
  return (
    <div className="hms-console-output" role="log" aria-label={words.output} tabIndex={0}>
      <span className="hms-mono hms-console-measure" aria-hidden="true" ref={measure}>
        {'0'.repeat(10)}
      </span>
      {runs.length === 0 ? (
        <Empty
          icon="terminal"
          title={words.empty}
          actions={words.first.map((line) => (
            <Button key={line} size="xs" variant="default" onClick={() => begin(line)}>
              {words.copyLine(line)}
            </Button>
          ))}
        >
          {words.emptyWhat}
        </Empty>
      ) : (
        runs.map((one) => <OneRun key={one.n} run={one} />)
      )}
      <div key={`${runs.at(-1)?.n} ${runs.at(-1)?.answer === null}`} ref={toTheEnd} />
    </div>
  )
}

function OneRun({ run: { line, answer, error } }: { readonly run: LineRun }): ReactNode {
  return (
    <section className="hms-console-run">
      <div className="hms-spread">
        <span className="hms-mono hms-break hms-console-asked">
          <span className="hms-muted">{words.prompt}</span> {line.replace(/^hms\s+/, '')}
        </span>
        <span className="hms-row">
          {answer !== null && answer.code !== 0 && <Badge tone="bad">{words.code(answer.code)}</Badge>}
          {answer !== null && answer.text !== '' && <CopyButton text={answer.text} what={words.copyOutput(line)} />}
        </span>
      </div>
      {error !== null && <ProblemNotice error={error} />}
      {answer === null && error === null && <p className="hms-muted">{words.running}…</p>}
      {answer !== null &&
        (answer.text === '' ? (
          <p className="hms-muted">{words.nothing}</p>
        ) : (
          <pre tabIndex={0} aria-label={words.outputOf(line)}>
            {answer.text.replace(/\n$/, '')}
          </pre>
        ))}
      {answer?.isCut === true && <p className="hms-small hms-ink-warn">{words.cut}</p>}
    </section>
  )
}

/** How many letters go into a line of the output. */
function columnsOf(measure: HTMLSpanElement | null): number {
  const box = measure?.parentElement
  if (!measure || !box) return WIDTHS.least
  const letter = measure.getBoundingClientRect().width / 10
  const columns = Math.floor((box.clientWidth - 2) / Math.max(1, letter))
  return Math.min(WIDTHS.most, Math.max(WIDTHS.least, columns))
}
