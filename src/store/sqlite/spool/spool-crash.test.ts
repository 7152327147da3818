// Real processes, killed: what docs/spool-states.md promises after a crash. The rows of its table are named in the tests.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { MessageId } from '../../../base/brand.ts'
import { placeOf } from '../../../base/message-id.ts'
import { eventsAfter } from '../../../../testkit/event-lines.ts'
import { until } from '../../../../testkit/patience.ts'
import { bodyOf, FIRST, sample, spoolIn, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import type { SqliteSpool } from './spool.ts'

const CHILD = join(import.meta.dirname, '../../../../testkit/spool-child.ts')

class Child implements Disposable {
  readonly lines: string[] = []
  readonly process: ChildProcess
  private readonly wakes: (() => void)[] = []

  constructor(folder: string, slot = 0, workers = 1, job = 'append') {
    const args = ['--disable-warning=ExperimentalWarning', CHILD, folder, String(slot), String(workers), job]
    this.process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface({ input: this.process.stdout! }).on('line', (line) => {
      this.lines.push(line)
      for (const wake of this.wakes.splice(0)) wake()
    })
  }

  async until(count: number, start: string): Promise<void> {
    while (this.lines.filter((line) => line.startsWith(start)).length < count) await new Promise<void>((wake) => this.wakes.push(wake))
  }

  words(start: string): string[] {
    return this.lines.filter((line) => line.startsWith(start)).map((line) => line.split(' ')[1]!)
  }

  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.process.once('close', resolve))
    this.process.kill('SIGKILL')
    await closed
  }

  [Symbol.dispose](): void {
    this.process.kill('SIGKILL')
  }
}

test('kill -9 at any moment: what was acknowledged is there, what was settled is gone, no id comes twice, nothing is left over', async () => {
  using folder = temporaryFolder()
  const acknowledged = new Set<string>()
  const settled = new Set<string>()
  const idsOfRuns: string[][] = []
  for (let round = 0; round < 4; round++) {
    using child = new Child(folder.path, 0, 1, 'settle')
    await child.until(40 + round * 37, 'ack')
    await child.kill()
    idsOfRuns.push(child.words('ack'))
    for (const id of child.words('ack')) acknowledged.add(id)
    for (const id of child.words('settled')) settled.add(id)
  }
  assert.equal(acknowledged.size, idsOfRuns.flat().length)
  await using spool = await spoolIn(folder.path)
  let settledUnseen = 0
  for (const id of acknowledged) {
    const found = await spool.find(id as MessageId)
    if (settled.has(id)) assert.equal(found, null, `${id} was settled`)
    else if (found === null) settledUnseen++
    else await assertWhole(spool, id as MessageId)
  }
  // At most the settle of each of the eight lives was committed without having been told, at each kill.
  assert.ok(settledUnseen <= 4 * 8, `${settledUnseen} are missing`)
  // Files that no row names go in the background.
  await until(async () => (await spool.check(FIRST)).problems.length === 0)
  let after = 0
  const events: string[] = []
  for (const { id, kind, message } of await eventsAfter(spool, FIRST)) {
    const number = Number(id.split('.')[1])
    assert.ok(number > after)
    after = number
    events.push(`${kind} ${message}`)
  }
  for (const id of acknowledged) assert.ok(events.includes(`accepted ${id}`), `the event of ${id}`)
  for (const id of settled) assert.ok(events.includes(`delivered ${id}`), `the outcome of ${id}`)
  assert.equal(new Set(events).size, events.length)
})

/** Of the children's messages every seventh is a file. */
async function assertWhole(spool: SqliteSpool, id: MessageId): Promise<void> {
  const body = await spool.body(id)
  if (placeOf(id).sequence % 7 === 0) assert.equal(body.kind, 'file')
  else assert.ok(body.kind === 'bytes' && bodyOf(id).equals(body.bytes), `the body of ${id} is not its own`)
}

test('what was in hand at a crash is a suspect, and each crash counts', async () => {
  using folder = temporaryFolder()
  {
    using child = new Child(folder.path, 0, 1, 'hand')
    await child.until(1, 'in hand')
    await child.kill()
  }
  {
    await using spool = await spoolIn(folder.path)
    const [suspect, ...others] = await spool.suspects(FIRST)
    assert.equal(suspect?.head.crashes, 1)
    assert.equal(others.length, 0)
    spool.noteInHand(FIRST, [placeOf(suspect.head.id).sequence])
  }
  // The end before was orderly: what was in hand then counts for nothing.
  await using spool = await spoolIn(folder.path)
  assert.deepEqual(
    (await spool.suspects(FIRST)).map(({ head }) => head.crashes),
    [1],
  )
})

test('files that no row names are removed at the start, files of rows stay, and a missing one is told', async () => {
  using folder = temporaryFolder()
  let [kept, lost] = ['', ''] as MessageId[]
  {
    await using spool = await spoolIn(folder.path)
    kept = spool.reserve()
    lost = spool.reserve()
    const unnamed = spool.bodyFile(spool.reserve())
    await unnamed.write(Buffer.from('never named'))
    await unnamed.finish()
    const file = spool.bodyFile(kept)
    await file.write(Buffer.from('named'))
    await file.finish()
    await spool.append(sample(kept, { body: null, size: 5 }))
    await spool.append(sample(lost, { body: null, size: 5 }))
  }
  await using spool = await spoolIn(folder.path)
  const { problems, recipients } = await until(async () => {
    const check = await spool.check(FIRST)
    return check.problems.length === 1 && check
  })
  assert.equal(recipients, 2)
  assert.deepEqual(problems, [`the body file of message ${lost} is missing`])
  assert.equal((await spool.body(kept!)).kind, 'file')
  await assert.rejects(spool.body(lost!), { code: 'body-missing' })
})

test('a shard has one owner; what a dead worker owned is taken by a living one within seconds', async () => {
  using folder = temporaryFolder()
  using first = new Child(folder.path, 0, 2, 'idle')
  using second = new Child(folder.path, 1, 2, 'append')
  await first.until(1, 'open')
  await second.until(20, 'ack')
  assert.deepEqual(first.words('open'), ['0'])
  assert.deepEqual(second.words('open'), ['1'])
  await second.kill()
  await first.until(1, 'adopted')
  assert.deepEqual(first.words('adopted'), ['1'])
})

test('shards of four workers are all served by one', async () => {
  using folder = temporaryFolder()
  for (const slot of [0, 1, 2, 3]) {
    await using spool = await spoolIn(folder.path, { slot, workers: 4 })
    await spool.append(sample(spool.reserve()))
  }
  const adopted: number[] = []
  await using spool = await spoolIn(folder.path, { listener: { adopted: (shard) => adopted.push(shard), health: () => undefined } })
  await until(() => adopted.length === 3)
  assert.deepEqual(spool.shards().toSorted(), [0, 1, 2, 3])
  assert.equal((await spool.count({})).messages, 4)
})

test('a stopped home is opened whole, and nothing is made in it', async () => {
  using folder = temporaryFolder()
  {
    await using spool = await spoolIn(folder.path, { slot: 2, workers: 3 })
    await spool.append(sample(spool.reserve()))
  }
  mkdirSync(join(folder.path, 'other'))
  writeFileSync(join(folder.path, 'notes.txt'), 'not a shard')
  await using spool = await spoolIn(folder.path, { mode: 'stopped' })
  assert.deepEqual(spool.shards(), [2])
})
