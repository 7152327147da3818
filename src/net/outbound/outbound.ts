// The engine's outbound port over real sockets.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Outbound } from '../../engine/ports/outbound.ts'
import { Connection, type Shared } from './connection.ts'
import { HttpConnection } from './http-connection.ts'
import { SharedReads } from '../../base/shared-reads.ts'
import { TraceHub } from '../trace.ts'
import { Deadlines } from './deadlines.ts'
import { FewATurn } from './few-a-turn.ts'
import { ShortMessages } from './message-writer.ts'
import { probeSource } from './probe.ts'
import { TlsClient } from './tls-client.ts'

/** The options `delivery.timeout_*` (rfc:5321#4.5.3.2). */
export interface OutboundTimeouts {
  readonly connect: Ms
  readonly greeting: Ms
  readonly command: Ms
  readonly data: Ms
  readonly final: Ms
}

export interface OutboundOptions {
  readonly timeouts: OutboundTimeouts
  readonly clock: Clock
  readonly log: Log
  /** For whoever watches dialogs; without it nobody can. */
  readonly trace?: TraceHub
  /** What is said on connections is remembered, for after an attempt that does not end well. */
  readonly remembers?: boolean
  /** Roots in PEM that are trusted besides those of the runtime, for the TLS policy `verify`. */
  readonly trust?: readonly string[]
}

/** Timeouts are looked at so often: an eighth of the shortest, within these bounds. */
const SWEEP = { least: 5, most: 500 }

export function createOutbound({
  timeouts,
  clock,
  log,
  trace = new TraceHub(clock),
  remembers = false,
  trust = [],
}: OutboundOptions): Outbound {
  const { connect, greeting, command, data, final } = timeouts
  const every = Math.max(SWEEP.least, Math.min(SWEEP.most, Math.min(connect, greeting, command, data, final) / 8))
  const phases = { ehlo: command, starttls: command, auth: command, mail: command, rcpt: command, data: command }
  const shared: Shared = {
    timeouts: { connect, greeting, ...phases, body: data, final, idle: Infinity },
    deadlines: new Deadlines(clock, every),
    tls: new TlsClient(trust),
    short: new ShortMessages(),
    reads: new SharedReads(),
    ends: new FewATurn(3, 4, (connection) => connection.endMessage()),
    handshakes: new FewATurn(1, Infinity, (connection) => connection.shakeHands()),
    log,
    trace,
    clock,
    remembers,
  }
  return {
    open: (target, signal) =>
      target.http === true ? HttpConnection.open(target, shared, signal) : Connection.open(target, shared, signal),
    probe: (source) => probeSource(clock, source),
  }
}
