import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'node:test'
import { jsonLog } from '../../base/log.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { CommandSchedule } from './command-schedule.ts'

test('what is due again as soon as it succeeded waits its time all the same; what is never due is not looked at', async () => {
  const clock = new FakeClock()
  const lines: string[] = []
  const options = {
    home: '/nowhere',
    command: ['--version'],
    againAfter: 60_000,
    words: { done: 'done', failed: 'failed', mend: '' },
    log: jsonLog('test', 'info', (line) => lines.push(line)),
    clock,
  }
  const runs = async (most: number): Promise<void> => {
    for (let i = 0; i < 6000 && lines.length < most; i++) await wait(20)
  }
  await using _never = new CommandSchedule({ ...options, due: () => null })
  assert.equal(clock.timers, 0)
  const begun = async (): Promise<CommandSchedule> => {
    const schedule = new CommandSchedule({ ...options, due: () => 0 })
    const before = lines.length
    clock.pass(1000)
    await runs(before + 1)
    return schedule
  }
  const early = await begun()
  for (let second = 0; second < 58; second++) clock.pass(1000)
  // What ran would be ended by that, and told.
  await early[Symbol.asyncDispose]()
  assert.equal(lines.length, 1)
  await using schedule = await begun()
  for (let second = 0; second < 61; second++) clock.pass(1000)
  await runs(3)
  assert.equal(lines.length, 3)
  assert.deepEqual(schedule.alerts(), [])
})

test('what is not due yet is asked for anew, and waits its time after the one before all the same', async () => {
  const clock = new FakeClock()
  const lines: string[] = []
  let due: number | null = null
  await using schedule = new CommandSchedule({
    home: '/nowhere',
    command: ['--version'],
    askEvery: 5000,
    againAfter: 60_000,
    due: () => due,
    words: { done: 'done', failed: 'failed', mend: '' },
    log: jsonLog('test', 'info', (line) => lines.push(line)),
    clock,
  })
  const pass = async (seconds: number, most: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) clock.pass(1000)
    for (let i = 0; i < 6000 && lines.length < most; i++) await wait(20)
  }
  await pass(20, 0)
  assert.equal(lines.length, 0)
  due = 0
  await pass(6, 1)
  assert.equal(lines.length, 1)
  due = null
  await pass(5, 0)
  due = 0
  await pass(50, 0)
  assert.equal(lines.length, 1)
  await pass(10, 2)
  assert.deepEqual([lines.length, schedule.alerts()], [2, []])
})
