import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ERRORS } from '../../contract/errors.ts'
import type { Answered } from '../../net/web/web-listener.ts'
import { ReferencePages } from './reference.ts'

const assets = join(import.meta.dirname, '../../../node_modules/swagger-ui-dist')
const pages = new ReferencePages({ version: '1.2.3', assets })

function get(path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answered | null> {
  return pages.answer({ method, path, headers })
}

const found = async (path: string): Promise<Answered> => (await get(path)) ?? assert.fail(path)
const textOf = ({ body }: Answered): string => (typeof body === 'function' ? assert.fail('a stream') : Buffer.from(body).toString())

test('the reference and all that it loads comes from here, and no page runs a script of its own', async () => {
  const loaded: string[] = []
  for (const path of ['/api/reference', '/api/reference/errors']) {
    const page = await found(path)
    const html = textOf(page)
    const policy = page.headers['content-security-policy'] ?? ''
    assert.match(policy, /default-src 'none'.*script-src 'self'.*style-src 'self'.*connect-src 'self'/)
    assert.doesNotMatch(policy, /unsafe|\*|https?:/)
    assert.doesNotMatch(html, /<script(?! src=)|<style|\son\w+=|style=|https?:\/\//)
    loaded.push(...[...html.matchAll(/(?:src|href)="(\/[^"#]*)"/g)].map(([, from = '']) => from))
  }
  assert.ok(loaded.includes('/api/reference/swagger-ui-bundle.js') && loaded.includes('/api/openapi.json'), loaded.join(' '))
  for (const path of loaded) assert.equal((await found(path)).status, 200, path)
  assert.match(textOf(await found('/api/reference/start.js')), /url: '\/api\/openapi\.json'/)
})

test('openapi.json is told once to whoever has it already', async () => {
  const first = await found('/api/openapi.json')
  assert.equal((JSON.parse(textOf(first)) as { info: { version: string } }).info.version, '1.2.3')
  const again = await get('/api/openapi.json', { 'if-none-match': first.headers['etag'] ?? '' })
  assert.deepEqual([again?.status, again?.body], [304, ''])
})

test('each error code has its place, and nothing but the reference is served', async () => {
  const html = textOf(await found('/api/reference/errors'))
  for (const code of Object.keys(ERRORS)) assert.ok(html.includes(`<dt id="${code}">`), code)
  for (const path of [
    '/api/reference/package.json',
    '/api/reference/../package.json',
    '/api/reference/__proto__',
    '/api/reference/index.js',
  ])
    assert.equal((await found(path)).status, 404, path)
  assert.equal((await get('/api/reference', {}, 'POST'))?.status, 405)
  assert.equal(await get('/api/v1/accounts'), null)
  assert.equal(await get('/api/referenced'), null)
})
