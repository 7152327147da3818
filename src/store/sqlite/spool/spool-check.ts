// A shard held against the files of its bodies: what its rows say of each other is read by the reader thread (check.ts), and whether each file
// belongs to a message, and each message has its file, is looked at here.
import { access, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessageId } from '../../../base/brand.ts'
import { parseMessageId, placeOf } from '../../../base/message-id.ts'
import type { OwnedShard } from './owned-shard.ts'
import type { ShardQueries } from './shard-queries.ts'

export interface SpoolChecked {
  readonly recipients: number
  readonly problems: readonly string[]
}

interface Around {
  /** Of the spool. */
  readonly folder: string
  readonly queries: ShardQueries
  /** Whether a message is in the queue now. */
  readonly isThere: (id: MessageId) => Promise<boolean>
}

export async function checkShard({ id, epochs, firstSequence }: OwnedShard, { folder, queries, isThere }: Around): Promise<SpoolChecked> {
  let recipients = 0
  const problems: string[] = []
  const files = new Set<string>()
  const own = join(folder, String(id))
  // Files are read before rows: a file that is made and named meanwhile is not taken for a left-over.
  const names = await readdir(own)
  for (const step of ['messages', 'recipients'] as const)
    for await (const slice of queries.check(id, step)) {
      recipients += slice.recipients
      problems.push(...slice.problems)
      for (const sequence of slice.files) files.add(epochs.idOf(sequence))
    }
  for (const name of files)
    if (!names.includes(name) && !(await hasFile(own, name)) && (await isThere(name as MessageId)))
      problems.push(`the body file of message ${name} is missing`)
  for (const name of names) {
    const old = parseMessageId(name)
    const isLeft = !files.has(name) && (old === undefined || placeOf(old).sequence < firstSequence)
    if (isLeft && (await hasFile(own, name))) problems.push(`the file ${id}/${name} belongs to no message`)
  }
  return { recipients, problems }
}

function hasFile(folder: string, name: string): Promise<boolean> {
  return access(join(folder, name)).then(
    () => true,
    () => false,
  )
}
