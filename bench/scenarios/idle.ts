// What a server takes that has nothing to do: memory of each process as proportional set size, a minute after its start and two minutes after
// a load, and its processor time. It runs on a copy of the runtime of its own: of the usual one, pages that other programs of the machine
// have in memory too would count as theirs in part.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Ground } from '../ground.ts'
import { memoryByProcess, memoryOf, treeOf } from '../processes.ts'
import { aligned } from '../report.ts'
import { threadsByProcess } from '../threads.ts'
import { type ScenarioOptions, USUAL } from './scenario.ts'

const AFTER_START_MS = 30_000
const WATCHED_MS = 30_000
const AFTER_LOAD_MS = 120_000
const MESSAGES = 20_000

function lineOf(pid: number): string {
  const all = memoryOf(treeOf(pid).pids)
  return `${all.toFixed(0)} MiB, ${((all * 1024 * 1024) / 1e6).toFixed(0)} MB (${memoryByProcess(pid)})`
}

export async function idle({ folder, profile, messages }: ScenarioOptions): Promise<void> {
  const own = mkdtempSync(join(folder, 'hms-runtime-'))
  try {
    const runtime = join(own, 'node')
    copyFileSync(process.execPath, runtime)
    // The panel listens as well.
    const hms = { runtime, config: { 'inject.listen': '127.0.0.1:0', 'simulator.listen': '127.0.0.1:0' } }
    await using ground = await Ground.open({ folder, profile, hms })
    const { pid } = ground.hms
    await wait(AFTER_START_MS)
    const { seconds } = treeOf(pid)
    await wait(WATCHED_MS)
    const rows = [
      ['a minute after the start', lineOf(pid)],
      ['threads beside those of the runtime', threadsByProcess(pid)],
      ['processor in 30 s', `${(treeOf(pid).seconds - seconds).toFixed(2)} s`],
    ]
    const load = { ...USUAL, messages: messages ?? MESSAGES }
    await ground.measure(load)
    const busy = lineOf(pid)
    await wait(AFTER_LOAD_MS)
    rows.push([`at the end of ${load.messages} messages`, busy], ['two minutes later', lineOf(pid)])
    console.log(aligned(rows, 2))
  } finally {
    rmSync(own, { recursive: true, force: true })
  }
}
