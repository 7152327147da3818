// What is about data that is kept: housekeeping by the clock, people who are erased, and the answers to who asks.
import type { AccountId, Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Workers } from '../../api/operations/context.ts'
import type { DataDesk } from '../../engine/ports/data-kept.ts'
import type { Config } from '../../contract/options.ts'
import { deskFile, dialogsFolder, effectsFile, keptFolder, keyFile, masterFile, pickupPlace } from '../../lifecycle/home-files.ts'
import { DialogShelf } from '../../store/dialogs/dialog-shelf.ts'
import { CopyShelf } from '../../store/kept/copies.ts'
import { accountNames } from '../logs/log-folders.ts'
import { DiskDesk } from './disk-desk.ts'
import { EraseDesk, type ErasureParts, type ErasureQueue } from './erase-desk.ts'
import { Housekeeping, type HousekeepingParts } from './housekeeping.ts'

const EVERY: Ms = 10 * 60_000

type Stores = Pick<ErasureParts, 'home' | 'events' | 'sent' | 'jobs' | 'suppression' | 'log'> & {
  readonly workers: Pick<Workers, 'all' | 'some'>
}

/** Of a running server. */
export function keepData(parts: HousekeepingParts & Stores): DataDesk & AsyncDisposable {
  const { home, config, logs, pump, disk } = parts
  const [copies, dialogs] = [copiesOf(home, config), new DialogShelf(dialogsFolder(home))]
  const housekeeping = new Housekeeping(parts)
  // Log files are compressed, or written anew: never both.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => undefined)
    return result
  }
  const alone: ErasureParts['alone'] = (path, work) =>
    inTurn(() =>
      pump.exclusively(async () => {
        if (path !== null) await logs.letGo(path)
        await work()
      }),
    )
  const eraser = new EraseDesk({ ...parts, ...filesOf(home, config), copies, dialogs, ...workersOf(parts), alone })
  const timer = every(systemClock, EVERY, () => void inTurn(() => housekeeping.run(systemClock.now())))
  void eraser.run()
  return {
    use: () => disk.use(),
    copies,
    dialogs,
    erase: async (erasure) => eraser.start(erasure),
    erasures: () => eraser.list(),
    async [Symbol.asyncDispose]() {
      timer[Symbol.dispose]()
      await eraser.close()
      eraser[Symbol.dispose]()
    },
  }
}

/** Of a stopped home: what is asked for is done before the answer. */
export function dataAtRest(parts: Stores & Pick<HousekeepingParts, 'config'>): DataDesk & AsyncDisposable {
  const disk = new DiskDesk(parts.home, parts.config)
  const [copies, dialogs] = [copiesOf(parts.home, parts.config), new DialogShelf(dialogsFolder(parts.home))]
  const own = { ...filesOf(parts.home, parts.config), copies, dialogs, ...workersOf(parts) }
  let known: EraseDesk | undefined
  const eraser = (): EraseDesk => (known ??= new EraseDesk({ ...parts, ...own, alone: (_path, work) => work() }))
  return {
    use: () => disk.use(),
    copies,
    dialogs,
    erase: async (erasure) => {
      if (erasure.cancel && !erasure.dryRun)
        throw new Fault('not-running', 'Waiting mail is deleted while the server runs.', {
          blame: 'caller',
          mend: "Start it with 'hms start'.",
        })
      const { id } = eraser().start(erasure)
      await eraser().run()
      return eraser().find(id)
    },
    erasures: () => eraser().list(),
    async [Symbol.asyncDispose]() {
      await known?.close()
      known?.[Symbol.dispose]()
    },
  }
}

function copiesOf(home: string, config: Config): CopyShelf {
  return new CopyShelf(keptFolder(home), keyFile(home, config))
}

function filesOf(home: string, config: Config): Pick<ErasureParts, 'deskFile' | 'files' | 'badmail'> {
  const desk = deskFile(home)
  return {
    deskFile: desk,
    files: { alerts: desk, audit: masterFile(home), effects: effectsFile(home), key: keyFile(home, config) },
    badmail: () => accountNames(home).map((account) => pickupPlace(home, Number(account) as AccountId).badmail),
  }
}

function workersOf({ workers }: Stores): Pick<ErasureParts, 'queue' | 'announce'> {
  return { queue: queueOf(workers), announce: () => workers.some('settings.changed', {}) }
}

function queueOf(workers: Pick<Workers, 'all' | 'some'>): ErasureQueue {
  const sum = (all: readonly { readonly recipients: number }[]): number => all.reduce((total, { recipients }) => total + recipients, 0)
  return {
    count: async (address) => sum(await workers.all('queue.count', { selection: { address } })),
    cancel: async (address, by) => sum(await workers.all('queue.act', { action: 'delete', selection: { address }, by })),
  }
}
