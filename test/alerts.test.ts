// Delivery Alerts over the real server: what block rules do is audited, listed, mailed in one and posted signed, whatever is killed meanwhile.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { actor } from '../src/cli/cli.ts'
import type { DeliveryAlert } from '../src/contract/alerts.ts'
import { loadConfig } from '../src/lifecycle/config.ts'
import { keyFile, masterFile } from '../src/lifecycle/home-files.ts'
import { openSettings } from '../src/store/sqlite/settings/settings.ts'
import { until } from '../testkit/patience.ts'
import { PolicyServer } from '../testkit/policy-server.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { TreeClock } from '../testkit/tree-clock.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const SECRET = Buffer.alloc(32, 5)
const SITES = ['a.test', 'b.test', 'c.test']
const RULES = `
format: 1
rules:
${SITES.map((name) => `  - { name: ${name}, domain: ${name}, blocks: [{ name: listed, match: '/on our list/', pause: 1h }] }`).join('\n')}
`

interface Auditable {
  readonly by: string
  readonly action: string
  readonly subject: string
}

function effectsInAudit({ home }: TestServer): readonly Auditable[] {
  using settings = openSettings({ file: masterFile(home), keyFile: keyFile(home, loadConfig(home, {})) })
  return settings.audit(1000).filter(({ action }) => action.startsWith('effect '))
}

test('a storm of blocks is one mail, a signed post each, and a line in the audit each, told once though the desk is killed', async () => {
  using folder = temporaryFolder()
  await using hooks = await PolicyServer.start('localhost')
  hooks.answers.set('localhost', { status: 500 })
  await using owner = await SmtpPeer.start()
  await using peers = new AsyncDisposableStack()
  const [roots, secret, rules] = ['roots.pem', 'secret', 'rules.yaml'].map((name) => join(folder.path, name)) as [string, string, string]
  writeFileSync(roots, hooks.root)
  writeFileSync(secret, `whsec_${SECRET.toString('base64')}\n`)
  writeFileSync(rules, RULES)
  // On a busy machine the storm would take longer than the mail about it waits.
  await using clock = await TreeClock.start()
  await using server = await startServer({
    config: {
      'host.name': 'mta.hms.test',
      'alerts.mail_to': 'ann@owner.test',
      'alerts.mail_every': '3s',
      'alerts.webhook': `https://localhost:${hooks.port}/hook?from=hms`,
      'alerts.webhook_secret_file': secret,
    },
    environment: { ...clock.environment, NODE_EXTRA_CA_CERTS: roots },
  })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  for (const name of SITES) {
    const peer = peers.use(await SmtpPeer.start({ on: { rcpt: () => '554 5.7.1 Your address is on our list' } }))
    await server.call('route.set', { pattern: name, url: `smtp://127.0.0.1:${peer.port}` })
  }
  await server.call('route.set', { pattern: 'owner.test', url: `smtp://127.0.0.1:${owner.port}` })
  await server.hms('apply', '-f', rules)
  using client = await SmtpClient.open(server.smtpPort)
  for (const name of SITES) {
    const { code } = await client.send({ from: 'a@sender.test', to: [`x@${name}`], data: 'From: a@sender.test\r\n\r\nhello\r\n' })
    assert.equal(code, 250)
  }
  await until(() => hooks.posted.length > 0, 'a refused post')
  hooks.answers.set('localhost', { status: 204 })
  await server.kill9('desk')
  const alerts = async (): Promise<readonly DeliveryAlert[]> => await server.call('alerts.list', { limit: 100 }).catch(() => [])
  const isToldWhole = async (): Promise<boolean> => {
    const all = await alerts()
    return all.length >= SITES.length && all.every(({ mail, webhook }) => mail === 'sent' && webhook === 'sent')
  }
  await until(isToldWhole, 'everything told')
  const told = await alerts()
  assert.deepEqual(new Set(told.map(({ kind }) => kind)), new Set(['effect.begun']))
  const [mail] = await owner.waitForMessages(1)
  assert.equal(mail?.sender, '')
  const text = mail?.data.toString().replaceAll('=\r\n', '') ?? ''
  assert.match(text, /^From: <postmaster@mta\.hms\.test>\r\n/m)
  for (const name of SITES) assert.ok(text.includes(`of the rule ${name}, after: 554 5.7.1 Your address is on our list`), text)
  for (const { headers, body, type, path } of hooks.posted) {
    assert.deepEqual([type, path], ['application/json', '/hook?from=hms'])
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = headers
    const expected = createHmac('sha256', SECRET)
      .update(`${String(id)}.${String(at)}.`)
      .update(body)
      .digest('base64')
    assert.equal(signature, `v1,${expected}`)
  }
  const ids = hooks.posted.map(({ headers }) => headers['webhook-id'])
  assert.ok(ids.length > SITES.length && new Set(ids).size === SITES.length, ids.join(', '))
  const [effect] = await server.call('effects.list', {})
  await server.hms('effects', 'end', effect?.id ?? '')
  await until(() => effectsInAudit(server).length > SITES.length, 'the end in the audit')
  const audit = effectsInAudit(server)
  assert.deepEqual(
    audit.map(({ by, action }) => `${action} by ${by}`).toSorted(),
    [`effect ended by ${actor()}`, ...SITES.map((name) => `effect begun by rule ${name}`)].toSorted(),
  )
  assert.match((await server.run('alerts', 'ls')).stdout, /effect\.ended +none +\w+ +.*no longer restricted/)
  assert.equal(owner.messages.length, 1)
  assert.match((await server.run('alerts', 'test')).stdout, /by mail within alerts\.mail_every and by webhook now/)
  await until(() => owner.messages.length === 2 && hooks.posted.some(({ body }) => body.includes('"type":"test"')), 'the test to arrive')
})
