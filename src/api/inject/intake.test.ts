import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { z } from 'zod'
import { until } from '../../../testkit/patience.ts'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { checked, MERGE_CALL, MESSAGE, type Problem, SEVERAL } from '../../contract/injection.ts'
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
  caller: CALLER,
}

const PLAIN = { from: 'a@b.test', to: ['c@d.test'] }

test('what a small call makes of its templates is bounded, with the others under way, and there is room again after it', async () => {
  const going = Promise.withResolvers<void>()
  const injectOnce = (): Promise<never> => Promise.reject(new Error('there is no key'))
  let asked = 0
  const inject = async (): Promise<Injected> => {
    asked++
    await going.promise
    return { id: 'm' as MessageId }
  }
  const intake = new MessageIntake({ inject, injectOnce }, NO_TEMPLATES, () => 0, { octets: 110_000 })
  const growing = { ...PLAIN, data: {}, text: '{% for i in (1..1000) %}xxxxxxxxx\n{% endfor %}' }
  const call = async (account = 1001): Promise<unknown> => {
    const outcomes = await intake.takeAll(
      Array.from({ length: 20 }, () => growing),
      { ...CALLER, account: account as AccountId },
      CALL,
    )
    return 'problem' in outcomes ? outcomes.problem.code : outcomes.map((one) => ('problem' in one ? one.problem.code : one.id))
  }
  const told = Array.from({ length: 20 }, (_, n) => (n < 10 ? 'm' : 'too-large'))
  const first = call()
  await until(() => asked === 10)
  // Another of the same account would leave less than it takes; another account's has its room.
  assert.equal(await call(), 'busy')
  const second = call(1002)
  await until(() => asked === 20)
  assert.equal(await call(1003), 'busy')
  going.resolve()
  assert.deepEqual(await Promise.all([first, second]), [told, told])
  assert.deepEqual(await call(), told)
})

test('a call whose templates take too long has the rest refused, not those before', async () => {
  const taken: Submission[] = []
  const inject = (submission: Submission): Promise<Injected> => Promise.resolve({ id: `m${taken.push(submission)}` as MessageId })
  const injector = { inject, injectOnce: () => Promise.reject(new Error('there is no key')) }
  const intake = new MessageIntake(injector, NO_TEMPLATES, () => 0, { longest: 20 })
  const plain = { from: 'a@b.test', to: ['c@d.test'], text: 'x' }
  const slow = { ...plain, data: {}, text: '{% for i in (1..300) %}{% assign a = i %}{% endfor %}' }
  const outcomes = await intake.takeAll([plain, ...Array.from({ length: 2000 }, () => slow)], CALLER, CALL)
  assert.ok(!('problem' in outcomes))
  const refused = outcomes.filter((one) => 'problem' in one)
  assert.ok(refused.length > 0 && refused.length < 2000)
  assert.ok(refused.every((one) => 'problem' in one && one.problem.message.includes('too long to fill in')))
  assert.deepEqual([outcomes.length, taken.length], [2001, 2001 - refused.length])
})

test('what is wrong with a field is said of the field, not of that of a header that it becomes', async () => {
  const said = (header: string): Problem => ({ code: 'invalid-message', message: `${header}: "x" is none.` })
  const inject = ({ wishes = [] }: Submission): Promise<Injected> => Promise.resolve({ problem: said(wishes[0]?.[0] ?? 'X-xsStream') })
  const intake = new MessageIntake({ inject, injectOnce: () => Promise.reject(new Error('there is no key')) }, NO_TEMPLATES, () => 0)
  const plain = { from: 'a@b.test', to: ['c@d.test'], text: 'x' }
  const outcomes = await intake.takeAll([{ ...plain, sendAt: 'x' }, { ...plain, expiresAt: 'x' }, plain], CALLER, CALL)
  assert.deepEqual(outcomes, [
    { problem: { code: 'invalid-message', message: '"x" is none.', field: 'sendAt' } },
    { problem: { code: 'invalid-message', message: '"x" is none.', field: 'expiresAt' } },
    { problem: said('X-xsStream') },
  ])
})

test('what is missing or of another kind is said in plain words', () => {
  const said = (schema: z.ZodType, value: unknown): string => {
    const read = checked(schema, value)
    return 'problem' in read ? read.problem.message : ''
  }
  assert.equal(said(SEVERAL, []), 'The body must be an object, in { }.')
  assert.equal(said(MERGE_CALL, { message: {} }), 'recipients is missing.')
  assert.equal(said(MESSAGE, { to: 'a@b.test' }), 'to must be a list, in [ ].')
  assert.equal(said(MESSAGE, { template: 'welcome' }), 'template must be an object, in { }.')
  assert.equal(said(MESSAGE, { template: { id: 'welcome', version: 0 } }), 'template.version must be at least 1.')
  assert.equal(said(MESSAGE, { template: {} }), 'template.id must be a text.')
})
