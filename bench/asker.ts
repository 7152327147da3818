// Asks a running server over the desk's socket as a command does, in a process of its own: what the receiving end of a bench has to do
// beside is not measured with it. Arguments: the socket; on stdin a list of [operation, parameters]; tells how long each took, in ms.
import { text } from 'node:stream/consumers'
import type { OperationName, Operations } from '../src/contract/operations.ts'
import { connectBus } from '../src/net/bus/client.ts'

type Ask = readonly [name: OperationName, params: unknown]

using client = await connectBus<Operations>(process.argv[2] ?? '', { version: 'bench' })
const call = client.call as (name: OperationName, params: unknown) => Promise<unknown>
const took: number[] = []
for (const [name, params] of JSON.parse(await text(process.stdin)) as Ask[]) {
  const began = performance.now()
  await call(name, params)
  took.push(performance.now() - began)
}
console.log(JSON.stringify(took))
