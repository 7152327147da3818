// What leaves for one recipient alone: return path, token, Message-ID, slots; over real sockets, signed and verified.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { formatMessageId, placeOf } from '../../base/message-id.ts'
import type { DkimKey, Settings, TokenKey } from '../../contract/settings.ts'
import { generateDkimKey } from '../../message/dkim/keys.ts'
import { dkimRecord } from '../../message/dkim/record.ts'
import { slotMark, slotNonce } from '../../message/slots.ts'
import { openToken } from '../../message/token.ts'
import type { NewMessage } from '../ports/spool.ts'
import { ACCOUNT, EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer, type SmtpPeerOptions } from '../../../testkit/smtp-peer.ts'
import type { ReceivedMessage } from '../../../testkit/smtp-script.ts'
import { EPOCH } from '../../../testkit/spool-samples.ts'

const tokenKey = (n: number, since: number): TokenKey => ({ n, since, secret: createHash('sha256').update(`key ${n}`).digest() })
const KEYS = [tokenKey(1, 0)]
const RETURN_PATH = 'bounces.sender.example' as Domain
const DKIM: DkimKey = {
  ...(await generateDkimKey('rsa-sha256')),
  domain: 'sender.example' as Domain,
  selector: 's',
  account: null,
  role: 'author',
  seenAt: 1,
}
const WITH_ID = 'From: bob@sender.example\r\nMessage-ID: <own@sender.example>\r\nSubject: hello\r\n\r\nhello\r\n'

type Wrap = NonNullable<HomeOptions['wrapSpool']>

interface Place extends AsyncDisposable {
  readonly home: EngineHome
  readonly peer: SmtpPeer
}

/** Account 1000 has a return path. */
async function place(
  options: { settings?: Partial<Settings>; peer?: SmtpPeerOptions; wrapSpool?: Wrap; memory?: number } = {},
): Promise<Place> {
  await using stack = new AsyncDisposableStack()
  const peer = stack.use(await SmtpPeer.start(options.peer))
  const anonymous = { ...ACCOUNT, id: 1000 as AccountId, returnPathDomain: RETURN_PATH }
  const settings = {
    routes: [routeTo(peer.port)],
    accounts: new Map([[anonymous.id, anonymous]]),
    tokenKeys: KEYS,
    dkimKeys: [DKIM],
    ...options.settings,
  }
  const { wrapSpool, memory } = options
  const config = memory === undefined ? {} : { 'spool.memory': memory }
  const home = stack.use(await EngineHome.start({ settings, config, signs: true, ...(wrapSpool && { wrapSpool }) }))
  const held = stack.move()
  return { home, peer, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

const fieldOf = ({ data }: ReceivedMessage, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, 'm').exec(data.toString('latin1').split('\r\n\r\n')[0] ?? '')?.[1]
const tokenIn = ({ sender }: ReceivedMessage): string => sender.split('@')[0] ?? ''

async function verdict({ data }: ReceivedMessage): Promise<string | undefined> {
  const resolver = (name: string): Promise<string[][]> => {
    const { name: known, value } = dkimRecord(DKIM)
    return name === known ? Promise.resolve([[value]]) : Promise.reject(new Error(name))
  }
  const { results } = await dkimVerify(data, { resolver })
  assert.equal(results.length, 1)
  return results[0]?.status.result
}

test('of 50 recipients at one site each has a transaction and a return path of his own; the message is signed once', async () => {
  await using at = await place()
  const { home, peer } = at
  const to = Array.from({ length: 50 }, (_, n) => `r${n}@one.example`)
  assert.match(await home.submit({ to, text: WITH_ID }), /^250/)
  const messages = await peer.waitForMessages(50)
  const [accepted] = await home.waitFor('accepted')
  const seen = new Set<string>()
  for (const message of messages) {
    const token = tokenIn(message)
    assert.equal(message.sender, `${token}@${RETURN_PATH}`)
    const [recipient = ''] = message.recipients
    assert.deepEqual(openToken(KEYS, token.toUpperCase()), { account: 1000, message: accepted?.message, n: to.indexOf(recipient) })
    assert.deepEqual([message.recipients.length, fieldOf(message, 'X-HMS-Token')], [1, token])
    assert.equal(fieldOf(message, 'Message-ID'), '<own@sender.example>')
    seen.add(token)
  }
  assert.equal(seen.size, 50)
  for (const message of messages.slice(0, 3)) assert.equal(await verdict(message), 'pass')
  assert.equal(home.signer.operations, 1)
  const delivered = await home.waitFor('delivered', 50)
  assert.ok(
    delivered.every(({ sender }) => sender === 'bob@sender.example'),
    'events tell the sender',
  )
})

test('without a Message-ID each recipient gets one with his token, which his signature covers', async () => {
  await using at = await place()
  await at.home.submit({ to: ['a@one.example', 'b@one.example', 'c@two.example'] })
  for (const message of await at.peer.waitForMessages(3)) {
    assert.equal(fieldOf(message, 'Message-ID'), `<${tokenIn(message)}@hms.test>`)
    assert.equal(await verdict(message), 'pass')
    const changed = Buffer.from(message.data.toString('latin1').replace('@hms.test>', '@hmt.test>'), 'latin1')
    assert.notEqual(await verdict({ ...message, data: changed }), 'pass')
  }
  assert.equal(at.home.signer.operations, 3)
})

test('a retry has the token of the first attempt, also after another key began to sign', async () => {
  const tried: string[] = []
  const rcpt = (_line: string, { mailLine }: { mailLine: string }): string | undefined =>
    tried.push(mailLine) === 1 ? '451 4.7.1 later' : undefined
  await using at = await place({ peer: { on: { rcpt } } })
  const { home } = at
  await home.submit()
  const [deferred] = await home.waitFor('deferred')
  home.change({ tokenKeys: [...KEYS, tokenKey(2, (deferred?.at ?? 0) + 1)] })
  await home.engine.queue.act('retry', {}, { by: 'test' })
  await home.waitFor('delivered')
  assert.deepEqual([tried.length, tried[0]], [2, tried[1]])
})

test('mail from <> and mail of accounts without a return path leaves as it always did', async () => {
  await using at = await place()
  const { home, peer } = at
  const to = ['a@one.example', 'b@one.example']
  await home.submit({ sender: '', to, text: WITH_ID })
  await peer.waitForMessages(1)
  home.change({ accounts: new Map([[1000 as AccountId, { ...ACCOUNT, id: 1000 as AccountId }]]) })
  await home.submit({ to, text: WITH_ID })
  const messages = await peer.waitForMessages(2)
  assert.deepEqual(
    messages.map(({ sender }) => sender),
    ['', 'bob@sender.example'],
  )
  for (const message of messages) {
    assert.deepEqual([message.recipients, fieldOf(message, 'X-HMS-Token')], [to, undefined])
    assert.equal(await verdict(message), 'pass')
  }
})

test('a return path names the recipient where the owner wants it', async () => {
  const anonymous = { ...ACCOUNT, id: 1000 as AccountId, returnPathDomain: RETURN_PATH, returnPathNames: true }
  await using at = await place({ settings: { accounts: new Map([[anonymous.id, anonymous]]) } })
  await at.home.submit({ to: ['ann@one.example'], text: WITH_ID })
  const [message] = await at.peer.waitForMessages(1)
  assert.ok(message !== undefined)
  assert.equal(message.sender, `${fieldOf(message, 'X-HMS-Token')}+ann=one.example@${RETURN_PATH}`)
})

test('a bounce that is made here goes to the sender; without keys nothing leaves that could not come back', async () => {
  const rcpt = (line: string): string | undefined => (line.includes('gone@') ? '550 5.1.1 no such user' : undefined)
  await using at = await place({ peer: { on: { rcpt } } })
  const { home, peer } = at
  await home.submit({ to: ['gone@one.example'] })
  const [bounce] = await peer.waitForMessages(1)
  assert.deepEqual([bounce?.sender, bounce?.recipients], ['', ['bob@sender.example']])
  // Without keys (a restore without the key file) nothing leaves that could not come back.
  home.change({ tokenKeys: [] })
  await home.submit({ to: ['ann@one.example'] })
  const [deferred] = await home.waitFor('deferred')
  assert.match(deferred?.reason ?? '', /no key that signs tokens/)
  assert.ok(home.engine.alerts().some(({ mend }) => mend.includes('hms feedback keys rotate')))
})

/** What whoever writes slots would have said of it. */
const withSlots: Wrap = (spool) =>
  new Proxy(spool, {
    get(target, name) {
      if (name === 'append')
        return (message: NewMessage) => target.append(Object.assign(message, { head: { ...message.head, slots: true } }))
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

// With little memory bodies are read from the disk, for each recipient anew.
for (const memory of [undefined, 20_000])
  test(`slots are filled before the message is signed, wherever its body is${memory === undefined ? '' : ', with little memory'}`, async () => {
    await using at = await place({ wrapSpool: withSlots, ...(memory !== undefined && { memory }) })
    const { home, peer } = at
    let sent = 0
    for (const size of [100, 30_000, 200_000, 900_000]) {
      const { shard, sequence } = placeOf(home.spool.reserve())
      const id = formatMessageId(EPOCH, shard, sequence + 1) as MessageId
      const mark = slotMark('token', slotNonce(KEYS, id, Date.now()))
      const lines = `${'x'.repeat(70)}\r\n`.repeat(Math.ceil(size / 72))
      const text = `From: bob@sender.example\r\nMessage-ID: <x@sender.example>\r\nSubject: hi\r\n\r\n${mark}\r\n${lines}link https://x.example/u/${mark}\r\n`
      const to = ['a@one.example', 'b@one.example', 'c@one.example']
      assert.match(await home.submit({ to, text, chunk: 10_007 }), /^250/)
      const messages = (await peer.waitForMessages((sent += to.length))).slice(-to.length)
      assert.deepEqual(messages.flatMap(({ recipients }) => recipients).toSorted(), to)
      for (const message of messages) {
        const body = message.data.toString('latin1')
        const token = tokenIn(message)
        assert.deepEqual([openToken(KEYS, token)?.message, body.includes(mark)], [id, false])
        assert.ok(body.endsWith(`\r\n\r\n${token}\r\n${lines}link https://x.example/u/${token}\r\n`))
        assert.ok(message.mailLine.includes(` SIZE=${message.data.length}`), message.mailLine)
        assert.equal(await verdict(message), 'pass')
      }
    }
  })
