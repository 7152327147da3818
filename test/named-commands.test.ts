// What guides, sentences of errors and alerts tell people to type: each command is there, has the options that are named, and takes a word
// where one is given. Whoever has trouble pastes it as it stands.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Known {
  readonly options: ReadonlySet<string>
  /** The line of its usage, behind its name. */
  readonly takes: string
}

/** Of every command: its page of the reference, which a test keeps as the program prints it. */
function commands(): Map<string, Known> {
  const found = new Map<string, Known>()
  for (const page of readFileSync('docs/reference/commands.md', 'utf8')
    .split(/^#{2,} /m)
    .slice(1)) {
    const usage = /^Usage: (hms(?: [a-z][a-z-]*)*)(.*)$/m.exec(page)
    assert.ok(usage, page.slice(0, 40))
    const [, name = '', takes = ''] = usage
    found.set(name, { takes, options: new Set(page.match(/(?<=^ .*)--[a-z][a-z-]*/gm) ?? []) })
  }
  return found
}

const KNOWN = commands()

/** Lines to paste: in quotation marks or backticks, and of guides those of blocks too. */
function* named(file: string): Generator<string> {
  const text = readFileSync(file, 'utf8')
  for (const [, line = ''] of text.matchAll(/['`](?:\.\/)?(hms [a-z][^'`\n]*)['`]/g)) yield line
  if (!file.endsWith('.md')) return
  for (const [, block = ''] of text.matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm))
    for (const [, line = ''] of block.matchAll(/^ *(?:\.\/)?(hms [a-z].*)$/gm)) yield line.replace(/ {2,}.*| #.*/, '')
}

function trouble(line: string, file: string): string | null {
  const words = line.split(/\s+/)
  let name = 'hms'
  // Sources have other texts that begin so, such as what keys are made for.
  if (words[1] === 'help' || (file.endsWith('.ts') && !KNOWN.has(`hms ${words[1] ?? ''}`))) return null
  while (KNOWN.has(`${name} ${words[1] ?? ''}`)) name += ` ${words.splice(1, 1)[0] ?? ''}`
  const { takes, options } = KNOWN.get(name) ?? { takes: '', options: new Set() }
  const [, next = ''] = words
  if (/^[a-z][a-z-]*$/.test(next) && next !== 'help' && !/[[<](?!options|command)/.test(takes)) return `${name} has no ${next}`
  const strange = words.find(
    (word) => word.startsWith('--') && !['--json', '--home', '--help'].includes(word) && !options.has(optionOf(word)),
  )
  return strange === undefined ? null : `${name} has no option ${strange}`
}

function optionOf(word: string): string {
  return /^--[a-z-]+/.exec(word)?.[0] ?? word
}

test('commands that docs and sentences name are there as they are named', () => {
  const files = ['README.md', ...globSync(['docs/*.md', 'docs/guides/*.md', 'src/**/*.ts'])]
  let seen = 0
  const wrong = files.flatMap((file) =>
    [...named(file)].flatMap((line) => {
      seen++
      const what = trouble(line, file)
      return what === null ? [] : [`${file}: ${line}: ${what}`]
    }),
  )
  assert.ok(seen > 500, `only ${seen} were looked at`)
  assert.deepEqual(wrong, [])
})
