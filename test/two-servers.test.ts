// No globals and no singletons: two complete servers (worker and desk each) in one process, neither of which sees the other.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { jsonLog } from '../src/base/log.ts'
import type { SocketAddress } from '../src/contract/option-kinds.ts'
import type { Operations } from '../src/contract/operations.ts'
import { loadConfig } from '../src/lifecycle/config.ts'
import { initHome } from '../src/lifecycle/home.ts'
import { connectBus } from '../src/net/bus/client.ts'
import { startDesk } from '../src/services/desk/desk.ts'
import { deskSocketPath } from '../src/services/home.ts'
import type { Launch, ListenOption } from '../src/services/launch.ts'
import { startWorker } from '../src/services/worker/worker.ts'
import { until } from '../testkit/patience.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

async function freeAddress(): Promise<SocketAddress> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return { host: '127.0.0.1', port }
}

async function startWhole(folder: string): Promise<AsyncDisposable & { readonly smtpPort: number; readonly home: string }> {
  const home = join(folder, 'home')
  await initHome(home, {})
  const config = { ...loadConfig(home, {}), 'spool.low_water': 0, 'spool.low_water_percent': 0, 'spool.reserve': 2 ** 20 }
  const [smtp, panel, simulator] = [await freeAddress(), await freeAddress(), await freeAddress()]
  const socket = (option: ListenOption, address: SocketAddress) => ({ option, address, fd: null })
  const launch: Omit<Launch, 'role' | 'sockets'> = {
    protocol: 2,
    slot: 0,
    living: [],
    slots: 1,
    version: 'test',
    home,
    startedAt: Date.now(),
    config,
    ticketKeys: Buffer.alloc(48).toString('base64'),
    addresses: {
      'smtp.listen': [smtp],
      'smtps.listen': [],
      'inject.listen': [],
      'inject.tls_listen': [],
      'tracking.listen': [],
      'tracking.tls_listen': [],
      'panel.listen': [panel],
      'panel.tls_listen': [],
      'simulator.listen': [simulator],
    },
    line: 'a',
    waiting: false,
    trial: false,
    leaving: null,
  }
  const log = jsonLog('test', 'warn', (line) => process.stderr.write(line))
  const around = { log, say: () => {} }
  const sockets = [socket('panel.listen', panel), socket('simulator.listen', simulator)]
  const desk = await startDesk({ launch: { ...launch, role: 'desk', sockets }, ...around })
  const worker = await startWorker({ launch: { ...launch, role: 'worker', sockets: [socket('smtp.listen', smtp)] }, ...around })
  return {
    smtpPort: smtp.port,
    home,
    async [Symbol.asyncDispose]() {
      await worker.stop(1000)
      await desk.stop(1000)
    },
  }
}

test('two servers in one process keep their mail, settings and events apart', async (t) => {
  const folders = [1, 2].map(() => mkdtempSync(join(tmpdir(), 'hms-two-')))
  t.after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  })
  await using stack = new AsyncDisposableStack()
  const servers = []
  for (const folder of folders) servers.push(stack.use(await startWhole(folder)))
  for (const [i, { home, smtpPort }] of servers.entries()) {
    using operations = await connectBus<Operations>(deskSocketPath(home), { version: 'test' })
    await operations.call('relay.allow', { cidr: '127.0.0.1/32' })
    using client = await SmtpClient.open(smtpPort)
    for (let n = 0; n <= i; n++) {
      const data = 'From: a@sender.test\r\nSubject: x\r\n\r\nhello\r\n'
      const answer = await client.send({ from: 'a@sender.test', to: ['success@simulator.hms.test'], data })
      assert.equal(answer.code, 250, answer.text)
    }
    await until(async () => (await operations.call('status', {})).delivered === i + 1)
  }
})
