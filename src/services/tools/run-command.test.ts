// Commands that the desk waits for: one at a time, and nobody keeps others from them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { CommandRunner } from './run-command.ts'

test('an account`s users find some places, and whoever runs the server finds one, too', async () => {
  using folder = temporaryFolder()
  const calls: Promise<unknown>[] = []
  {
    await using runner = new CommandRunner(folder.path, machineClock)
    const run = (by: string, account?: number): void => {
      const asker = { by, ...(account !== undefined && { account: account as AccountId }) }
      const call = runner.run({ words: ['status'], asker, within: 60_000 })
      call.catch(() => {})
      calls.push(call)
    }
    const refused = async (by: string, account?: number): Promise<string> => {
      run(by, account)
      const error = await calls.pop()?.catch((thrown: unknown) => thrown)
      return error instanceof Fault ? error.code : ''
    }
    for (const by of ['a', 'b', 'c']) run(by, 1000)
    assert.equal(await refused('d', 1000), 'too-many-calls')
    for (const by of ['e', 'f', 'g']) run(by, 1001)
    run('h', 1002)
    assert.equal(await refused('i', 1003), 'api-busy')
    run('ann')
  }
  for (const { status } of await Promise.allSettled(calls)) assert.equal(status, 'rejected')
})
