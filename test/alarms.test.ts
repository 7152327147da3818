// Alarms over the real server: name servers stop, the disk fills to its last octet, a worker is killed. Each is told on every way, and so is
// its end; a desk that is killed meanwhile tells nothing twice.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AlarmName } from '../src/contract/alarms.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { until } from '../testkit/patience.ts'
import { PolicyServer } from '../testkit/policy-server.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { cannotMount, SmallDisk } from '../testkit/small-disk.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'
import { SyslogServer } from '../testkit/syslog-server.ts'
import { TreeClock } from '../testkit/tree-clock.ts'

const MINUTE = 60_000

/** A server all of whose ways out are open, and who listens there. */
class Watched implements AsyncDisposable {
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
      const syslog = opened.use(await SyslogServer.start())
      const mail = opened.use(await SmtpPeer.start())
      const names = opened.use(await DnsServer.start())
      const roots = join(folder.path, 'roots.pem')
      writeFileSync(roots, hooks.root)
      const clock = opened.use(await TreeClock.start())
      const server = opened.use(
        await startServer({
          ...(home !== undefined && { home }),
          config: {
            'dns.servers': `127.0.0.1:${names.port}`,
            'dns.timeout': '500ms',
            'alerts.mail_to': 'ann@owner.test',
            'alerts.smtp_host': `127.0.0.1:${mail.port}`,
            'alerts.syslog': `tcp://127.0.0.1:${syslog.tcpPort}`,
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

test('name servers that stop and a worker that is killed are told within a minute on each way, and so are their ends', async () => {
  await using watched = await Watched.start()
  const { server, clock, names } = watched
  await until(() => watched.beats > 0, 'a heartbeat')
  clock.pace(3)
  names.behaviour.set('*', { drop: true })
  assert.ok((await watched.untilTold('begun', 'resolver-failing')) <= MINUTE)
  const beats = watched.beats
  // Killed before it was noted that one has arrived, the desk tells it once more: rather twice than never.
  await until(async () => {
    const { webhook, syslog, smtp } =
      (await server.call('alerts.list', { limit: 100 })).find(({ alarm }) => alarm?.name === 'resolver-failing') ?? {}
    return [webhook, syslog, smtp].every((way) => way === 'sent')
  }, 'noted as told')
  await server.kill9('desk')
  await server.until(({ alarms }) => alarms.some(({ name }) => name === 'resolver-failing'))
  assert.match((await server.run('status')).stdout, /CRITICAL .*No name server answers/)
  await until(async () =>
    (await server.get('/metrics').catch(() => ({ body: '' }))).body.includes(
      'hms_alarms_firing{alarm="resolver-failing",severity="critical"} 1',
    ),
  )
  await server.kill9(0)
  assert.ok((await watched.untilTold('begun', 'worker-restarts')) <= MINUTE)
  assert.match((await server.run('alarms', 'ls', '--firing')).stdout, /CRITICAL resolver-failing, since .*\n +See whether/)
  assert.equal(watched.beats, beats, 'no heartbeat while names are not found')
  names.behaviour.clear()
  clock.pace(60)
  await watched.untilTold('ended', 'resolver-failing')
  await until(() => watched.beats > beats, 'heartbeats again')
  await watched.untilTold('ended', 'worker-restarts')
  assert.deepEqual(watched.told('begun', 'resolver-failing'), { webhook: 1, syslog: 1, smtp: 1 }, 'told once, though the desk was killed')
  assert.deepEqual(
    (await server.call('status', {})).alarms.filter(({ severity }) => severity === 'critical'),
    [],
  )
})

test('a disk without an octet left is told on each way that does not need it, and so is its end', { skip: cannotMount() }, async () => {
  using disk = new SmallDisk()
  await using watched = await Watched.start(join(disk.folder, 'home'))
  const { server, clock } = watched
  await until(() => watched.beats > 0, 'a heartbeat')
  clock.pace(3)
  const from = clock.now()
  const filling = setInterval(() => disk.fill(), 100)
  try {
    assert.ok((await watched.untilTold('begun', 'disk-low', from)) <= MINUTE)
  } finally {
    clearInterval(filling)
  }
  disk.free()
  clock.pace(60)
  await watched.untilTold('ended', 'disk-low')
  const all = await until(async () => {
    const alerts = await server.call('alerts.list', { limit: 100 })
    return alerts.filter(({ alarm }) => alarm?.name === 'disk-low').length === 2 && alerts
  }, 'both in the list')
  for (const { webhook, syslog, smtp } of all.filter(({ alarm }) => alarm?.name === 'disk-low'))
    assert.deepEqual([webhook, syslog, smtp], ['sent', 'sent', 'sent'])
})

test('alarms are changed, silenced, tried and as shipped again, by hms', async () => {
  await using server = await startServer()
  const { stdout } = await server.run('alarms', 'set', 'oldest-due', '--subject', 'mx.test', '--threshold', '6h', '--for', '0s')
  assert.equal(stdout, 'The alarm oldest-due of mx.test fires from 6h, after 0.\n')
  assert.match((await server.run('alarms', 'silence', 'disk-days')).stdout, /fires as before, and nobody is told\.$/m)
  assert.match((await server.run('alarms', 'off', 'clock-off')).stdout, /^The alarm clock-off is off\.$/m)
  const list = await server.run('alarms', 'ls')
  assert.match(list.stdout, /oldest-due +all sites +from 1h +5m[^\n]*\noldest-due +mx\.test +from 6h +0/)
  assert.match(list.stdout, /clock-off +- +off/)
  assert.match((await server.run('alarms', 'reset', 'clock-off')).stdout, /is as shipped/)
  assert.equal((await server.call('alarm.list', {})).find(({ name }) => name === 'clock-off')?.terms?.threshold, 30_000)
  await assert.rejects(server.call('alarm.set', { name: 'trouble', threshold: 2 }), /threshold is 1/)
  await assert.rejects(server.call('alarm.silence', { name: 'no-delivery', subject: 'x' }), /no subjects/)
  assert.match((await server.run('alarms', 'test', 'no-delivery')).stdout, /goes nowhere/)
  const [told] = await server.call('alerts.list', { limit: 1 })
  assert.deepEqual([told?.kind, told?.alarm?.name, told?.syslog], ['test', 'no-delivery', 'none'])
})
