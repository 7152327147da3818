// The thread of webhooks: it alone has webhooks.db open, reads the event store, and posts, so that neither the desk nor a delivery waits for it.
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log, LogFields, LogLevel } from '../../base/log.ts'
import { createMailResolver } from '../../net/dns/mail-resolver.ts'
import { createResolver } from '../../net/dns/resolver.ts'
import { createOutbound } from '../../net/outbound/outbound.ts'
import { openSettings } from '../../store/sqlite/settings/settings.ts'
import { WebhooksFile } from '../../store/sqlite/webhooks/webhooks-file.ts'
import { Poster } from './poster.ts'
import type { FromWebhooks, ToWebhooks, WebhookCallName, WebhookCalls, WebhookThreadData } from './protocol.ts'
import { WebhookRoom } from './webhook-room.ts'

/** To connect, and from the first octet of a post to the status of the answer. */
const WITHIN = { connect: 10_000, greeting: 10_000, command: 10_000, data: 10_000, final: 15_000 }

const port = parentPort
if (port === null) throw new Error('webhook-thread.ts runs as a worker thread only')
const data = workerData as WebhookThreadData
const say = (message: FromWebhooks): void => port.postMessage(message)
const logging =
  (level: LogLevel) =>
  (message: string, fields: LogFields = {}): void =>
    say({ kind: 'log', level, message, fields })
const log: Log = { debug: () => undefined, info: () => undefined, warn: logging('warn'), error: logging('error') }

const resolver = createResolver({ servers: data.dns.servers, timeout: data.dns.timeout, clock: systemClock })
const { hostName, listeners, allowPrivate } = data
const names = createMailResolver({ resolver, hostName, listeners, port: 25, allowPrivate })
const outbound = createOutbound({ timeouts: WITHIN, clock: systemClock, log })
const poster = new Poster({ outbound, resolver: names, allowPrivate, clock: systemClock })
const settings = openSettings(data.settings)
const file = new WebhooksFile(data.file)
const room = new WebhookRoom({
  file,
  settings: settings.webhooks,
  events: data.events,
  installation: data.installation,
  poster,
  memory: data.memory,
  keptFor: data.keptFor,
  clock: systemClock,
  told: (seen) => say({ kind: 'seen', seen }),
})

async function close(): Promise<null> {
  room[Symbol.dispose]()
  await poster[Symbol.asyncDispose]()
  file[Symbol.dispose]()
  settings[Symbol.dispose]()
  resolver[Symbol.dispose]()
  return null
}

type Handlers = {
  readonly [N in WebhookCallName]: (params: WebhookCalls[N]['params']) => WebhookCalls[N]['answer'] | Promise<WebhookCalls[N]['answer']>
}
const HANDLERS: Handlers = {
  health: ({ ids }) => room.health(ids),
  attempts: ({ id, asked }) => room.attempts(id, asked),
  test: ({ id, kinds }) => room.test(id, kinds),
  resume: ({ id, from, at }) => {
    room.resume(id, from, at)
    return null
  },
  startReplay: ({ id, replay }) => room.startReplay(id, replay),
  replays: ({ id }) => room.replays(id),
  cancelReplay: ({ id, n }) => room.cancelReplay(id, n),
  changed: ({ id, isNew }) => {
    room.changed(id, isNew)
    return null
  },
  close,
}

async function answer(id: number, name: WebhookCallName, params: unknown): Promise<void> {
  try {
    const run = HANDLERS[name] as (given: unknown) => unknown
    say({ kind: 'answer', id, answer: await run(params) })
  } catch (error) {
    const fault = error instanceof Fault ? error : null
    const mend = fault?.mend
    const told = { code: fault?.code ?? null, message: messageOf(error), ...(fault && { blame: fault.blame }), ...(mend && { mend }) }
    say({ kind: 'error', id, error: told })
  }
}

port.on('message', (message: ToWebhooks) => {
  if (message.kind === 'call') void answer(message.id, message.name, message.params)
  else if (message.lines === 'look') room.look()
  else {
    const { lines } = message.lines
    room.hear(lines)
    say({ kind: 'took', octets: lines.lines.length })
  }
})
