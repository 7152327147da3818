import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AttemptDialog, NumberedEvent } from '../../../../client/src/index.ts'
import { dialogsOf } from './dialogs-of.ts'

const event = (at: number, recipient = 'ann@x.test', kind = 'deferred'): NumberedEvent & { kind: 'deferred' } =>
  ({ kind, at, recipient }) as never
const dialog = (at: number, change: Partial<AttemptDialog> = {}): AttemptDialog =>
  ({ at, recipients: ['ann@x.test'], more: 0, again: false, ...change }) as AttemptDialog

test('an attempt has the dialogs that ended with it, and those that broke off since the one before', () => {
  const dialogs = [
    dialog(5, { again: true }),
    dialog(10),
    dialog(10, { recipients: ['bob@x.test'] }),
    dialog(15, { again: true }),
    dialog(18, { again: true, recipients: ['bob@x.test'] }),
    dialog(20),
    dialog(20, { recipients: ['bob@x.test'], more: 400 }),
    dialog(25, { again: true }),
  ]
  const events = [event(1, 'ann@x.test', 'accepted'), event(12, 'bob@x.test'), event(10), event(20)]
  const found = (at: number): number[] => dialogsOf(event(at), dialogs, events).map((one) => dialogs.indexOf(one))
  assert.deepEqual(found(10), [0, 1])
  assert.deepEqual(found(20), [3, 5, 6])
  assert.deepEqual(found(30), [7])
  assert.deepEqual(dialogsOf(event(20), [], events), [])
})
