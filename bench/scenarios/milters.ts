// What milters cost: the usual load with none, with one that is asked about everything and answers each step, with one that is asked about all and
// answers at the end alone, and with two of these, each in turns with no milter beside it.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { freePort } from '../load.ts'
import { costTable, inPairs } from './pairs.ts'
import { figuresTable, kernelTable, partsTable, type ScenarioOptions, USUAL } from './scenario.ts'

const MESSAGES = 5000
/** SMFIP_NR_* of all steps. */
const SILENT = 0x1000 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x80 | 0x40000 | 0x80000

class BenchMilter implements AsyncDisposable {
  readonly address: string
  readonly #process: ChildProcess

  private constructor(port: number, child: ChildProcess) {
    this.address = `inet:127.0.0.1:${port}`
    this.#process = child
  }

  static async start(protocol: number): Promise<BenchMilter> {
    const port = await freePort()
    const child = fork(join(import.meta.dirname, '..', 'milter.ts'), [String(port), String(protocol)], {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    })
    await once(child, 'message')
    return new BenchMilter(port, child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }
}

export async function milters(options: ScenarioOptions): Promise<void> {
  await using talking = await BenchMilter.start(0)
  await using silent = await BenchMilter.start(SILENT)
  await using second = await BenchMilter.start(SILENT)
  const load = { ...USUAL, messages: options.messages ?? MESSAGES }
  const plain = { name: 'no milter', ground: {}, load }
  const variants = [
    { name: 'one, which answers each step', ground: { hms: { milters: [talking.address] } }, load },
    { name: 'one, which answers at the end', ground: { hms: { milters: [silent.address] } }, load },
    { name: 'two, which answer at the end', ground: { hms: { milters: [silent.address, second.address] } }, load },
  ]
  const done = await inPairs(plain, variants, options)
  console.log(`\n${figuresTable(done)}\n\n${partsTable(done)}\n\n${kernelTable(done)}\n\n${costTable(done)}`)
}
