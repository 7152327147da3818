import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SuccessorProcess } from './successor-process.ts'

/** Stands in for another release: says on its lifeline what `script` has it say. */
function successor(script: string): SuccessorProcess {
  const preamble = "const say = (word) => new Promise((done) => lifeline.write(JSON.stringify(word) + '\\n', done));"
  const open = "const lifeline = new (require('node:net').Socket)({ fd: 3, readable: true, writable: true });"
  const program = `${open}${preamble}(async () => {${script}})()`
  return new SuccessorProcess({ file: process.execPath, args: ['-e', program], environment: {}, fds: [] })
}

const WITHIN = 2000

test('a successor that is still at it is waited for, one that is silent is not', async () => {
  const busy = successor(`
    for (let n = 0; n < 8; n++) {
      await say({ say: 'doing', what: 'a conversion' })
      await new Promise((done) => setTimeout(done, ${WITHIN / 4}))
    }
    await say({ say: 'tried' })`)
  const began = performance.now()
  await busy.expect('tried', WITHIN)
  assert.ok(performance.now() - began > WITHIN, 'it was waited for beyond the limit of its silence')
  await busy.end(10_000)

  const silent = successor('setTimeout(() => {}, 60_000)')
  await assert.rejects(silent.expect('tried', 200), /did not say 'tried' within 0.2 s/)
  await silent.end(10_000)
})

test('whoever waits hears why it failed, with its advice, also after the fact', async () => {
  const failing = successor("await say({ say: 'failed', reason: 'There is no room.', mend: 'Make room.' })")
  await assert.rejects(failing.expect('here', 60_000), { message: 'There is no room.', mend: 'Make room.' })
  await assert.rejects(failing.expect('tried', 60_000), { message: 'There is no room.' })
  await failing.end(10_000)
})
