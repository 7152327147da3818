// The package for plug-ins as an author gets it: packed, installed into an empty folder, its types used by a compiler, its trials by the tests
// of every example. What the server gives plug-ins under the same name is the same.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { type DatabaseServer, postgresPrograms, startPostgres } from '../testkit/databases.ts'

const root = join(import.meta.dirname, '..')
const sdk = join(root, 'sdk')
const examples = readdirSync(join(sdk, 'examples'))
const place = mkdtempSync(join(tmpdir(), 'hms-sdk-test-'))
after(() => rmSync(place, { recursive: true, force: true }))

interface Ran {
  readonly code: number
  readonly out: string
}

async function run(program: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  // A test that is run by a test would report to it in its own form.
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...words], {
      cwd,
      env: { ...rest, ...env },
      maxBuffer: 16 * 1024 * 1024,
    })
    return { code: 0, out: stdout + stderr }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { readonly code?: number; readonly stdout?: string; readonly stderr?: string }
    return { code: code ?? 1, out: stdout + stderr }
  }
}

function needsOf(folder: string): readonly string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly dependencies?: object }
  return Object.keys(dependencies)
}

/** A package of the house with all that it needs, where a plug-in's `npm install` would put them. */
function lay(name: string, into: string): void {
  const from = join(root, 'node_modules', name)
  cpSync(from, join(into, 'node_modules', name), { recursive: true })
  for (const other of needsOf(from)) lay(other, into)
}

/** With npm, as an author does; nothing is fetched. */
async function installed(): Promise<string> {
  const folder = join(place, 'author')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "author", "private": true, "type": "module" }')
  const packed: string[] = []
  for (const from of [sdk, join(root, 'node_modules/zod')]) {
    const { code, out } = await run('npm', ['pack', '--silent', '--pack-destination', place], from)
    assert.equal(code, 0, out)
    packed.push(join(place, out.trim().split('\n').at(-1) ?? ''))
  }
  const { code, out } = await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...packed], folder)
  assert.equal(code, 0, out)
  // The compiler and the types of Node are the house's.
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true })
  for (const types of ['node', 'pg']) symlinkSync(join(root, 'node_modules/@types', types), join(folder, 'node_modules/@types', types))
  for (const name of examples) {
    cpSync(join(sdk, 'examples', name), join(folder, name), { recursive: true })
    for (const other of needsOf(join(folder, name))) lay(other, join(folder, name))
  }
  return folder
}

const folder = await installed()
const own = join(folder, 'node_modules/@hurricane-mta/plugin')

test('the package has what it names, and nothing that is not its own', () => {
  const manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly dependencies?: object
  }
  for (const file of Object.values(manifest.exports).flatMap((entry) => Object.values(entry))) readFileSync(join(own, file))
  assert.equal(manifest.dependencies, undefined)
  assert.deepEqual(readdirSync(own).toSorted(), ['README.md', 'dist', 'examples', 'package.json'])
  const files = readdirSync(join(own, 'dist'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  assert.ok(files.length > 30)
  assert.ok(files.every(({ name }) => /(?:\.js|\.d\.ts|^LICENSE)$/.test(name) && !name.includes('.test.')))
})

test('what the server gives plug-ins of this name is the same code', async () => {
  for (const name of ['plugins/host/define', 'plugins/host/main', 'plugins/answers', 'plugins/plugin-runner', 'plugins/start-process'])
    assert.equal(readFileSync(join(own, `dist/src/${name}.js`), 'utf8'), readFileSync(join(root, `dist/${name}.js`), 'utf8'), name)
  const published = (await import(join(own, 'dist/sdk/src/index.js'))) as object
  const served = (await import(join(root, 'dist/plugins/host/define.js'))) as object
  assert.deepEqual(Object.keys(published), Object.keys(served))
})

test('every example is right by the types of the package, and a mistake is not', async () => {
  const config = {
    compilerOptions: {
      target: 'ES2024',
      lib: ['ES2024', 'ESNext.Disposable'],
      module: 'NodeNext',
      strict: true,
      // The strictest that an author may have: what is left out of an answer may be undefined.
      exactOptionalPropertyTypes: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      // Those of the package itself are looked at, too.
      skipLibCheck: false,
      types: ['node'],
    },
    include: [...examples, 'wrong.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const wrong = (answer: string): void =>
    writeFileSync(
      join(folder, 'wrong.ts'),
      `import { definePlugin } from '@hurricane-mta/plugin'
      import { z } from 'zod'
      export default definePlugin({ name: 'wrong', apiVersion: 1, settings: z.object({ most: z.number() }), hooks: {
        recipient: ({ recipient }, { settings }) => (recipient.length > settings.most ? ${answer} : undefined) } })`,
    )
  const compile = (): Promise<Ran> => run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder)
  wrong("{ action: 'refuse', code: 553, text: undefined }")
  const right = await compile()
  assert.equal(right.code, 0, right.out)
  wrong("{ action: 'reject' }")
  const { code, out } = await compile()
  assert.notEqual(code, 0)
  assert.match(out, /^wrong\.ts[(:]4\b.*reject/m)
})

const programs = postgresPrograms()

/** As the example's tests want it. */
function named(database: DatabaseServer | null): NodeJS.ProcessEnv {
  if (database === null) return {}
  const { port, password, ca } = database
  return { RESULTS_DATABASE: JSON.stringify({ host: 'localhost', port, user: 'hms', password, ca }) }
}

for (const name of examples)
  test(`the example ${name} does what its tests say`, async () => {
    await using database = name === 'results-to-postgresql' && programs !== null ? await startPostgres(programs) : null
    const { code, out } = await run(process.execPath, ['--test', '--test-reporter=tap'], join(folder, name), named(database))
    assert.equal(code, 0, out)
    assert.match(out, /^# pass [1-9]/m)
    if (programs !== null) assert.match(out, /^# skipped 0$/m)
    const { description, hms } = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as {
      readonly description: string
      readonly hms: { readonly hooks: readonly string[] }
    }
    assert.ok(hms.hooks.length > 0)
    // The README of the package has a line for each.
    const line = readFileSync(join(own, 'README.md'), 'utf8')
      .split('\n')
      .find((one) => one.includes(`examples/${name}`))
    assert.ok(line !== undefined && description !== '', name)
  })

test('the plug-ins of the guide and the README are right, and do what their tests say', async () => {
  for (const page of ['docs/guides/write-a-plugin.md', 'sdk/README.md']) {
    const text = readFileSync(join(root, page), 'utf8')
    const blocks = (language: string): string[] =>
      [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block)
    const [code = '', tests = ''] = blocks('ts')
    const name = /name: '([a-z-]+)'/.exec(code)?.[1] ?? assert.fail(page)
    const [manifest = '', config = ''] = blocks('json')
    const at = join(folder, name)
    mkdirSync(at)
    writeFileSync(join(at, 'index.ts'), code)
    // A busy machine is slow to answer.
    writeFileSync(join(at, 'index.test.ts'), tests.replace('settings:', "budget: '60s', settings:"))
    const usual = JSON.stringify({ name, version: '1.0.0', type: 'module', main: 'index.ts', hms: { api: 1, hooks: ['received'] } })
    writeFileSync(join(at, 'package.json'), manifest === '' ? usual : manifest)
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    if (config !== '') {
      writeFileSync(join(at, 'tsconfig.json'), config)
      const { code: wrong, out } = await run(process.execPath, [compiler, '-p', at], at)
      assert.equal(wrong, 0, out)
    }
    const ran = await run(process.execPath, ['--test', '--test-reporter=tap'], at)
    assert.equal(ran.code, 0, ran.out)
    assert.match(ran.out, /^# pass 1$/m)
  }
})
