import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

test('several builds at once all succeed and leave one whole dist', async () => {
  const root = mkdtempSync(join(tmpdir(), 'hms-build-'))
  try {
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
    for (const folder of ['scripts', 'src/deep']) mkdirSync(join(root, folder), { recursive: true })
    cpSync(join(import.meta.dirname, 'build.ts'), join(root, 'scripts/build.ts'))
    for (let i = 0; i < 200; i++) writeFileSync(join(root, `src/deep/s${i}.ts`), `export const n: number = ${i}\n`)
    writeFileSync(join(root, 'src/one.ts'), `export { n } from './deep/s1.ts'\n`)
    const build = promisify(execFile)
    for (let round = 0; round < 2; round++)
      await Promise.all(Array.from({ length: 6 }, () => build(process.execPath, [join(root, 'scripts/build.ts')])))
    assert.deepEqual(readdirSync(root).toSorted(), ['dist', 'package.json', 'scripts', 'src'])
    assert.equal(readdirSync(join(root, 'dist/deep')).length, 200)
    assert.match(readFileSync(join(root, 'dist/one.js'), 'utf8'), /'\.\/deep\/s1\.js'/)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

test('a package that is not installed as package.json wants it is told before anything is built', async () => {
  const root = mkdtempSync(join(tmpdir(), 'hms-build-'))
  try {
    writeFileSync(join(root, 'package.json'), '{ "type": "module", "dependencies": { "one": "1.0.0", "two": "2.0.0", "three": "3.0.0" } }')
    for (const folder of ['scripts', 'src', 'node_modules/one', 'node_modules/two']) mkdirSync(join(root, folder), { recursive: true })
    for (const name of ['one', 'two']) writeFileSync(join(root, `node_modules/${name}/package.json`), '{ "version": "1.0.0" }')
    cpSync(join(import.meta.dirname, 'build.ts'), join(root, 'scripts/build.ts'))
    await assert.rejects(promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts'), '--if-stale']), (error) => {
      const { code, stderr } = error as { code?: unknown; stderr?: unknown }
      assert.match(String(stderr), /^hms: npm has not installed two 2\.0\.0, three 3\.0\.0; run 'npm ci' in /m)
      return code === 69
    })
    assert.deepEqual(readdirSync(root).toSorted(), ['node_modules', 'package.json', 'scripts', 'src'])
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
