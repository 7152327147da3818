import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pagedAnswer, rowsOf } from './pages.ts'
import { pageAsked } from './parameters.ts'

type Row = Readonly<Record<string, unknown>>

/** All rows, page by page. */
function walked(rows: readonly Row[], by: readonly string[], limit: number, down?: true): readonly (readonly Row[])[] {
  const page = { by, ...(down === true && { down }) }
  const pages: (readonly Row[])[] = []
  for (let after: string | null = null; pages.length <= rows.length;) {
    const query = new URLSearchParams({ limit: String(limit), ...(after !== null && { after }) })
    const { data, next } = pagedAnswer(page, rows, rowsOf(page, rows), pageAsked(query)) as { data: readonly Row[]; next: string | null }
    pages.push(data)
    if (next === null) return pages
    after = next
  }
  throw new Error('the pages have no end')
}

test('rows that have the same key are all given, once, over pages of any length', () => {
  const rows = [3, 1, 2, 2, 2, 1, 3].map((at, n) => ({ at, n }))
  for (const limit of [1, 2, 3, 7, 100]) {
    const pages = walked(rows, ['at'], limit)
    assert.deepEqual(
      pages.flat().map(({ at }) => at),
      [1, 1, 2, 2, 2, 3, 3],
      `${limit}`,
    )
    assert.equal(new Set(pages.flat().map(({ n }) => n)).size, rows.length)
    assert.ok(pages.every((page) => page.length > 0 && page.length <= limit))
  }
})

test('the greatest come first where that is said; null is before numbers, numbers before texts', () => {
  const rows = [{ key: 'b' }, { key: null }, { key: 10 }, { key: 9 }, { key: 'a' }, { key: ['x'] }]
  assert.deepEqual(
    walked(rows, ['key'], 2)
      .flat()
      .map(({ key }) => key),
    [null, 9, 10, ['x'], 'a', 'b'],
  )
  assert.deepEqual(
    walked(rows, ['key'], 2, true)
      .flat()
      .map(({ key }) => key),
    ['b', 'a', ['x'], 10, 9, null],
  )
  assert.deepEqual(walked([], ['key'], 2), [[]])
})

test('what no answer gave is no place in a list', () => {
  for (const after of ['x', Buffer.from('[1]').toString('base64url'), Buffer.from('{"a":1}').toString('base64url')])
    assert.throws(() => pagedAnswer({ by: ['a'] }, [], [], pageAsked(new URLSearchParams({ after }))), { code: 'invalid-parameter' }, after)
  for (const limit of ['0', '1001', '-1', 'x', '1.5'])
    assert.throws(() => pageAsked(new URLSearchParams({ limit })), { code: 'invalid-parameter' })
})

test('a list that is in its order already stays in it, and goes on behind the last row, or where it was if that is gone', () => {
  const page = { rows: 'all', by: ['name'], asGiven: true } as const
  const asked = (names: readonly string[], after?: string | null): { readonly names: readonly unknown[]; readonly next: string | null } => {
    const rows = names.map((name) => ({ name }))
    const query = new URLSearchParams({ limit: '2', ...(typeof after === 'string' && { after }) })
    const { data, next } = pagedAnswer(page, { all: rows }, rowsOf(page, { all: rows }), pageAsked(query)) as {
      data: readonly Row[]
      next: string | null
    }
    return { names: data.map(({ name }) => name), next }
  }
  const first = asked(['c', 'a', 'd', 'b'])
  assert.deepEqual(first.names, ['c', 'a'])
  assert.deepEqual(asked(['c', 'a', 'd', 'b'], first.next), { names: ['d', 'b'], next: null })
  assert.deepEqual(asked(['a', 'c', 'd', 'b'], first.next).names, ['c', 'd'])
  assert.deepEqual(asked(['c', 'd', 'b'], first.next).names, ['b'])
})
