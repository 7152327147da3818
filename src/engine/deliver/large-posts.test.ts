import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LargePosts } from './large-posts.ts'

const MIB = 1024 * 1024

test('so many octets at once; the others wait in their order, and small ones never', async () => {
  const posts = new LargePosts()
  const held = await Promise.all(Array.from({ length: 6 }, () => posts.take(10 * MIB)))
  const order: string[] = []
  const wait = async (name: string, octets: number): Promise<void> => {
    const took = await posts.take(octets)
    order.push(name)
    await Promise.resolve()
    took?.[Symbol.dispose]()
  }
  const waiting = [wait('ten', 10 * MIB), wait('one', MIB)]
  assert.equal(await posts.take(1000), null)
  await new Promise(setImmediate)
  assert.deepEqual(order, [])
  held[0]?.[Symbol.dispose]()
  await Promise.all(waiting)
  assert.deepEqual(order, ['ten', 'one'])
})

test('what is larger than all of the room waits until it is alone', async () => {
  const posts = new LargePosts(8 * MIB)
  const held = await posts.take(MIB)
  const large = posts.take(100 * MIB)
  assert.equal(await Promise.race([large, new Promise((resolve) => setImmediate(() => resolve('waits')))]), 'waits')
  held?.[Symbol.dispose]()
  assert.ok((await large) !== null)
})
