// What an engine reads mail for own domains with, where the thread does what the message says (misbehaving-reader.ts). Nothing was ever sent.
import type { Inbox } from '../src/engine/ports/feedback.ts'
import { ReadingThreads } from '../src/services/reading/reading-threads.ts'

export function misbehavingInbox(): Inbox & Disposable {
  const thread = new URL('./misbehaving-reader.ts', import.meta.url)
  const reader = new ReadingThreads({ servers: ['127.0.0.1:9'], timeout: 100 }, { thread, lookEvery: 50 })
  return {
    reader,
    sent: { find: () => Promise.resolve(null), search: () => Promise.resolve([]) },
    sums: { take: () => Promise.resolve() },
    [Symbol.dispose]: () => reader[Symbol.dispose](),
  }
}
