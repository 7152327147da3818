// Telling systemd how the service is (sd_notify(3)): one datagram to the Unix socket that NOTIFY_SOCKET names. Node has no Unix
// datagrams, so systemd's own `systemd-notify` sends it; the unit has `NotifyAccess=all` for that. Where nothing asks, nothing is done.
import { spawn } from 'node:child_process'
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'

/** It ends once systemd has read what it sent. */
const PATIENCE: Ms = 10_000

/** `state`: assignments, one a line: `READY=1`, `MAINPID=42\nREADY=1`. Resolves once systemd has it or cannot have it, and never rejects. */
export function notifySystemd(state: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  const late = machineClock.after(PATIENCE, () => child.kill())
  let settled = false
  const failed = (why: string): void => {
    // A program that cannot be started ends as well.
    if (settled) return
    settled = true
    process.stderr.write(`systemd was not told ${state.split('\n').join(', ')}: ${why}.\n`)
    resolve()
  }
  const child = spawn('systemd-notify', state.split('\n'), { env, stdio: ['ignore', 'ignore', 'inherit'] })
  child.once('error', (error) => failed(error.message))
  child.once('close', (code, signal) => {
    late[Symbol.dispose]()
    if (code === 0) resolve()
    else failed(`systemd-notify ended with ${signal ?? code}`)
  })
  return promise
}

/** Says `WATCHDOG=1` as often as the unit's `WatchdogSec` needs it; nothing where it has none. */
export function feedWatchdog(env: NodeJS.ProcessEnv = process.env): Disposable {
  const limit: Ms = Number(env['WATCHDOG_USEC'] ?? 0) / 1000
  const timer = limit > 0 ? setInterval(() => void notifySystemd('WATCHDOG=1', env), limit / 2).unref() : undefined
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
