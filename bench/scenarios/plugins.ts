// What plug-ins cost: the usual load with none, with one that is switched on for another account, with one that is asked at MAIL, and with one
// that is asked about each message, turn by turn.
import type { BenchPlugin } from '../hms.ts'
import { figuresTable, inTurns, kernelTable, partsTable, type ScenarioOptions, USUAL } from './scenario.ts'

const MESSAGES = 10_000
const FROM: BenchPlugin = { hook: 'from', code: 'from: () => undefined' }
const RECEIVED: BenchPlugin = { hook: 'received', code: "received: () => ({ action: 'accept' })" }

export async function plugins(options: ScenarioOptions): Promise<void> {
  const load = { ...USUAL, messages: options.messages ?? MESSAGES }
  const plain = { name: 'no plug-in', ground: {}, load }
  const variants = [
    plain,
    { name: 'one of another account', ground: { hms: { plugin: { ...FROM, account: 1999 } } }, load },
    { name: 'one at MAIL', ground: { hms: { plugin: FROM } }, load },
    { name: 'one at the message', ground: { hms: { plugin: RECEIVED } }, load },
  ]
  const done = await inTurns(variants, options, plain)
  console.log(`\n${figuresTable(done)}\n\n${partsTable(done)}\n\n${kernelTable(done)}`)
}
