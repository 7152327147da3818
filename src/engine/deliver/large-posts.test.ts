import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { LargePosts } from './large-posts.ts'

const MIB = 1024 * 1024
const of = (n: number): AccountId => (1000 + n) as AccountId

test('so many octets at once; the others wait in their order, and small ones never', async () => {
  const posts = new LargePosts()
  const held = await Promise.all(Array.from({ length: 6 }, (_, n) => posts.take(of(n), 10 * MIB)))
  const order: string[] = []
  const wait = async (name: string, account: AccountId, octets: number): Promise<void> => {
    const took = await posts.take(account, octets)
    order.push(name)
    await Promise.resolve()
    took?.[Symbol.dispose]()
  }
  const waiting = [wait('ten', of(6), 10 * MIB), wait('one', of(7), MIB)]
  assert.equal(await posts.take(of(8), 1000), null)
  await new Promise(setImmediate)
  assert.deepEqual(order, [])
  held[0]?.[Symbol.dispose]()
  await Promise.all(waiting)
  assert.deepEqual(order, ['ten', 'one'])
})

test('what is larger than all of the room waits until it is alone', async () => {
  const posts = new LargePosts(8 * MIB)
  const held = await posts.take(of(1), MIB)
  const large = posts.take(of(2), 100 * MIB)
  assert.equal(await Promise.race([large, new Promise((resolve) => setImmediate(() => resolve('waits')))]), 'waits')
  held?.[Symbol.dispose]()
  assert.ok((await large) !== null)
})

test('an account takes no more than it leaves free: others do not wait for what its slow receivers hold, and have their turns', async () => {
  const posts = new LargePosts()
  const order: string[] = []
  const took: Disposable[] = []
  const take = async (name: string, account: AccountId): Promise<void> => {
    const one = await posts.take(account, 8 * MIB)
    order.push(name)
    if (one !== null) took.push(one)
  }
  const all = Array.from({ length: 8 }, (_, n) => take(`slow ${n}`, of(1)))
  all.push(take('other 0', of(2)), take('other 1', of(2)), take('third', of(3)))
  await new Promise(setImmediate)
  assert.deepEqual(order, ['slow 0', 'slow 1', 'slow 2', 'slow 3', 'other 0', 'other 1', 'third'])
  // All of it comes in the end, whoever waits.
  for (let n = 0; n < all.length; n++) {
    took[n]?.[Symbol.dispose]()
    await new Promise(setImmediate)
  }
  await Promise.all(all)
  assert.equal(order.length, 11)
})
