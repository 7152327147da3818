// A process of its own that owns a spool, for tests that kill it. Arguments: folder, slot, workers, job. It prints a line for each
// thing that is done: `open <shards>`, `ack <id>` after an append is safe, `settled <id>`, `adopted <shard>`, `health <state>`.
import { writeSync } from 'node:fs'
import type { MessageId } from '../src/base/brand.ts'
import { placeOf } from '../src/base/message-id.ts'
import { bodyOf, delivered, sample, spoolIn } from './spool-samples.ts'

const [folder = '', slot = '0', workers = '1', job = 'append'] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

const spool = await spoolIn(folder, {
  slot: Number(slot),
  workers: Number(workers),
  reserve: job === 'fill' ? 4 * 1024 * 1024 : 0,
  ...(job === 'fill' && { log: { debug() {}, info() {}, warn() {}, error() {} } }),
  listener: { adopted: (shard) => say(`adopted ${shard}`), health: (_shard, { state }) => say(`health ${state}`) },
})
say(`open ${spool.shards().join(' ')}`)

async function append(): Promise<MessageId> {
  const id = spool.reserve()
  if (placeOf(id).sequence % 7 === 0) {
    const file = spool.bodyFile(id)
    await file.write(Buffer.alloc(300_000, 'x'))
    await file.finish()
    await spool.append(sample(id, { body: null, size: 300_000 }))
  } else await spool.append(sample(id, { body: bodyOf(id) }))
  say(`ack ${id}`)
  return id
}

/** Appends for ever; with `settle` every second message is delivered at once. */
async function life(settle: boolean): Promise<never> {
  for (let n = 0; ; n++) {
    const id = await append()
    spool.noteInHand(placeOf(id).shard, [placeOf(id).sequence])
    if (!settle || n % 2 === 0) continue
    await spool.settle({ shard: placeOf(id).shard, outcomes: [delivered(id)], append: [] })
    say(`settled ${id}`)
  }
}

if (job === 'append' || job === 'settle') await Promise.all(Array.from({ length: 8 }, () => life(job === 'settle')))
else if (job === 'fill') {
  await new Promise((resolve) => setTimeout(resolve, 500))
  try {
    for (;;) await append()
  } catch {
    process.kill(process.pid, 'SIGKILL')
  }
} else if (job === 'hand') {
  const id = await append()
  spool.noteInHand(placeOf(id).shard, [placeOf(id).sequence])
  say('in hand')
}
setInterval(() => undefined, 1000)
