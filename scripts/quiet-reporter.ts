// The reporter of the suite: silent about what passes, whole about what fails, and one closing line.
import type { TestEvent } from 'node:test/reporters'
import { relative } from 'node:path'

/** Of tests and of files. */
const SHOWN = 30

interface Took {
  readonly name: string
  readonly ms: number
}

/** Characters of what a file wrote to its standard error, which tell why its process died. */
const LAST_SAID = 4000

function describe(event: Extract<TestEvent, { type: 'test:fail' }>, said: Map<string, string>): string {
  const { name, file, line, details } = event.data
  const error = details.error as Error & { cause?: unknown; exitCode?: number | null; signal?: string | null }
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : (error.cause ?? error.stack ?? error.message)
  const where = file === undefined ? '' : ` (${relative(process.cwd(), file)}:${line ?? 0})`
  // Where no test of it failed, its process did.
  const died =
    error.exitCode === undefined ? '' : `\nits process ended with ${error.signal ?? error.exitCode}\n${said.get(file ?? '') ?? ''}`
  return `\nFAILED ${name}${where}\n${String(cause)}${died}\n`
}

export default async function* quiet(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0
  let failed = 0
  let skipped = 0
  const slow: Took[] = []
  const files: Took[] = []
  const said = new Map<string, string>()
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.details.type !== 'suite') {
      if (event.data.skip === undefined) passed++
      else skipped++
      slow.push({ name: event.data.name, ms: event.data.details.duration_ms })
    } else if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
      failed++
      yield describe(event, said)
    } else if (event.type === 'test:summary' && event.data.file !== undefined) {
      files.push({ name: relative(process.cwd(), event.data.file), ms: event.data.duration_ms })
    } else if (event.type === 'test:stderr') {
      const { file, message } = event.data
      said.set(file, `${said.get(file) ?? ''}${message}`.slice(-LAST_SAID))
      if (process.env['HMS_TEST_STDERR'] !== undefined) yield message
    }
  }
  if (process.env['HMS_TEST_SLOW'] !== undefined) {
    for (const took of [slow, files])
      for (const { name, ms } of took.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN)) yield `${Math.round(ms)} ms  ${name}\n`
  }
  yield `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`
}
