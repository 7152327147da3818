// Packages of plug-ins, hostile ones among them: nothing leaves the folder, and what a package makes of room and number is bounded.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { packed, packedPlugin } from '../../../testkit/plugin-package.ts'
import type { Member } from '../../../testkit/release-archive.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { MOST_FILES, unpackPlugin } from './package.ts'

const manifest = { name: 'package/package.json', content: '{}' }
const refusal = (words: RegExp) => ({ name: 'Fault', code: 'plugin-unusable', message: words })

test('a package is unpacked with or without a folder around it, for its owner alone', async () => {
  using at = temporaryFolder()
  const one = join(at.path, 'one')
  const files = await unpackPlugin(await packedPlugin({ name: 'a', code: 'x', files: { 'lib/b.js': 'y', 'yarn.lock': '' } }), one)
  assert.deepEqual([...files].sort(), ['index.js', 'lib/b.js', 'package.json', 'yarn.lock'])
  assert.equal(readFileSync(join(one, 'lib/b.js'), 'utf8'), 'y')
  assert.equal(statSync(join(one, 'lib/b.js')).mode & 0o077, 0)
  const flat = [
    { name: './', type: 'directory' as const },
    { name: './package.json', content: '{}' },
    { name: './lib/b.js', content: 'y' },
  ]
  assert.deepEqual(await unpackPlugin(await packed(flat), join(at.path, 'two')), ['package.json', 'lib/b.js'])
})

test('names that lead elsewhere, links and doubles are refused', async () => {
  using at = temporaryFolder()
  const bad: readonly (readonly [Member, RegExp])[] = [
    [{ name: 'package/../../out', content: 'x' }, /leads elsewhere/],
    [{ name: '/etc/hms-out', content: 'x' }, /leads elsewhere/],
    [{ name: 'package//x', content: 'x' }, /leads elsewhere/],
    [{ name: `package/${'x'.repeat(300)}`, content: 'x' }, /leads elsewhere/],
    [{ name: 'package/a\\b', content: 'x' }, /leads elsewhere/],
    [{ name: 'other/x', content: 'x' }, /beside the folder "package"/],
    [{ name: 'package/link', type: 'symlink', linkname: '/etc/passwd' }, /no file but a link/],
    [{ name: 'package/hard', type: 'link', linkname: 'package/package.json' }, /no file but a link/],
    [{ name: 'package/pipe', type: 'fifo' }, /no file but something else/],
    [manifest, /twice/],
    [{ name: 'package/package.json/x', content: 'x' }, /twice/],
  ]
  for (const [n, [member, words]] of bad.entries())
    await assert.rejects(unpackPlugin(await packed([manifest, member]), join(at.path, String(n))), refusal(words), member.name)
  assert.ok(!existsSync(join(at.path, 'out')) && !existsSync('/etc/hms-out'))
  const bin = { name: 'package/node_modules/.bin/x', type: 'symlink' as const, linkname: '../x/x.js' }
  assert.deepEqual(await unpackPlugin(await packed([manifest, bin]), join(at.path, 'bin')), ['package.json'])
})

test('what is no package, too large or too many is refused', async () => {
  using at = temporaryFolder()
  const unpack = async (members: readonly Member[]): Promise<unknown> =>
    unpackPlugin(await packed(members), join(at.path, String(Math.random())))
  await assert.rejects(unpackPlugin(Buffer.from('no package'), join(at.path, 'x')), refusal(/no \.tgz that can be read/))
  await assert.rejects(unpackPlugin((await packed([manifest])).subarray(0, 40), join(at.path, 'y')), refusal(/no \.tgz that can be read/))
  await assert.rejects(unpack([{ name: 'package/x', content: 'x' }]), refusal(/holds no package\.json/))
  await assert.rejects(
    unpack([{ name: 'package/package.json', content: ' '.repeat(300_000) }]),
    refusal(/package\.json of the package has/),
  )
  // 144 MiB of nothing, in 140 KiB.
  const zeros = Buffer.alloc(16 * 2 ** 20)
  const many = Array.from({ length: 9 }, (_, n) => ({ name: `package/${n}`, content: zeros }))
  await assert.rejects(unpack([manifest, ...many]), refusal(/more than 128 MiB/))
  const files = Array.from({ length: MOST_FILES + 1 }, (_, n) => ({ name: `package/${n}`, content: '' }))
  await assert.rejects(unpack(files), refusal(/more than 20000 files/))
  assert.ok(readdirSync(at.path).length > 0)
})
