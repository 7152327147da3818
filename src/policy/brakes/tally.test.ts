import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import type { AcceptedEvent, ComplainedEvent } from '../../contract/events.ts'
import { Tally } from './tally.ts'

const ID = 1001 as AccountId
const ABOUT = { at: 1, account: ID, message: '7c0000000000sent' as MessageId, clientId: null, mailing: null }

function accepted(change: Partial<AcceptedEvent>): AcceptedEvent {
  const sent = { sender: 'a@sender.test', size: 1, recipients: 500, recipient: 'bounces@own.test', protocol: 'ESMTPA' }
  return { kind: 'accepted', ...ABOUT, ...sent, client: '192.0.2.1', user: null, ...change }
}

function complained(feedbackType: string): ComplainedEvent {
  const about = { ...ABOUT, stream: null, recipient: 'ann@people.test', domain: 'people.test' as Domain, report: ABOUT.message }
  return { kind: 'complained', ...about, reporter: null, proved: true, authentication: '', feedbackType }
}

test('what a login sends counts for its account, also where an own domain is the first of its recipients', () => {
  const tally = new Tally((domain) => domain === 'own.test')
  tally.add(accepted({}))
  assert.equal(tally.accounts.size, 0, 'a stranger sent it')
  tally.add(accepted({ user: 'mailer' }))
  const own = tally.accounts.get(ID)
  assert.deepEqual([own?.accepted, own?.networks.size], [500, 1])
})

test('only what says that the mail is not wanted is a complaint', () => {
  const tally = new Tally(() => false)
  for (const type of ['abuse', 'Opt-Out', 'not-spam', 'auth-failure', 'virus', 'made-up']) tally.add(complained(type))
  assert.equal(tally.accounts.get(ID)?.complaints, 2)
})
