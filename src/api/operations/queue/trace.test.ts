// Who watches dialogs by the management API makes place at the workers when his connection ends, and only then.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'
import { callApi, principal, serveApi } from '../../../../testkit/management.ts'
import { until } from '../../../../testkit/patience.ts'

test('the end of a stream of dialogs is told to the workers at once; who asks page by page has not gone with his answer', async () => {
  using made = installation()
  await using api = await serveApi(made.operations, new Map([['owner', principal()]]))
  made.answers.set('trace.pull', [{ lines: [], next: 0, missed: 0, slot: 0, pid: 7 }])
  const asked = (name: string): readonly unknown[] =>
    made.asked.filter((one) => one.name === name).map(({ params }) => (params as { readonly id: string }).id)

  const first = (await callApi(api.base, 'GET /trace', { key: 'owner' })).body as { readonly next: string }
  const second = await callApi(api.base, `GET /trace?after=${first.next}`, { key: 'owner' })
  assert.equal(second.status, 200)
  assert.deepEqual(new Set(asked('trace.pull')).size, 1)

  const ending = new AbortController()
  const headers = { authorization: 'Bearer owner', accept: 'text/event-stream' }
  const response = await fetch(`${api.base}/api/v1/trace`, { headers, signal: ending.signal })
  assert.equal(response.status, 200)
  // It asks again and again, for one watcher.
  await until(() => asked('trace.pull').length >= 4)
  ending.abort()
  await until(() => asked('trace.leave').length > 0)
  assert.deepEqual(asked('trace.leave'), [asked('trace.pull')[2]])
  assert.notEqual(asked('trace.pull')[2], asked('trace.pull')[0])
  const last = made.asked.findLastIndex(({ name }) => name === 'trace.pull')
  assert.ok(last < made.asked.findIndex(({ name }) => name === 'trace.leave'), 'nobody is watched for who has gone')
})
