// A server all of whose ways out are open, and who listens there: webhook, syslog over TLS, a mail server beside the queue, heartbeats.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AlarmName } from '../src/contract/alarm-table.ts'
import { testCertificate } from './certificate.ts'
import { DnsServer } from './dns-server.ts'
import { until } from './patience.ts'
import { PolicyServer } from './policy-server.ts'
import { startServer, type TestServer } from './server.ts'
import { SmtpPeer } from './smtp-peer.ts'
import { temporaryFolder } from './spool-samples.ts'
import { SyslogServer } from './syslog-server.ts'
import { TreeClock } from './tree-clock.ts'

export const MINUTE = 60_000

export class Watched implements AsyncDisposable {
  readonly opened = new AsyncDisposableStack()
  readonly server: TestServer
  readonly clock: TreeClock
  readonly names: DnsServer
  readonly #hooks: PolicyServer
  readonly #syslog: SyslogServer
  readonly #mail: SmtpPeer

  private constructor(around: Pick<Watched, 'server' | 'clock' | 'names'>, ways: readonly [PolicyServer, SyslogServer, SmtpPeer]) {
    this.server = around.server
    this.clock = around.clock
    this.names = around.names
    ;[this.#hooks, this.#syslog, this.#mail] = ways
  }

  static async start(home?: string): Promise<Watched> {
    const opened = new AsyncDisposableStack()
    try {
      const folder = opened.use(temporaryFolder())
      const hooks = opened.use(await PolicyServer.start('localhost'))
      hooks.answers.set('localhost', { status: 204 })
      const syslog = opened.use(await SyslogServer.start(testCertificate('localhost')))
      const mail = opened.use(await SmtpPeer.start())
      const names = opened.use(await DnsServer.start())
      const roots = join(folder.path, 'roots.pem')
      writeFileSync(roots, `${hooks.root}\n${testCertificate('localhost').cert}\n`)
      const clock = opened.use(await TreeClock.start())
      const server = opened.use(
        await startServer({
          ...(home !== undefined && { home }),
          config: {
            'dns.servers': `127.0.0.1:${names.port}`,
            'dns.timeout': '500ms',
            'alerts.mail_to': 'ann@owner.test',
            'alerts.smtp_host': `127.0.0.1:${mail.port}`,
            'alerts.syslog': `tls://localhost:${syslog.tlsPort}`,
            'alerts.webhook': `https://localhost:${hooks.port}/hook`,
            'alerts.heartbeat_url': `https://localhost:${hooks.port}/alive`,
          },
          environment: { ...clock.environment, NODE_EXTRA_CA_CERTS: roots },
        }),
      )
      const watched = new Watched({ server, clock, names }, [hooks, syslog, mail])
      watched.opened.use(opened.move())
      return watched
    } catch (error) {
      await opened.disposeAsync()
      throw error
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.opened.disposeAsync()
  }

  get beats(): number {
    return this.#hooks.asked.filter((one) => one.endsWith(' /alive')).length
  }

  /** What was told of an alarm by each way. */
  told(kind: 'begun' | 'ended', alarm: AlarmName): Readonly<Record<'webhook' | 'syslog' | 'smtp', number>> {
    const of = { type: `trouble.${kind}`, name: alarm }
    const posted = this.#hooks.posted.filter(({ body }) => {
      const { type, data } = JSON.parse(body.toString()) as { type: string; data: { alarm?: { name: string } } }
      return type === of.type && data.alarm?.name === of.name
    })
    const logged = this.#syslog.messages.filter((one) => one.includes(`kind="${of.type}"`) && one.includes(`alarm="${of.name}"`))
    const mailed = this.#mail.messages.filter(({ data }) => {
      const text = data.toString().replaceAll('=\r\n', '')
      return text.includes(`${of.name} (${kind})`)
    })
    const ids = new Set(posted.map(({ headers }) => headers['webhook-id']))
    return { webhook: ids.size, syslog: logged.length, smtp: mailed.length }
  }

  /** On each way; returns how much time of the tree that took since `from`. */
  async untilTold(kind: 'begun' | 'ended', alarm: AlarmName, from = this.clock.now()): Promise<number> {
    const state = (): string =>
      JSON.stringify([this.told(kind, alarm), this.#hooks.posted.map(({ body }) => body.toString().slice(0, 300))])
    await until(
      () => Object.values(this.told(kind, alarm)).every((count) => count > 0),
      () => `${alarm} ${kind} on each way: ${state()}\n${this.server.output().slice(-3000)}`,
    )
    return this.clock.now() - from
  }
}
