// Everything that `hms` does, the management API does: each command names the operations that do the same, or stands in a short list with its reason.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Command } from 'commander'
import type { Cli } from '../src/cli/cli.ts'
import { ALL, buildProgram } from '../src/cli/program.ts'
import { ROUTES } from '../src/contract/management.ts'
import { BESIDE, OPERATIONS_OF, SHELL_ALONE } from '../testkit/command-routes.ts'

const refused = async (): Promise<never> => Promise.reject(new Error('nothing is asked here'))
const SILENT: Cli = {
  home: '',
  json: false,
  version: '',
  programRoot: '',
  terminal: {
    width: 80,
    height: 24,
    interactive: false,
    watched: false,
    write: () => {},
    warn: () => {},
    confirm: refused,
    ask: refused,
    secret: refused,
  },
  call: refused,
  answer: () => {},
}

/** Words of every command that does something by itself, be there others below it or not. */
function* commandsOf(command: Command, words: string): Generator<string> {
  for (const one of command.commands) {
    const name = `${words} ${one.name()}`.trim()
    // Of commander's own; that some have it and others have not is looked at below.
    const acts = (one as unknown as { readonly _actionHandler?: unknown })._actionHandler
    if (typeof acts === 'function') yield name
    yield* commandsOf(one, name)
  }
}

const served = new Set<string>(ROUTES.map(({ operation }) => operation))

test('every command names operations that have a route, or a reason why it has none', async () => {
  const known = [...commandsOf(await buildProgram(SILENT, ALL), '')]
  assert.ok(known.length > 130 && known.includes('backup') && !known.includes('queue'), known.join(', '))
  const without = known.filter((words) => !Object.hasOwn(OPERATIONS_OF, words) && !Object.hasOwn(SHELL_ALONE, words))
  assert.deepEqual(without, [], 'a new command names its operations in testkit/command-routes.ts')
  for (const [words, operations] of Object.entries(OPERATIONS_OF)) {
    assert.ok(operations.length > 0, words)
    for (const name of operations) assert.ok(served.has(name), `hms ${words}: ${name} has no route`)
  }
  const listed = [...Object.keys(OPERATIONS_OF), ...Object.keys(SHELL_ALONE)]
  assert.deepEqual(listed.toSorted(), known.toSorted(), 'a command that is gone, or stands in both lists')
})

test('what commands call is among what they name', () => {
  const named = new Set<string>(Object.values(OPERATIONS_OF).flat())
  const called = globSync('src/cli/commands/*/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\bcall\(\s*'([a-z][a-z_.]+)'/g)].map(([, name = '']) => name),
  )
  assert.ok(called.length > 100, `only ${called.length} calls were found`)
  assert.deepEqual(
    [...new Set(called)].filter((name) => !named.has(name) && !BESIDE.has(name)),
    [],
  )
})

test('the guide tells what only the shell does, and nothing else', () => {
  const text = readFileSync('docs/guides/management-api.md', 'utf8')
  const section = /^## What only `hms` does\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(text)?.[1] ?? assert.fail('the section is gone')
  const rows = [...section.matchAll(/^\| `([a-z -]+)` \| (.*) \|$/gm)].map(([, command = '', reason = '']) => [command, reason])
  assert.deepEqual(Object.fromEntries(rows), SHELL_ALONE)
})
