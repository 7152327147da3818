// What is asked about this machine's clock, over real programs and a real time server: that what is wrong is told, and what cannot be asked is not.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { machineClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import { readChrony, readTimedate } from '../../policy/alarms/clock-programs.ts'
import { middleOf } from '../../policy/alarms/sntp.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { ClockProbe } from './clock-probe.ts'
import { programAnswer } from './program-answer.ts'

const SYNCED =
  'C0A80001,192.168.0.1,3,1795377148.123456789,-0.000012345,0.000001234,0.000023456,-12.345,0.001,0.123,0.012345,0.001234,64.2,Normal\n'
const LOST = '7F7F0101,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n'

test('chronyd and the kernel are understood, and what is not theirs says nothing', () => {
  assert.equal(readChrony(SYNCED), 0)
  assert.equal(readChrony(SYNCED.replace('-0.000012345', '-42.5')), 42_500)
  assert.equal(readChrony(LOST), 'unkept')
  for (const text of ['', '506 Cannot talk to daemon\n', SYNCED.replace('-0.000012345', ''), SYNCED.replace(',64.2', '')])
    assert.equal(readChrony(text), null, text)
  assert.deepEqual(['yes\n', 'no\n', '', 'Unknown property'].map(readTimedate), [true, false, null, null])
  assert.deepEqual([[], [40_000], [40_000, -10], [50, 90_000, -70]].map(middleOf), [null, 40_000, -10, -70])
})

test('programs that are not there, fail, write without end or are silent are passed over', async (t) => {
  using folder = temporaryFolder()
  const write = (name: string, text: string): string => {
    const file = join(folder.path, name)
    writeFileSync(file, `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o700)
    return file
  }
  assert.equal(await programAnswer([join(folder.path, 'none')], machineClock), null)
  assert.equal(await programAnswer([write('fails', 'echo yes; exit 1')], machineClock), null)
  assert.equal(await programAnswer([write('says', 'echo "$1" "$LC_ALL"'), 'yes'], machineClock), 'yes C\n')
  assert.ok(((await programAnswer([write('floods', 'head -c 5000000 /dev/zero')], machineClock))?.length ?? 0) < 100_000)

  // A clock that nobody keeps, by a timedatectl of the test's.
  write('timedatectl', 'echo no')
  write('chronyc', `printf '%s' "${LOST.trim()}"`)
  const path = process.env['PATH']
  t.after(() => (process.env['PATH'] = path))
  process.env['PATH'] = `${folder.path}:${path}`
  using probe = new ClockProbe({ servers: '', log: jsonLog('test', 'error', () => {}) })
  await new Promise((resolve) => setImmediate(resolve))
  const states = async (): Promise<unknown> => {
    await askedAnew(probe)
    return new Map(probe.readings()).get('clock-unkept')
  }
  assert.equal(((await states()) as unknown[]).length, 1)
  write('chronyc', 'exit 1')
  write('timedatectl', 'echo yes')
  assert.deepEqual(await states(), [])
})

/** The first question, of the start, may be under way. */
async function askedAnew(probe: ClockProbe): Promise<void> {
  while (!(await probe.ask())) await new Promise((resolve) => setTimeout(resolve, 10))
}

test('time servers that say otherwise are believed, and named', async (t) => {
  const socket = createSocket('udp4')
  t.after(() => socket.close())
  socket.on('message', (question: Buffer, { port, address }) => {
    const answer = Buffer.alloc(48)
    answer.set([(4 << 3) | 4, 2])
    question.copy(answer, 24, 40, 48)
    for (const at of [32, 40]) answer.writeUInt32BE(Math.floor(Date.now() / 1000) - 600 + 2_208_988_800, at)
    socket.send(answer, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const said: string[] = []
  using probe = new ClockProbe({ servers: `127.0.0.1:${socket.address().port}`, log: jsonLog('test', 'error', (line) => said.push(line)) })
  await askedAnew(probe)
  probe.look()
  probe.look()
  const [reading] = new Map(probe.readings()).get('clock-off') ?? []
  assert.ok(reading !== undefined && reading.value > 590_000 && reading.value < 610_000, JSON.stringify(reading))
  assert.match(reading.words, /^The clock is \d+ s ahead of what time servers say \(127\.0\.0\.1\)\.$/)
  using _unread = new ClockProbe({ servers: 'ntp://x', log: jsonLog('test', 'error', (line) => said.push(line)) })
  assert.match(said.join(''), /alerts\.time_servers names something/)
})
