// What rules say of the connections of a site, in the form that the site needs.
import type { Effective } from '../../contract/rules.ts'
import { shareOf } from '../../policy/sites.ts'
import type { ConnectionSettings } from '../ports/outbound.ts'

const TIMEOUTS = ['timeout_connect', 'timeout_greeting', 'timeout_command', 'timeout_data', 'timeout_final'] as const

/** One worker's part. */
export function mostConnectionsOf({ shared }: Effective, workers: number): number {
  return shareOf(shared.find(({ setting }) => setting === 'connections')?.limit ?? Infinity, workers)
}

export function connectionSettingsOf({ settings, from }: Effective): ConnectionSettings {
  const { pipelining, chunking, timeout_connect: connect, timeout_greeting: greeting } = settings
  if (!TIMEOUTS.some((name) => from.has(name))) return { pipelining, chunking, timeouts: null }
  const { timeout_command: command, timeout_data: body, timeout_final: final } = settings
  const commands = { ehlo: command, starttls: command, auth: command, mail: command, rcpt: command, data: command }
  return { pipelining, chunking, timeouts: { connect, greeting, ...commands, body, final, idle: Infinity } }
}
