// What makes calls of injection take effect once: the ledger of the workers, and the desk, which finds messages wherever they are.
import { systemClock } from '../../base/clock.ts'
import type { Ms } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { Operations } from '../../contract/operations.ts'
import type { OnceParts } from '../../engine/accept/once.ts'
import { ledgerFile } from '../../lifecycle/home-files.ts'
import { connectBus } from '../../net/bus/client.ts'
import { SqliteLedger } from '../../store/sqlite/ledger/ledger.ts'
import { deskSocketPath, runFolder } from '../home.ts'
import type { Launch } from '../launch.ts'
import { pause } from '../pause.ts'

const TIMEOUT: Ms = 15_000
const LOOKS = 50
const BETWEEN_LOOKS: Ms = 100

export interface OpenedOnce extends AsyncDisposable {
  readonly once: OnceParts
}

/** Nothing is opened before the first key comes. */
export function openOnce({ home, version }: Launch): OpenedOnce {
  const ledger = new SqliteLedger({ file: ledgerFile(home), locks: runFolder(home), clock: systemClock })
  return {
    once: {
      ledger,
      wasCommitted: async (ids, since) => {
        for (let look = 1; ; look++) {
          try {
            using client = await connectBus<Pick<Operations, 'messages.known'>>(deskSocketPath(home), { version })
            return (await client.call('messages.known', { ids, since }, { timeout: TIMEOUT })).known
          } catch (error) {
            // The worker that died is being started again, or its events are on their way.
            if (look === LOOKS || !(error instanceof Fault) || !error.temporary) throw error
          }
          await pause(BETWEEN_LOOKS)
        }
      },
    },
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  }
}
