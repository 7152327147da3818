// What rules say of the connections of a site, in the form that the site needs.
import type { Effective } from '../../contract/rules.ts'
import { shareOf } from '../../policy/sites.ts'
import type { ConnectionSettings } from '../ports/outbound.ts'

const TIMEOUTS = ['timeout_connect', 'timeout_greeting', 'timeout_command', 'timeout_data', 'timeout_final'] as const

/** What a rule allows holds over all workers (`limits`); the configuration's is divided among them. */
export function mostConnectionsOf({ shared }: Effective, workers: number): number {
  const found = shared.find(({ setting }) => setting === 'connections')
  return found === undefined || found.from === null ? shareOf(found?.limit ?? Infinity, workers) : found.limit
}

export function connectionSettingsOf({ settings, from }: Effective): ConnectionSettings {
  const { pipelining, chunking, timeout_connect: connect, timeout_greeting: greeting } = settings
  if (!TIMEOUTS.some((name) => from.has(name))) return { pipelining, chunking, timeouts: null }
  const { timeout_command: command, timeout_data: body, timeout_final: final } = settings
  const commands = { ehlo: command, starttls: command, auth: command, mail: command, rcpt: command, data: command }
  return { pipelining, chunking, timeouts: { connect, greeting, ...commands, body, final, idle: Infinity } }
}
