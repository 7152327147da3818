// The reporter of the suite: silent about what passes, whole about what fails, and one closing line.
import type { TestEvent } from 'node:test/reporters'
import { relative } from 'node:path'

/** Of tests and of files. */
const SHOWN = 30

interface Took {
  readonly name: string
  readonly ms: number
}

function describe(event: Extract<TestEvent, { type: 'test:fail' }>): string {
  const { name, file, line, details } = event.data
  const error = details.error as Error & { cause?: unknown }
  const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : (error.cause ?? error.stack ?? error.message)
  const where = file === undefined ? '' : ` (${relative(process.cwd(), file)}:${line ?? 0})`
  return `\nFAILED ${name}${where}\n${String(cause)}\n`
}

export default async function* quiet(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let passed = 0
  let failed = 0
  let skipped = 0
  const slow: Took[] = []
  const files: Took[] = []
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.details.type !== 'suite') {
      if (event.data.skip === undefined) passed++
      else skipped++
      slow.push({ name: event.data.name, ms: event.data.details.duration_ms })
    } else if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
      failed++
      yield describe(event)
    } else if (event.type === 'test:summary' && event.data.file !== undefined) {
      files.push({ name: relative(process.cwd(), event.data.file), ms: event.data.duration_ms })
    } else if (event.type === 'test:stderr' && process.env['HMS_TEST_STDERR'] !== undefined) {
      yield event.data.message
    }
  }
  if (process.env['HMS_TEST_SLOW'] !== undefined) {
    for (const took of [slow, files])
      for (const { name, ms } of took.toSorted((a, b) => b.ms - a.ms).slice(0, SHOWN)) yield `${Math.round(ms)} ms  ${name}\n`
  }
  yield `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`
}
