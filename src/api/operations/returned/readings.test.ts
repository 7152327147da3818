import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installation } from '../../../../testkit/installation.ts'

test('replies are told what they mean, in their order', async () => {
  using at = installation()
  const { meanings } = await at.call('replies.classify', { replies: ['550 5.1.1 <ann@example.com> user unknown', '451 4.7.1 Greylisted'] })
  assert.deepEqual(
    meanings.map(({ category, address }) => [category, address]),
    [
      ['Hard', 'ann@example.com'],
      ['Soft', null],
    ],
  )
  await at.refuses('replies.classify', { replies: [''] })
  await at.refuses('replies.classify', { replies: ['x'.repeat(8193)] })
})

test('a message that came back is read, whatever its ends of lines', async () => {
  using at = installation()
  const message = [
    'From: MAILER-DAEMON@mx.example.com',
    'To: news@example.org',
    'Subject: Undelivered Mail Returned to Sender',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.com',
    '',
    'Final-Recipient: rfc822; ann@example.com',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 user unknown',
    '',
    '--b--',
    '',
  ].join('\n')
  const { kind, recipients } = await at.call('returned.read', { message })
  assert.deepEqual([kind, recipients[0]?.address, recipients[0]?.category], ['bounce', 'ann@example.com', 'Hard'])
  await at.refuses('returned.read', { message: '' })
})
