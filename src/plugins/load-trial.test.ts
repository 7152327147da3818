// A trial of a plug-in's code: what loads, what does not and why, and that nothing of it outlasts the trial.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { machineClock } from '../base/clock.ts'
import { PATIENCE_MS } from '../../testkit/patience.ts'
import { filesOfPlugin, type PackagedPlugin, pluginCode } from '../../testkit/plugin-package.ts'
import { temporaryFolder } from '../../testkit/spool-samples.ts'
import { readManifest } from './plugin-spec.ts'
import { type LoadTrial, tryLoading } from './load-trial.ts'

async function tried(code: string, settings: unknown = {}, more: Partial<PackagedPlugin> = {}, within = PATIENCE_MS): Promise<LoadTrial> {
  using folder = temporaryFolder()
  mkdirSync(folder.path, { recursive: true })
  for (const [name, text] of Object.entries(filesOfPlugin({ name: 'a', code, ...more }))) writeFileSync(join(folder.path, name), text)
  const spec = { ...readManifest(folder.path), memory: 192 * 2 ** 20, settings }
  return await tryLoading(spec, { clock: machineClock, within })
}

const reason = (trial: LoadTrial): string => (trial.kind === 'refused' ? trial.reason : `it loaded: ${JSON.stringify(trial)}`)

test('code that loads tells its settings with their defaults, and what is wrong with those given', async () => {
  const code = pluginCode('a', 'received: () => undefined', "z.object({ text: z.string().default('hello'), most: z.number() })")
  const right = await tried(code, { most: 3 })
  assert.ok(right.kind === 'loaded')
  assert.deepEqual([right.settings, right.problem], [{ text: 'hello', most: 3 }, null])
  const wrong = await tried(code, { most: 'a secret text' })
  assert.ok(wrong.kind === 'loaded')
  assert.match(wrong.problem ?? '', /^Its settings are wrong: most: /)
  assert.doesNotMatch(wrong.problem ?? '', /a secret text/)
  assert.deepEqual((wrong.schema as { properties: object }).properties, (right.schema as { properties: object }).properties)
})

test('nothing of it is called', async () => {
  const code = "export default { name: 'a', apiVersion: 1, start: () => process.exit(3), hooks: { received: () => undefined } }"
  assert.equal((await tried(code)).kind, 'loaded')
})

test('code that cannot be used is refused with what is in the way', async () => {
  assert.match(reason(await tried('export default 7')), /exports no plug-in/)
  assert.match(reason(await tried("import 'no-such-package'")), /no-such-package/)
  assert.match(reason(await tried("throw new Error('oh')")), /^Oh\.$/)
  assert.match(reason(await tried('process.exit(7)')), /ended with code 7/)
  assert.match(reason(await tried("setTimeout(() => { throw new Error('late') }, 0); await new Promise(() => {})")), /late/)
  const other = pluginCode('a', 'from: () => undefined')
  assert.equal(reason(await tried(other)), 'Its manifest names the hooks received, its code has from.')
  assert.match(reason(await tried("import fs from 'node:fs'; fs.writeFileSync('/tmp/x', 'x')")), /permission|restricted/i)
})

test('code that never ends loading, or eats memory, is ended', async () => {
  assert.match(reason(await tried('for (;;);', {}, {}, 1000)), /did not load within 1 s/)
  assert.match(reason(await tried('const kept = []; for (;;) kept.push(Buffer.alloc(4 << 20, 1))')), /ended|memory|alloc/i)
})
