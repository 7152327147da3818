// The operational log: one JSON object a line, for a person or a collector. Never holds a secret or a message's text.

import { systemClock } from './clock.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** Names of what every line has: no field has them. */
type OwnNames = 'time' | 'level' | 'role' | 'message'
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>> & { readonly [N in OwnNames]?: never }

export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

const RANK: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** A log that writes lines of `role` at `least` and above through `write` (one call a line, newline included). */
export function jsonLog(role: string, least: LogLevel, write: (line: string) => void): Log {
  const line = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (RANK[level] < RANK[least]) return
    const own = { time: new Date(systemClock.now()).toISOString(), level, role, message }
    // In that order, whatever a field is called.
    write(`${JSON.stringify({ ...own, ...fields, ...own })}\n`)
  }
  return {
    debug: (message, fields) => line('debug', message, fields),
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, fields) => line('error', message, fields),
  }
}
