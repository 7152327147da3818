// The reporter of the suite: silent about what passes, whole about what fails, and one closing line.
import type { TestEvent } from 'node:test/reporters'
import { relative } from 'node:path'

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
  const slow: { name: string; ms: number }[] = []
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.details.type !== 'suite') {
      if (event.data.skip === undefined) passed++
      else skipped++
      slow.push({ name: event.data.name, ms: event.data.details.duration_ms })
    } else if (event.type === 'test:fail' && event.data.details.type !== 'suite') {
      failed++
      yield describe(event)
    } else if (event.type === 'test:stderr' && process.env['HMS_TEST_STDERR'] !== undefined) {
      yield event.data.message
    }
  }
  if (process.env['HMS_TEST_SLOW'] !== undefined) {
    for (const { name, ms } of slow.toSorted((a, b) => b.ms - a.ms).slice(0, 15)) yield `${Math.round(ms)} ms  ${name}\n`
  }
  yield `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`
}
