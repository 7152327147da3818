// Answers of a plug-in on their way: those that are the same are said once, and each call has its own all the same.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../testkit/patience.ts'
import { PluginHome } from '../../../testkit/plugin-home.ts'
import { FrameReader, FrameWriter, writeFrame } from '../frames.ts'
import { startProcess } from '../start-process.ts'

async function answersOf(code: string, calls: readonly object[]): Promise<readonly unknown[]> {
  await using home = new PluginHome()
  home.add({ name: 'a', hooks: ['connect'], code, entry: { budget: '60s' } })
  const [runner] = (await home.run()).runners
  assert.ok(runner !== undefined)
  const results = await Promise.all(calls.map((facts) => runner.call('connect', facts)))
  assert.equal(runner.counts.restarts, 0)
  return results.map((result) => ('failed' in result ? result.reason : result.answer))
}

test('equal answers, at once and later, are each for the calls that they were given to', async () => {
  const code = `connect: ({ n }) => {
    const answer = { action: 'continue', text: 'of ' + (n % 3) }
    return n % 2 === 0 ? answer : new Promise((resolve) => setImmediate(resolve, answer))
  }`
  const calls = Array.from({ length: 3000 }, (_, n) => ({ n }))
  const answers = await answersOf(code, calls)
  assert.deepEqual(
    answers,
    calls.map(({ n }) => ({ action: 'continue', text: `of ${n % 3}` })),
  )
})

test('many large answers that differ are no frame that is too large', async () => {
  const code = "connect: ({ n }) => ({ text: n + '中'.repeat(60000) })"
  const calls = Array.from({ length: 99 }, (_, n) => ({ n }))
  const answers = await answersOf(code, calls)
  assert.deepEqual(
    answers.map((answer) => (answer as { text?: string }).text?.length),
    calls.map(({ n }) => 60_000 + String(n).length),
  )
})

test('one answer names a bounded number of calls', async () => {
  await using home = new PluginHome()
  home.add({ name: 'a', hooks: ['connect'], code: 'connect: () => null' })
  const folder = join(home.folder, 'plugins', 'a')
  const process = startProcess({ folder, memory: 192 * 2 ** 20 })
  try {
    const reader = new FrameReader()
    const groups: (readonly number[])[] = []
    process.channel.on('data', (chunk: Buffer) => {
      for (const { messages } of reader.push(chunk))
        for (const [kind, ids] of messages as readonly [string, readonly number[]][]) if (kind === 'answers') groups.push(ids)
    })
    const writer = new FrameWriter()
    writer.add(['start', { entry: join(folder, 'index.js'), settings: {}, network: false, zod: null }])
    const calls = Array.from({ length: 1800 }, (_, id) => id)
    for (const id of calls) writer.add(['call', id, 'connect', {}])
    writeFrame(process.channel, writer.take())
    await until(() => groups.flat().length >= calls.length, 'each call has its answer')
    assert.deepEqual(groups.flat(), calls)
    assert.ok(groups.every((ids) => ids.length <= 500))
  } finally {
    process.kill()
    await process.ended
  }
})
