// Who lets an account go is told how much left, whoever looks after accounts meanwhile; what nobody finished is finished for him.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { AccountId } from '../../base/brand.ts'
import { jsonLog } from '../../base/log.ts'
import { changeState, type StateContext } from '../../api/operations/senders/account-states.ts'
import { newAccount } from '../../contract/settings.ts'
import { initSettings } from '../../store/sqlite/settings/settings.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { AccountKeeper } from './account-keeper.ts'

const ID = 1001 as AccountId

test('who lets an account go has its mail released, and not whoever looks after accounts; that one does it where he never came to it', async () => {
  using folder = temporaryFolder()
  using settings = initSettings({ file: join(folder.path, 'master.db'), keyFile: join(folder.path, 'key') })
  settings.putAccount(newAccount(ID, 'shop'), 'test')
  const clock = new FakeClock()
  const released: string[] = []
  let held = 7
  let news = Promise.withResolvers<readonly never[]>()
  news.resolve([])
  const all = async (name: string, params: { readonly by?: string }): Promise<readonly { recipients: number }[]> => {
    if (name !== 'queue.act') return await news.promise
    released.push(params.by ?? '')
    return [{ recipients: held }, { recipients: (held = 0) }]
  }
  const some = async () => ({ answers: await news.promise, missing: [] })
  const workers = { all, some } as unknown as StateContext['workers']
  const context: StateContext = { settings, workers, tell: () => {}, now: () => clock.now(), isRunning: () => true }
  const account = () => settings.read().accounts.get(ID) ?? assert.fail()
  const change = (state: 'held' | 'active') => changeState(context, account(), { state, reason: '', by: 'ann', until: null })
  const log = jsonLog('test', 'error', (line) => process.stderr.write(line))
  using keeper = new AccountKeeper({ context, settings: () => settings.read(), clock, log })
  await change('held')
  news = Promise.withResolvers()
  const changed = change('active')
  await keeper.look()
  news.resolve([])
  assert.deepEqual([(await changed).released, released], [7, ['ann']])

  await change('held')
  held = 3
  news = Promise.withResolvers()
  void change('active').catch(() => {})
  clock.pass(31_000)
  // What it began while time went by ends first.
  await turn()
  await keeper.look()
  assert.deepEqual([held, released], [0, ['ann', 'time']])
})
