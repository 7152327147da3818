// Which alarm tells the same as a notice of the status.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alarmOfNotice } from './alarm-notices.ts'

test('a notice is the alarm of its kind where there is one, else trouble about its key; effects have none', () => {
  assert.deepEqual(alarmOfNotice({ key: 'silent 1', what: '…' }), { name: 'worker-silent', subject: 'worker 1' })
  assert.deepEqual(alarmOfNotice({ key: 'restarted 0', what: '…' }), { name: 'worker-restarts', subject: 'worker 0' })
  assert.deepEqual(alarmOfNotice({ key: 'plugin one', what: '…' }), { name: 'plugin-failing', subject: 'one' })
  assert.deepEqual(alarmOfNotice({ key: 'shard 2', what: '…' }), { name: 'spool-failing', subject: 'shard 2' })
  assert.deepEqual(alarmOfNotice({ key: 'mx mx.example.net', what: '…' }), { name: 'trouble', subject: 'mx mx.example.net' })
  assert.deepEqual(alarmOfNotice({ what: 'It is so.' }), { name: 'trouble', subject: 'It is so.' })
  assert.equal(alarmOfNotice({ key: 'block 7', what: '…' }), null)
})
