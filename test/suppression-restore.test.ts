// Suppression over a backup and a restore: who unsubscribed since is not forgotten where the home still knows it, and said where it does not.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../testkit/server.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

test('a restore leaves the suppression of a living home alone; one that has none gets that of the backup, and says so', async () => {
  using folder = temporaryFolder()
  await using server = await startServer()
  const backup = join(folder.path, 'home.zip')
  await server.call('suppression.create', { name: 'all' })
  await server.call('suppression.add', { list: 'all', targets: ['before@x.test'] })
  await server.hms('backup', '--to', backup)
  await server.call('suppression.add', { list: 'all', targets: ['since@x.test'] })
  const formats = await server.run('doctor')
  assert.match(formats.stdout, /suppression/)
  assert.equal(await server.stop(), 0)

  const targets = async (): Promise<string[]> => {
    const { stdout } = await server.run('suppression', 'export', '--list', 'all', '--format', 'jsonl')
    return stdout
      .trim()
      .split('\n')
      .map((line) => String((JSON.parse(line) as { address: string }).address))
  }
  const restore = () => server.hms<{ readonly doubts: readonly string[] }>('restore', backup, '--yes')
  assert.deepEqual((await restore()).doubts, [])
  assert.deepEqual(await targets(), ['before@x.test', 'since@x.test'])

  for (const name of ['suppression.db', 'suppression.db-wal', 'suppression.db-shm']) rmSync(join(server.home, name), { force: true })
  const { doubts } = await restore()
  assert.deepEqual(doubts, ['who unsubscribed, complained or bounced since the backup is not in suppression.db, as the home had none'])
  assert.deepEqual(await targets(), ['before@x.test'])
})
