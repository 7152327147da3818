// The thread that reads what came for own domains: whatever a stranger sent, it can take time and memory from nobody else. See reading-threads.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { machineClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import { createResolver } from '../../net/dns/resolver.ts'
import type { OwnTexts } from '../../policy/classify/classify.ts'
import { ownTexts } from '../../policy/lists/reply-lists.ts'
import type { FromReader, ReadingData, ToReader } from './protocol.ts'
import { readMail } from './read-mail.ts'

const resolver = createResolver({ ...(workerData as ReadingData), clock: machineClock, mostEntries: 5000 })
let own: OwnTexts | null = null
const say = (said: FromReader): void => parentPort?.postMessage(said)

parentPort?.on('message', (asked: ToReader) => {
  if (asked === 'ping') return say('pong')
  if ('lists' in asked) {
    own = ownTexts((name) => asked.lists.get(name) ?? '')
    return
  }
  const { id, mail } = asked
  readMail(mail, resolver, own).then(
    (reading) => say({ id, reading }),
    (error: unknown) => say({ id, trouble: messageOf(error) }),
  )
})
