// Body of the processes of `apart.ts`: the counting sink or the load, alone in a process, asked over IPC.
import { systemClock } from '../src/base/clock.ts'
import { CountingSink } from './counting-sink.ts'
import { SmtpLoad, type SmtpLoadOptions } from './smtp-load.ts'

type Question = { readonly id: number; readonly ask: string }

interface SinkOptions {
  readonly late: CountingSink['late']
}

async function sink({ late }: SinkOptions): Promise<(ask: string) => unknown> {
  const taken: [recipient: string, at: number][] = []
  const counting = await CountingSink.start((recipients) => {
    const at = systemClock.now()
    for (const recipient of recipients) taken.push([recipient, at])
  })
  counting.late = late
  return (ask) => {
    if (ask === 'port') return counting.port
    return ask === 'recipients' ? counting.counts.size : { taken, mostOpen: counting.mostOpen }
  }
}

function load(options: SmtpLoadOptions): (ask: string) => unknown {
  const sending = new SmtpLoad(options).start()
  return async (ask) => {
    if (ask === 'count') return sending.acknowledged.size
    await sending.stop()
    return [...sending.acknowledged]
  }
}

const [role, options = '{}'] = process.argv.slice(2)
const answer = role === 'sink' ? await sink(JSON.parse(options) as SinkOptions) : load(JSON.parse(options) as SmtpLoadOptions)
process.on('message', ({ id, ask }: Question) => void Promise.resolve(answer(ask)).then((value) => process.send?.({ id, value })))
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0 })
