// Lines of the SMTP dialog on their way to a plug-in: many at once, and what it does not take in time is dropped, counted and told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { jsonLog } from '../base/log.ts'
import { until } from '../../testkit/patience.ts'
import { PluginHome } from '../../testkit/plugin-home.ts'
import { LineTeller } from './line-teller.ts'

test('a plug-in that is slow misses lines, and is told how many', async () => {
  await using home = new PluginHome()
  const code = `protocol: async ({ lines, dropped }, { log }) => {
    log.info(JSON.stringify([lines.length, dropped, lines[0].text, lines.at(-1).text]))
    if (lines[0].text === '0') await new Promise((resolve) => setTimeout(resolve, 2000)) }`
  home.add({ name: 'a', hooks: ['protocol'], code, entry: { budget: '60s' } })
  const set = await home.run()
  const [runner] = set.runners
  assert.ok(runner !== undefined)
  const warned: string[] = []
  const teller = new LineTeller(
    runner,
    jsonLog('test', 'debug', (line) => warned.push(line)),
  )
  const hear = (from: number, to: number): void => {
    for (let n = from; n < to; n++) teller.hear({ connection: 1, from: 'us', text: String(n), at: n, peer: '192.0.2.1' })
  }
  const seen = (): [number, number, string, string][] =>
    home.lines.flatMap((line) => {
      const { message, text } = JSON.parse(line) as { message: string; text: string }
      return message === 'A plug-in says:' ? [JSON.parse(text) as [number, number, string, string]] : []
    })
  hear(0, 3)
  await until(() => seen().length === 1)
  hear(3, 20_003)
  await until(() => seen().length >= 11)
  const all = seen()
  assert.deepEqual(all[0], [3, 0, '0', '2'])
  assert.deepEqual(all[1], [500, 15_000, '3', '502'])
  assert.deepEqual(all[10], [500, 0, '4503', '5002'])
  assert.equal(warned.length, 1)
  hear(0, 1)
  await until(() => seen().length >= 12)
  assert.deepEqual(seen()[11], [1, 0, '0', '0'])
})

test('what is gathered when it is stopped is no sign that it is slow', async () => {
  await using home = new PluginHome()
  home.add({ name: 'a', hooks: ['protocol'], code: 'protocol() {}' })
  const [runner] = (await home.run()).runners
  assert.ok(runner !== undefined)
  const warned: string[] = []
  const teller = new LineTeller(
    runner,
    jsonLog('test', 'debug', (line) => warned.push(line)),
  )
  teller.hear({ connection: 1, from: 'us', text: 'QUIT', at: 0, peer: '192.0.2.1' })
  await runner.stop()
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.deepEqual(warned, [])
})

test('accounts share connections: one that is switched on for some is not told lines', async () => {
  await using home = new PluginHome()
  home.add({ name: 'a', hooks: ['protocol'], code: 'protocol() {}', entry: { accounts: [1001] } })
  const set = await home.run()
  assert.match(set.alerts()[0]?.what ?? '', /It asks for the lines of connections \(hook protocol\), which accounts share/)
})
