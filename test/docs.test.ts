// What the pages of documentation name is there: links lead to files, the README leads to every guide once, decisions have numbers of their own.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'AGENTS.md',
  'client/README.md',
  ...globSync(['docs/**/*.md', 'sdk/README.md', 'sdk/examples/*/README.md']),
]

test('links of the documentation lead to files', () => {
  let seen = 0
  for (const page of PAGES)
    for (const [, target = ''] of readFileSync(page, 'utf8').matchAll(/\]\(([^()\s#]+)(?:#[^()\s]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      seen++
      assert.ok(existsSync(join(dirname(page), target)), `${page} leads to ${target}`)
    }
  assert.ok(seen > 100)
})

test('the README leads to every guide and page of the reference, and tells nothing twice', () => {
  const text = readFileSync('README.md', 'utf8')
  for (const page of globSync(['docs/guides/*.md', 'docs/reference/*.md', 'docs/*.md'])) assert.ok(text.includes(`](${page})`), page)
  const wishes = [...text.matchAll(/^\| ([^|]+) \|/gm)].map(([, wish]) => wish)
  assert.ok(wishes.length > 20)
  assert.deepEqual(
    wishes.filter((wish, i) => wishes.indexOf(wish) !== i),
    [],
  )
})

test('each decision has a number of its own', () => {
  const numbers = globSync('docs/decisions/*.md').map((page) => /(\d{4})-[^/]*$/.exec(page)?.[1] ?? assert.fail(page))
  assert.ok(numbers.length > 30)
  assert.deepEqual(
    numbers.filter((number, i) => numbers.indexOf(number) !== i),
    [],
  )
})
