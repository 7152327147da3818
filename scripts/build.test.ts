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
    for (const name of ['build.ts', 'panel.ts']) cpSync(join(import.meta.dirname, name), join(root, 'scripts', name))
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
    for (const name of ['build.ts', 'panel.ts']) cpSync(join(import.meta.dirname, name), join(root, 'scripts', name))
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

test('what the interactive reference needs is laid beside the program, and asks for no map', async () => {
  const root = mkdtempSync(join(tmpdir(), 'hms-build-'))
  try {
    const from = join(root, 'node_modules/swagger-ui-dist')
    for (const folder of [from, join(root, 'scripts'), join(root, 'src')]) mkdirSync(folder, { recursive: true })
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(root, 'src/one.ts'), 'export const n: number = 1\n')
    for (const name of ['build.ts', 'panel.ts']) cpSync(join(import.meta.dirname, name), join(root, 'scripts', name))
    const names = ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt']
    for (const name of [...names, 'swagger-ui.css.map']) writeFileSync(join(from, name), `${name}\n/*# sourceMappingURL=${name}.map*/`)
    await promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts')])
    assert.deepEqual(readdirSync(join(root, 'dist/reference')).toSorted(), names.toSorted())
    assert.equal(readFileSync(join(root, 'dist/reference/swagger-ui.css'), 'utf8'), 'swagger-ui.css\n')
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
