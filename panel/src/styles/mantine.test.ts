// The styles that the panel has are those of what it takes from Mantine, by the modules that Mantine itself is made of.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const panel = join(import.meta.dirname, '..')
const mantine = join(dirname(createRequire(import.meta.url).resolve('@mantine/core/styles.css')), 'esm')
/** Of no part. */
const BASE = ['baseline', 'default-css-variables', 'global']

/** Names that sources of the panel take from Mantine. */
function taken(): ReadonlySet<string> {
  const files = readdirSync(panel, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name))
  const lists = files.flatMap((name) =>
    Array.from(readFileSync(join(panel, name), 'utf8').matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)),
  )
  return new Set(lists.flatMap(([, names = '']) => names.split(',').map((one) => one.trim())).filter((one) => /^[A-Z]\w+$/.test(one)))
}

/** Names of the styles that a file and what it imports bring. */
function stylesOf(file: string, seen: Set<string>, found: Set<string>): void {
  if (seen.has(file) || !existsSync(file)) return
  seen.add(file)
  const style = /(\w+)\.module\.mjs$/.exec(file)?.[1]
  if (style !== undefined) found.add(style)
  for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*["'](\.[^"']+)["']/g))
    stylesOf(join(dirname(file), target), seen, found)
}

test('of the styles of Mantine there are those of the parts that are used, and no others', () => {
  const [seen, found] = [new Set<string>(), new Set(BASE)]
  const parts = taken()
  assert.ok(parts.size > 10, 'nothing is taken from Mantine')
  for (const part of parts) stylesOf(join(mantine, `components/${part}/${part}.mjs`), seen, found)
  const here = [...readFileSync(join(import.meta.dirname, 'mantine.ts'), 'utf8').matchAll(/styles\/([\w-]+)\.css'/g)].map(
    ([, name]) => name ?? '',
  )
  assert.deepEqual(here.toSorted(), [...found].toSorted())
})
