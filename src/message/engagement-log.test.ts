import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../base/brand.ts'
import type { NumberedEvent } from '../contract/events.ts'
import { clickLine, openLine } from './engagement-log.ts'

test('opens and clicks have a line each, with as many fields whatever a stranger calls itself', () => {
  const base = {
    id: '0.1',
    at: new Date(2026, 10, 2, 7, 5, 9).getTime(),
    account: 1001 as AccountId,
    message: '0000000000000001' as MessageId,
    clientId: null,
    mailing: 'may',
    stream: 'bulk',
    recipient: 'b@y.example',
    domain: 'y.example' as Domain,
    client: '192.0.2.1',
    agent: 'Mozilla/5.0 (X11;\tLinux)\r\nX',
    machine: 'Gmail image proxy',
  }
  const opened: NumberedEvent = { ...base, kind: 'opened', url: null, link: null }
  const clicked: NumberedEvent = { ...base, kind: 'clicked', url: 'https://x.example/?a=1', link: 'top', machine: null }
  const whom = '1001 - may b@y.example 0000000000000001 192.0.2.1'
  const agent = 'Mozilla/5.0_(X11;_Linux)__X'
  assert.equal(openLine(opened), `2026-11-02 07:05:09 Open ${whom} Gmail_image_proxy ${agent}`)
  assert.equal(clickLine(clicked), `2026-11-02 07:05:09 Click ${whom} - top https://x.example/?a=1 ${agent}`)
  assert.deepEqual([openLine(clicked), clickLine(opened)], [null, null])
})
