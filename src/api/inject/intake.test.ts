import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../base/brand.ts'
import type { Injected, Submission } from '../../engine/accept/injector.ts'
import { TemplateShelf } from './filled.ts'
import { MessageIntake } from './intake.ts'

const NO_TEMPLATES = new TemplateShelf(
  () => null,
  () => {
    throw new Error('none is named')
  },
)
const CALLER = { user: 'api:test', account: 1001 as AccountId }
const CALL = {
  method: 'POST',
  path: '/',
  query: '',
  headers: {},
  client: '127.0.0.1',
  tls: null,
  body: Buffer.alloc(0),
  params: {},
  caller: CALLER,
}

test('a call whose templates take too long has the rest refused, not those before', async () => {
  const taken: Submission[] = []
  const inject = (submission: Submission): Promise<Injected> => Promise.resolve({ id: `m${taken.push(submission)}` as MessageId })
  const injector = { inject, injectOnce: () => Promise.reject(new Error('there is no key')) }
  const intake = new MessageIntake(injector, NO_TEMPLATES, () => 0, 20)
  const plain = { from: 'a@b.test', to: ['c@d.test'], text: 'x' }
  const slow = { ...plain, data: {}, text: '{% for i in (1..300) %}{% assign a = i %}{% endfor %}' }
  const outcomes = await intake.takeAll([plain, ...Array.from({ length: 2000 }, () => slow)], CALLER, CALL)
  assert.ok(!('problem' in outcomes))
  const refused = outcomes.filter((one) => 'problem' in one)
  assert.ok(refused.length > 0 && refused.length < 2000)
  assert.ok(refused.every((one) => 'problem' in one && one.problem.message.includes('too long to fill in')))
  assert.deepEqual([outcomes.length, taken.length], [2001, 2001 - refused.length])
})
