// Delivery Alerts to a syslog receiver.
import type { EpochMs } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { syslogMessage } from '../../message/syslog.ts'
import { parseSyslogTarget, sendSyslog, type SyslogTarget } from '../../net/alerts/syslog.ts'
import type { LeavingAlert } from './alert-book.ts'
import type { AlertSender } from './way-out.ts'

export class SyslogSender implements AlertSender {
  readonly way = 'syslog'
  readonly atOnce = 50
  readonly #target: SyslogTarget | null
  readonly #hostName: string

  constructor(asked: string, hostName: string, log: Log) {
    this.#target = asked === '' ? null : parseSyslogTarget(asked)
    this.#hostName = hostName
    if (asked !== '' && this.#target === null)
      log.error('alerts.syslog is no udp://, tcp://, tls:// or unix:// address: no alert goes there.')
  }

  get isOn(): boolean {
    return this.#target !== null
  }

  isDue(_now: EpochMs): boolean {
    return true
  }

  async send(alerts: readonly LeavingAlert[]): Promise<{ readonly reason: string; readonly isFinal: boolean } | null> {
    if (this.#target === null) return null
    const messages = alerts.map((alert) => syslogMessage(alert, { host: this.#hostName, pid: process.pid }))
    const reason = await sendSyslog(this.#target, messages, systemClock)
    return reason === null ? null : { reason, isFinal: false }
  }
}
