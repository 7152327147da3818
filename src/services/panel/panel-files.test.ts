import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { PanelFiles } from './panel-files.ts'

const PAGE = { accept: 'text/html,*/*;q=0.8' }

function laid(): { readonly path: string } & Disposable {
  const folder = temporaryFolder()
  mkdirSync(join(folder.path, 'assets'))
  const files = {
    'index.html': '<meta nonce="HMS-NONCE">',
    '.stamp': 'x',
    'favicon.svg': '<svg/>',
    'assets/main-1.js': 'plain',
    'assets/main-1.js.br': 'br',
    'assets/main-1.js.gz': 'gz',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text)
  return folder
}

test('files are served as they were compressed, for good where their name says their content', async () => {
  using folder = laid()
  const files = new PanelFiles(folder.path)
  const got = async (coding: string): Promise<readonly unknown[]> => {
    const answer = await files.answer({ path: '/assets/main-1.js', headers: { 'accept-encoding': coding } })
    return [answer?.headers['content-encoding'], String(answer?.body)]
  }
  assert.deepEqual(await got('gzip, deflate, br, zstd'), ['br', 'br'])
  assert.deepEqual(await got('gzip, br;q=0'), ['gzip', 'gz'])
  assert.deepEqual(await got('identity'), [undefined, 'plain'])
  const script = await files.answer({ path: '/assets/main-1.js', headers: {} })
  assert.equal(script?.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.equal((await files.answer({ path: '/favicon.svg', headers: {} }))?.headers['cache-control'], 'no-cache')
})

test('each page has a nonce of its own in its policy, which takes nothing inline and nothing from elsewhere', async () => {
  using folder = laid()
  const files = new PanelFiles(folder.path)
  const nonces = new Set<string>()
  for (const path of ['/', '/messages/of/some-day', '/login']) {
    const answer = await files.answer({ path, headers: PAGE })
    const policy = answer?.headers['content-security-policy'] ?? ''
    const [, nonce = ''] = /^<meta nonce="([\w+/=]{24})">$/.exec(String(answer?.body)) ?? []
    assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`), policy)
    assert.ok(
      policy.includes("script-src 'self';") && policy.includes("default-src 'none'") && policy.includes("style-src-attr 'none'"),
      policy,
    )
    assert.ok(!/unsafe|\*|data:|https?:/.test(policy), policy)
    nonces.add(nonce)
  }
  assert.equal(nonces.size, 3)
})

test('what was not laid there is none of it, whatever the path; programs get no page for what is none', async () => {
  using folder = laid()
  const files = new PanelFiles(folder.path)
  for (const path of [
    '/assets/../index.html',
    '/../../etc/passwd',
    '/.stamp',
    '/assets/main-1.js.br',
    '/assets/main-2.js',
    '/index.html',
    '/assets',
  ])
    assert.equal(await files.answer({ path, headers: { accept: '*/*' } }), null, path)
  using empty = temporaryFolder()
  assert.equal(await new PanelFiles(empty.path).answer({ path: '/', headers: PAGE }), null)
  assert.equal(await new PanelFiles(join(empty.path, 'none')).answer({ path: '/', headers: PAGE }), null)
})
