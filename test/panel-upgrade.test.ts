// The journey "upgrade" in the Control Panel: a signed release is sent in pieces, the machine checked, the release taken while the page goes on over
// the change of the process that answers it, and the version before gone back to. What runs serves the panel of its own version.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Releases } from '../testkit/other-release.ts'
import { panelHouse, showPlaces, somebody } from '../testkit/panel-house.ts'

/** A whole change of version goes by: checks, a backup, a trial, the hand-over. */
const CHANGED = { timeout: 400_000 }

test('a signed release is sent, checked, taken, and gone back from', { timeout: 1_800_000 }, async () => {
  using releases = new Releases()
  const { folder } = releases.make('1.0.0')
  execFileSync(join(folder, 'hms'), ['install', folder, '--to', releases.root, '--unsigned', '--json'])
  await using house = await panelHouse({ program: join(releases.root, 'current/hms'), config: { 'upgrade.grace': '5s' } })
  const { server } = house
  const places = { [server.home]: '/var/lib/hms', [releases.root]: '/opt/hms' }
  await using owner = await house.owner()
  const { page } = owner
  await owner.open('/upgrade', 'Upgrade')
  await page.getByText('No release can be accepted yet').waitFor()
  await owner.look('an upgrade without a key')
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  mkdirSync(join(server.home, 'config/keys'))
  writeFileSync(join(server.home, 'config/keys/maker.pub'), publicKey.export({ type: 'spki', format: 'pem' }))

  const file = await releases.archive(releases.make('1.1.0'), privateKey)
  await owner.open('/upgrade', 'Upgrade')
  await page.getByText('maker.pub').waitFor()
  await page.getByLabel('Release file', { exact: true }).setInputFiles(file)
  await page.getByRole('button', { name: 'Upload' }).click()
  const check = page.getByRole('button', { name: 'Check server for 1.1.0' })
  await check.waitFor()
  await showPlaces(owner, places)
  await owner.picture('upgrade')
  await check.click()
  await page
    .getByRole('region', { name: 'Checks before an upgrade' })
    .getByText(/signed by maker\.pub/)
    .waitFor()
  await owner.look('a check before an upgrade')
  await page.getByRole('button', { name: 'Upgrade to 1.1.0' }).click()
  const dialog = page.getByRole('dialog')
  await owner.look('an upgrade to be confirmed')
  await dialog.getByRole('button', { name: 'Upgrade to 1.1.0' }).click()
  await page.getByText('Version 1.1.0 is running').waitFor(CHANGED)
  assert.equal((await server.status()).version, '1.1.0')
  await owner.look('an upgrade that is done')
  await showPlaces(owner, places)
  await owner.picture('upgrade-done')
  await page.getByRole('button', { name: 'Reload page' }).click()
  await page.getByRole('heading', { level: 1, name: 'Upgrade' }).waitFor()

  await page.getByRole('button', { name: 'Downgrade to 1.0.0' }).click()
  await dialog.getByRole('button', { name: 'Downgrade to 1.0.0' }).click()
  // Who it is was proved to the desk of before: the one of now asks anew.
  const proof = page.getByRole('dialog', { name: 'Confirm your identity' })
  await proof.locator('input[type=password]').fill(server.admin.password)
  await owner.look('a proof of who it is')
  await proof.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('Version 1.0.0 is running').waitFor(CHANGED)
  assert.equal((await server.status()).version, '1.0.0')

  await using administrator = await somebody(house, 'adam', 'administrator')
  await administrator.open('/upgrade', 'Upgrade')
  await administrator.page.getByText('Installed versions').waitFor()
  for (const name of ['Upload', /^Upgrade to/, /^Downgrade to/, 'Find leftovers'])
    assert.equal(await administrator.page.getByRole('button', { name }).count(), 0, String(name))
  await administrator.look('an upgrade of an administrator')
})
