// Messages that are made for each recipient when they are sent: over real sockets, tracked, signed and verified.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import type { AccountId } from '../../base/brand.ts'
import { NO_TRACKING } from '../../contract/tracking.ts'
import { dkimRecord } from '../../message/dkim/record.ts'
import { fromQuotedPrintable } from '../../message/encode.ts'
import { type MergeDocument, writeDocument, writeRow } from '../../message/merge/document.ts'
import { openToken } from '../../message/token.ts'
import { openUnsubscription } from '../../message/tracking/links.ts'
import { ACCOUNT, EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { LINKS, SENDER_DKIM, TOKEN_KEYS } from '../../../testkit/signing-sender.ts'
import { SmtpPeer, type SmtpPeerOptions } from '../../../testkit/smtp-peer.ts'
import type { ReceivedMessage } from '../../../testkit/smtp-script.ts'
import type { NewMessage } from '../ports/spool.ts'

const DOCUMENT: MergeDocument = {
  front: 'Received: by hms.test\r\n',
  from: { email: 'bob@sender.example', name: 'Bob' },
  subject: 'For %%first%%',
  text: 'Hello %%first%%',
  html: '<body><a href="https://x.example/{{ first }}">a</a><a href="https://x.example/all">b</a></body>',
  attachments: [{ name: 'a.txt', type: 'text/plain', content: Buffer.from('file').toString('base64') }],
  data: {},
  missing: 'error',
}

/** Whatever is submitted becomes the document, each recipient's data by the local part of the address. */
function merging(document: MergeDocument): NonNullable<HomeOptions['wrapSpool']> {
  const body = writeDocument(document)
  const changed = (message: NewMessage): NewMessage => {
    if (message.head.sender === '') return message
    const head = { ...message.head, size: body.length, utf8: false, merge: true, perRecipient: true } as const
    const recipients = message.recipients.map((one) => {
      const [first = ''] = one.address.split('@')
      const json = first === 'nobody' ? '{}' : JSON.stringify({ first })
      return Object.assign({ merge: writeRow({ clientId: `id-${first}`, name: first.toUpperCase(), json }) }, one)
    })
    return Object.assign(message, { head, body, recipients })
  }
  return (spool) =>
    new Proxy(spool, {
      get(target, name) {
        if (name === 'append') return (message: NewMessage) => target.append(changed(message))
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
}

interface Place extends AsyncDisposable {
  readonly home: EngineHome
  readonly peer: SmtpPeer
}

async function place(options: { document?: MergeDocument; peer?: SmtpPeerOptions; memory?: number } = {}): Promise<Place> {
  await using stack = new AsyncDisposableStack()
  const peer = stack.use(await SmtpPeer.start(options.peer))
  const account = { ...ACCOUNT, id: 1000 as AccountId, tracking: { ...NO_TRACKING, host: LINKS, clicks: true, opens: true } }
  const settings = {
    routes: [routeTo(peer.port)],
    accounts: new Map([[account.id, account]]),
    tokenKeys: TOKEN_KEYS,
    dkimKeys: [SENDER_DKIM],
    trackingHosts: [{ host: LINKS, trouble: null, since: 1 }],
  }
  const config = options.memory === undefined ? {} : { 'spool.memory': options.memory }
  const home = stack.use(await EngineHome.start({ settings, config, signs: true, wrapSpool: merging(options.document ?? DOCUMENT) }))
  const held = stack.move()
  return { home, peer, [Symbol.asyncDispose]: () => held.disposeAsync() }
}

async function verdict({ data }: ReceivedMessage): Promise<string | undefined> {
  const { name: known, value } = dkimRecord(SENDER_DKIM)
  const resolver = (name: string): Promise<string[][]> => (name === known ? Promise.resolve([[value]]) : Promise.reject(new Error(name)))
  const { results } = await dkimVerify(data, { resolver })
  return results[0]?.status.result
}

const fieldOf = ({ data }: ReceivedMessage, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)\r$`, 'm').exec(data.toString('latin1'))?.[1]

// With little memory rows and the document are read from the disk.
for (const memory of [undefined, 20_000])
  test(`each recipient gets a message of his own, tracked and signed${memory === undefined ? '' : ', with little memory'}`, async () => {
    await using at = await place(memory === undefined ? {} : { memory })
    const { home, peer } = at
    const names = ['ann', 'ben', 'cid', 'dot']
    await home.submit({ to: names.map((name) => `${name}@one.example`) })
    const messages = await peer.waitForMessages(names.length)
    const delivered = await home.waitFor('delivered', names.length)
    for (const message of messages) {
      const [address = ''] = message.recipients
      const [name = ''] = address.split('@')
      assert.deepEqual(
        ['To', 'Subject', 'From'].map((field) => fieldOf(message, field)),
        [`${name.toUpperCase()} <${address}>`, `For ${name}`, 'Bob <bob@sender.example>'],
      )
      const token = fieldOf(message, 'X-HMS-Token') ?? ''
      assert.equal(openToken(TOKEN_KEYS, token)?.n, names.indexOf(name))
      assert.equal(fieldOf(message, 'Message-ID'), `<${token}@hms.test>`)
      const text = fromQuotedPrintable(message.data).toString()
      assert.ok(text.includes(`Hello ${name}\r\n`) && message.data.includes(Buffer.from('file').toString('base64')))
      const targets = [...text.matchAll(/\/c\/([^/]+)\/([\w-]+)/g)].map(([, of, target = '']) => [
        of,
        Buffer.from(target, 'base64url').toString('latin1'),
      ])
      assert.deepEqual(
        targets.map(([of, target = '']) => [of, target.slice(target.indexOf('https'))]),
        [
          [token, `https://x.example/${name}`],
          [token, 'https://x.example/all'],
        ],
      )
      assert.ok(text.includes(`/o/${token}/`))
      assert.equal(await verdict(message), 'pass')
      assert.equal(delivered.find(({ recipient }) => recipient === address)?.clientId, `id-${name}`)
    }
  })

test('a recipient whose data make no message fails with the reason, and the sender is told with a header', async () => {
  const rcpt = (line: string): string | undefined => (line.includes('gone@') ? '550 5.1.1 no such user' : undefined)
  await using at = await place({ peer: { on: { rcpt } } })
  const { home, peer } = at
  await home.submit({ to: ['nobody@one.example', 'ann@one.example'] })
  const [failed] = await home.waitFor('failed')
  assert.deepEqual(
    [failed?.recipient, failed?.reason, failed?.clientId],
    ['nobody@one.example', 'The subject cannot be filled in: the field first is missing (line 1).', 'id-nobody'],
  )
  await home.waitFor('delivered', 2)
  await home.submit({ to: ['gone@one.example'] })
  await home.waitFor('failed', 2)
  const bounces = (await peer.waitForMessages(3)).filter(({ sender }) => sender === '')
  const told = bounces.map(({ data }) => data.toString('latin1'))
  assert.ok(told.some((text) => text.includes('the field first is missing')))
  assert.ok(told.some((text) => text.includes('Subject: For gone\r\n') && !text.includes('Hello')))
})

test('a template that takes too many steps fails each of its recipients for good; very many have turns, and hold up no other mail', async () => {
  const text = '{% assign l = "1,2,3,4,5,6,7,8,9,0" | split: "," %}' + '{% for i in l %}'.repeat(9) + '{% endfor %}'.repeat(9)
  await using at = await place({ document: { ...DOCUMENT, text } })
  const to = Array.from({ length: 22 }, (_, n) => `r${n}@one.example`)
  await at.home.submit({ to })
  const failed = await at.home.waitFor('failed', 22)
  assert.deepEqual(failed.map(({ recipient }) => recipient).toSorted(), to.toSorted())
  assert.deepEqual(
    [...new Set(failed.map(({ reason, failureCode, attempt }) => `${reason} ${failureCode} ${attempt}`))],
    ['The text cannot be filled in: it takes too long: more than 150000 steps. 2999 1'],
  )
  assert.deepEqual(at.home.engine.alerts(), [], 'no matter of the owner')
})

test('an address beyond ASCII needs SMTPUTF8 for its own recipient alone', async () => {
  for (const extensions of [['SMTPUTF8', '8BITMIME'], []]) {
    await using at = await place({ peer: { extensions } })
    await at.home.submit({ to: ['jörg@one.example', 'ann@one.example'], utf8: true })
    const messages = await at.peer.waitForMessages(extensions.length === 0 ? 1 : 2)
    const lines = messages.map(({ mailLine, recipients }) => [recipients[0], mailLine.includes('SMTPUTF8')])
    if (extensions.length === 0) {
      const [failed] = await at.home.waitFor('failed')
      assert.deepEqual([lines, failed?.recipient], [[['ann@one.example', false]], 'jörg@one.example'])
      assert.match(failed?.reason ?? '', /SMTPUTF8/)
    } else {
      assert.deepEqual(
        lines.toSorted(),
        [
          ['ann@one.example', false],
          ['jörg@one.example', true],
        ].toSorted(),
      )
      const own = messages.find(({ recipients }) => recipients[0] === 'jörg@one.example')
      assert.match(own?.data.toString() ?? '', /^To: "?JÖRG"? <jörg@one\.example>|^To: =\?utf-8\?B\?SsOWUkc=\?= <jörg@one\.example>/m)
      assert.equal(own && (await verdict(own)), 'pass')
    }
  }
})

test('the queue shows the header that the first recipient would get', async () => {
  await using at = await place({ peer: { on: { rcpt: () => '451 4.7.1 later' } } })
  await at.home.submit({ to: ['ann@one.example', 'ben@one.example'] })
  const [deferred] = await at.home.waitFor('deferred', 2)
  assert.ok(deferred !== undefined)
  const { header } = await at.home.engine.queue.show(deferred.message)
  assert.match(header ?? '', /Subject: For ann\r\n/)
})

test('links that an unsubscribe page needs hold the id of the recipient', async () => {
  await using at = await place({ document: { ...DOCUMENT, text: '{{HsUnsubscribe}}', html: '{{HsUnsubscribe}}' } })
  await at.home.submit({ to: ['ann@one.example'] })
  const [message] = await at.peer.waitForMessages(1)
  assert.ok(message !== undefined)
  const found = [
    ...fromQuotedPrintable(message.data)
      .toString()
      .matchAll(/\/u\/([0-9a-z]+)\.([\w-]+)/g),
  ]
  assert.ok(found.length >= 2)
  for (const [, token = '', sealed = ''] of found)
    assert.deepEqual(
      [openUnsubscription(TOKEN_KEYS, token, sealed)?.address, openUnsubscription(TOKEN_KEYS, token, sealed)?.clientId],
      ['ann@one.example', 'id-ann'],
    )
})
