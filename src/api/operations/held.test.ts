// Changes that hold only if nothing changed meanwhile, where somebody else changes it between the look and the change.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { installation } from '../../../testkit/installation.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import type { AccountId } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { Actor } from '../../contract/actor.ts'
import { newAccount } from '../../contract/settings.ts'
import { initSettings, openSettings } from '../../store/sqlite/settings/settings.ts'

const ID = 1001 as AccountId
const ACTOR: Actor = { by: 'ann', via: 'api', address: '192.0.2.1' }
const changed = (): Fault => new Fault('changed-meanwhile', 'It is another.', { blame: 'caller' })

/** An installation whose settings another process has open, too. */
function shared() {
  const folder = temporaryFolder()
  const files = { file: join(folder.path, 'master.db'), keyFile: join(folder.path, 'key') }
  const settings = initSettings(files)
  settings.putAccount(newAccount(ID, 'Shop'), 'test')
  const other = openSettings(files)
  const made = installation({ settings })
  const dispose = (): void => {
    for (const one of [made, other, settings, folder]) one[Symbol.dispose]()
  }
  return { made, settings, other, [Symbol.dispose]: dispose }
}

test('what another process changed in the instant between the look and the change is seen, and nothing is done', async () => {
  using at = shared()
  let looks = 0
  const still = async (): Promise<void> => {
    if (at.settings.read().accounts.get(ID)?.name !== 'Shop') throw changed()
    if (looks++ === 0) at.other.putAccount(newAccount(ID, 'Theirs'), 'hms (bob)')
  }
  const table = at.made.operations.bound(ACTOR, still)
  await assert.rejects(table['account.set']({ id: ID, change: { weight: 5 } }), { code: 'changed-meanwhile' })
  const { name, weight } = at.settings.read().accounts.get(ID) ?? assert.fail('it is there')
  assert.deepEqual([name, weight, looks], ['Theirs', 1, 1])
  assert.equal(at.settings.audit(10).filter(({ by }) => by === 'ann').length, 0)
})

test('what others changed elsewhere meanwhile costs a second look, and the change is done once', async () => {
  using at = shared()
  let looks = 0
  const still = async (): Promise<void> => {
    if (looks++ < 3) at.other.putRelay({ cidr: `192.0.2.${looks}/32` }, 'hms (bob)')
  }
  await at.made.operations.bound(ACTOR, still)['account.set']({ id: ID, change: { weight: 5 } })
  assert.equal(at.settings.read().accounts.get(ID)?.weight, 5)
  assert.equal(looks, 4)
  assert.equal(at.settings.audit(10).filter(({ by }) => by === 'ann').length, 1)
  const never = at.made.operations.bound(ACTOR, async () => at.other.putRelay({ cidr: `192.0.3.${looks++}/32` }, 'hms (bob)'))
  await assert.rejects(never['account.set']({ id: ID, change: { weight: 6 } }), { code: 'changed-meanwhile' })
  assert.equal(at.settings.read().accounts.get(ID)?.weight, 5)
})

test('users and keys are held in the same way', async () => {
  using at = shared()
  const { access } = at.made
  access.addUser({ name: 'olga', role: 'owner', account: null, at: 0 })
  access.addUser({ name: 'carl', role: 'viewer', account: null, at: 0 })
  const isStill = async (): Promise<void> => {
    if (access.user('carl')?.role !== 'viewer') throw changed()
  }
  let looks = 0
  const still = async (): Promise<void> => {
    await isStill()
    if (looks++ === 0) access.setRole('carl', 'administrator')
  }
  const shell: Actor = { by: 'hms (root)', via: 'hms', address: null }
  await assert.rejects(at.made.operations.bound(shell, still)['user.set']({ name: 'carl', role: 'operator' }), {
    code: 'changed-meanwhile',
  })
  assert.equal(access.user('carl')?.role, 'administrator')
  access.setRole('carl', 'viewer')
  await at.made.operations.bound(shell, isStill)['user.set']({ name: 'carl', role: 'operator' })
  assert.equal(access.user('carl')?.role, 'operator')
  await at.made.operations.bound(shell, async () => {})['user.remove']({ name: 'carl' })
  assert.equal(access.user('carl'), undefined)
})
