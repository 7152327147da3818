// DKIM on a running server: keys are made, seen in DNS and rotated with `hms`, and what arrives verifies with an independent
// verifier (mailauth) against the records that `hms` printed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import type { DkimKeyView } from '../src/contract/operations.ts'
import { DnsServer } from '../testkit/dns-server.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
let peer: SmtpPeer
let dns: DnsServer
let server: TestServer
let sent = 0

before(async () => {
  peer = opened.use(await SmtpPeer.start())
  dns = opened.use(await DnsServer.start({ 'author.test': {}, 'provider.test': {} }))
  server = opened.use(await startServer({ config: { 'dns.servers': dns.address } }))
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
})
after(() => opened.disposeAsync())

const settled = (): Promise<void> => server.settled()
const publish = (key: DkimKeyView): void => void (dns.zones[key.record.name] = { TXT: [key.record.value], ttl: 0 })

async function submit(from: string): Promise<{ code: number; text: string }> {
  using client = await SmtpClient.open(server.smtpPort)
  const data = `From: ${from}\r\nTo: b@peer.test\r\nSubject: signed ${++sent}\r\n\r\n.body  \r\n\r\n\twith = odd spaces \r\n\r\n\r\n`
  return await client.send({ from: /[^<\s]+@[^>\s]+/.exec(from)?.[0] ?? '', to: [`to-${sent}@peer.test`], data })
}

/** Sends a message; what became of its signatures: `domain selector: result`. */
async function signatures(from: string): Promise<readonly string[]> {
  const answer = await submit(from)
  assert.equal(answer.code, 250, answer.text)
  const recipient = `to-${sent}@peer.test`
  await peer.until(() => peer.messages.some(({ recipients }) => recipients.includes(recipient)))
  const message = peer.messages.find(({ recipients }) => recipients.includes(recipient))
  assert.ok(message)
  const resolver = (name: string): Promise<string[][]> => {
    const found = dns.zones[name]?.TXT
    return found === undefined
      ? Promise.reject(Object.assign(new Error('no record'), { code: 'ENOTFOUND' }))
      : Promise.resolve([[...found]])
  }
  const { results } = await dkimVerify(message.data, { resolver })
  return results
    .filter(({ signingDomain }) => signingDomain !== undefined)
    .map(({ signingDomain, selector, status }) => `${signingDomain} ${selector}: ${status.result}`)
    .toSorted()
}

test('a key signs once its record was seen; RSA and Ed25519 sign both', async () => {
  const rsa = await server.hms<DkimKeyView>('dkim', 'create', 'author.test', '--selector', 'r1')
  const ed = await server.hms<DkimKeyView>('dkim', 'create', 'author.test', '--selector', 'e1', '--algorithm', 'ed25519-sha256')
  await settled()
  assert.deepEqual(await signatures('a@author.test'), [], 'an unpublished key signs nothing')
  const none = await server.run('dkim', 'verify', 'author.test')
  assert.equal(none.code, 1, none.stdout)
  assert.match(none.stdout, /r1\._domainkey\.author\.test: there is no record/)
  publish({ ...rsa, record: { ...rsa.record, value: ed.record.value } })
  assert.equal((await server.run('dkim', 'verify', 'author.test', '--selector', 'r1')).code, 1, 'the record of another key is none')
  publish(rsa)
  publish(ed)
  const seen = await server.run('dkim', 'verify', 'author.test')
  assert.equal(seen.code, 0, seen.stdout + seen.stderr)
  await settled()
  assert.deepEqual(await signatures('Someone <a@author.test>'), ['author.test e1: pass', 'author.test r1: pass'])
  assert.deepEqual(await signatures('a@other.test'), [], 'a key signs for its domain alone')
})

test('rotate: the old key signs until the record of the new one is seen', async () => {
  await server.hms('dkim', 'rm', 'author.test', 'e1')
  const { added, retiring } = await server.hms<{ added: DkimKeyView[]; retiring: DkimKeyView[] }>('dkim', 'rotate', 'author.test')
  assert.deepEqual(
    retiring.map(({ selector }) => selector),
    ['r1'],
  )
  const [fresh] = added
  assert.ok(fresh !== undefined && added.length === 1)
  await settled()
  assert.deepEqual(await signatures('a@author.test'), ['author.test r1: pass'])
  publish(fresh)
  assert.equal((await server.run('dkim', 'verify', 'author.test')).code, 0)
  await settled()
  assert.deepEqual(await signatures('a@author.test'), [`author.test ${fresh.selector}: pass`])
})

test("the provider's key signs every message beside the author's; --force needs no record", async () => {
  const provider = await server.hms<DkimKeyView>('dkim', 'create', 'provider.test', '--provider', '--selector', 'p1')
  const forced = await server.run('dkim', 'verify', 'provider.test', '--force')
  assert.equal(forced.code, 0, forced.stderr)
  publish(provider)
  await settled()
  const both = await signatures('a@author.test')
  assert.equal(both.length, 2)
  assert.ok(both.includes('provider.test p1: pass') && both.every((one) => one.endsWith(': pass')), both.join())
  assert.deepEqual(await signatures('a@other.test'), ['provider.test p1: pass'])
})

test("mail without a key for its author's domain is refused where the account says so", async () => {
  await server.hms('account', 'set', '1000', '--unsigned', 'refuse')
  await settled()
  const refused = await submit('a@other.test')
  assert.equal(refused.code, 550, refused.text)
  assert.match(refused.text, /^5\.7\.20 There is no DKIM key/)
  assert.equal((await signatures('a@author.test')).length, 2)
  await server.hms('account', 'set', '1000', '--unsigned', 'provider')
  await settled()
  assert.deepEqual(await signatures('a@other.test'), ['provider.test p1: pass'])
  await server.hms('dkim', 'rm', 'provider.test', 'p1')
  await settled()
  const without = await submit('a@other.test')
  assert.equal(without.code, 550, `with no key at all it may not go unsigned: ${without.text}`)
})
