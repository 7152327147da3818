// What a program of the system writes, for who wants to know; where it is not there, fails or is silent, nothing.
import { spawn } from 'node:child_process'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'

const PATIENCE: Ms = 5000
const MOST_OCTETS = 10_000

/** Never rejects. */
export function programAnswer([program, ...words]: readonly [string, ...string[]], clock: Clock): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'], LC_ALL: 'C' } })
  const timer = clock.after(PATIENCE, () => {
    child.kill('SIGKILL')
    resolve(null)
  })
  let text = ''
  child.stdout.on('data', (piece: Buffer) => {
    if (text.length < MOST_OCTETS) text += piece.toString('latin1')
  })
  child.once('error', () => resolve(null))
  child.once('close', (code) => resolve(code === 0 ? text : null))
  return promise.finally(() => timer[Symbol.dispose]())
}
