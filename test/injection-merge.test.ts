// One message for many, and messages with Liquid, as an application hands them in over HTTP.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { inject } from '../testkit/injecting.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const opened = new AsyncDisposableStack()
let server: TestServer
let peer: SmtpPeer
before(async () => {
  server = opened.use(await startServer())
  peer = opened.use(await SmtpPeer.start())
  await server.hms('route', 'set', '*.test', `smtp://127.0.0.1:${peer.port}`)
})
after(() => opened.disposeAsync())

const MESSAGE = {
  from: { email: 'ann@sender.test', name: '{{ shop }}' },
  subject: 'For {{ first }}',
  text: 'Hello %%first%% of {{ city | default: "nowhere" }}',
  html: '<p>{{ first }}</p>',
  attachments: [{ name: 'a.txt', content: Buffer.from('file').toString('base64') }],
  mailing: 'spring',
}

test('each recipient of one message gets his own, and a result of his own', async () => {
  const recipients = [
    { to: 'Bob <bob@m.test>', data: { first: 'Bob', city: 'Köln' }, messageId: 'm-1' },
    { to: 'nobody', data: { first: 'N' } },
    { to: 'cid@m.test', data: { city: 'Bonn' } },
    { to: { email: 'dot@m.test', name: 'Dot & Co.' }, data: { first: '<b>Dot' } },
    { to: 'bob@m.test', data: { first: 'again' } },
    { to: 'eve@m.test', data: { first: 'Eve' }, unknown: 1 },
  ]
  const { status, json } = await inject(server, '/v1/messages/batch', { message: MESSAGE, recipients, data: { shop: 'Laden' } })
  assert.equal(status, 200)
  const { id } = json.results[0]
  assert.deepEqual(json.results, [
    { id, messageId: 'm-1', status: 'queued' },
    { error: { code: 'invalid-field', message: json.results[1].error.message, field: 'recipients[1].to' } },
    {
      error: {
        code: 'merge-failed',
        message: 'The subject cannot be filled in: the field first is missing (line 1).',
        field: 'recipients[2].data',
      },
    },
    { id, status: 'queued' },
    { error: { code: 'invalid-field', message: 'recipients[4] has the address of one before it.', field: 'recipients[4].to' } },
    { error: { code: 'invalid-field', message: 'There is no field recipients[5].unknown.', field: 'recipients[5].unknown' } },
  ])
  for (const name of ['bob', 'dot']) assert.equal((await server.outcome(`${name}@m.test`)).kind, 'delivered')
  const messages = await peer.waitForMessages(2)
  const of = (name: string): string => messages.find(({ recipients: [to] }) => to === `${name}@m.test`)?.data.toString() ?? ''
  assert.match(of('bob'), /^From: Laden <ann@sender\.test>\r\nTo: Bob <bob@m\.test>\r\nSubject: For Bob\r\n/m)
  assert.match(of('bob'), /^Hello Bob of K=C3=B6ln\r\n/m)
  assert.match(of('bob'), /^Received: .*with HTTP id/ms)
  assert.match(of('dot'), /^To: Dot & Co\.|^To: "Dot & Co\." <dot@m\.test>\r\nSubject: For <b>Dot\r\n/m)
  assert.match(of('dot'), /<p>&lt;b&gt;Dot<\/p>/)
  assert.match(of('dot'), /^Date: /m)
  const { events } = await server.call('events.find', { message: id, kinds: ['accepted', 'delivered'], limit: 5 })
  const told = events.map((event) =>
    event.kind === 'accepted' ? ['accepted', event.mailing, event.recipients] : [event.recipient, event.clientId],
  )
  assert.deepEqual(
    told.toSorted(),
    [
      ['accepted', 'spring', 2],
      ['bob@m.test', 'm-1'],
      ['dot@m.test', null],
    ].toSorted(),
  )
})

interface Told {
  readonly status?: string
  readonly error?: { readonly code: string; readonly field: string }
}

test('whoever cannot be written to with his data fails alone, the first too; an address beyond ASCII is one as others', async () => {
  const message = {
    from: 'ann@sender.test',
    subject: 'Hi',
    text: '{% for i in list %}{{ i | url_decode }}{% endfor %}{{ name | default: "you" }}',
  }
  const recipients = [
    { to: 'bad1@u.test', data: { list: ['%E0%A4%A'], name: 'x' } },
    { to: 'jörg@u.test', data: { list: ['a'], name: 'Jörg' } },
    { to: 'bad2@u.test', data: { list: ['%'] } },
    { to: 'fine@u.test', data: { list: [], name: 'fine' } },
  ]
  const { status, json } = await inject(server, '/v1/messages/batch', { message, recipients })
  assert.equal(status, 200)
  assert.deepEqual(
    json.results.map((one: Told) => one.status ?? [one.error?.code, one.error?.field]),
    [['merge-failed', 'recipients[0].data'], 'queued', ['merge-failed', 'recipients[2].data'], 'queued'],
  )
  for (const name of ['jörg', 'fine']) assert.equal((await server.outcome(`${name}@u.test`)).kind, 'delivered')
  const lines = peer.messages
    .filter(({ recipients: [to] }) => to?.endsWith('@u.test'))
    .map((one) => [one.recipients[0], one.mailLine.includes('SMTPUTF8')])
  assert.deepEqual(new Map(lines as [string, boolean][]), new Map([['jörg@u.test', true], ['fine@u.test', false]])) // oxfmt-ignore
  const none = await inject(server, '/v1/messages/batch', { message, recipients: [recipients[0], recipients[2]] })
  assert.deepEqual(
    none.json.results.map((one: Told) => one.error?.code),
    ['merge-failed', 'merge-failed'],
  )
})

test('a call that comes again under its key mails nobody again', async () => {
  const before = peer.messages.length
  const call = { message: { ...MESSAGE, missing: 'empty' }, recipients: [{ to: 'hal@m.test' }, { to: 'ida@m.test' }, { to: 'nobody' }] }
  const [first, again] = [
    await inject(server, '/v1/messages/batch', call, { 'idempotency-key': 'spring' }),
    await inject(server, '/v1/messages/batch', call, { 'idempotency-key': 'spring' }),
  ]
  assert.deepEqual([first.json.results[1].status, again.json], ['queued', first.json])
  const other = await inject(server, '/v1/messages/batch', { ...call, data: { x: 1 } }, { 'idempotency-key': 'spring' })
  assert.equal(other.status, 409)
  for (const name of ['hal', 'ida']) assert.equal((await server.outcome(`${name}@m.test`)).kind, 'delivered')
  assert.equal(peer.messages.length, before + 2)
})

test('a call that comes again is told what it was told before, whatever changed since', async () => {
  const before = peer.messages.length
  const template = (id: string, text: string) => server.call('template.add', { id, text })
  const message = { from: 'ann@sender.test', subject: 'Hello' }
  await template('greeting', 'Hello {{ first }}')
  const many = {
    message: { ...message, template: { id: 'greeting' } },
    recipients: [{ to: 'kim@m.test', data: { first: 'Kim' } }, { to: 'lou@m.test' }],
  }
  const several = {
    messages: [
      { ...message, to: ['mia@m.test'], text: 'Hello' },
      { ...message, to: ['ned@m.test'], template: { id: 'later' } },
    ],
  }
  const ask = async () => [
    await inject(server, '/v1/messages/batch', many, { 'idempotency-key': 'many' }),
    await inject(server, '/v1/messages/batch', several, { 'idempotency-key': 'several' }),
  ]
  const told = (await ask()).map(({ status, json }) => [status, json])
  assert.match(JSON.stringify(told), /queued.*merge-failed.*queued.*template-not-found/)
  await template('greeting', 'Hello')
  await template('later', 'Hello')
  assert.deepEqual(
    (await ask()).map(({ status, json }) => [status, json]),
    told,
  )
  for (const name of ['kim', 'mia']) assert.equal((await server.outcome(`${name}@m.test`)).kind, 'delivered')
  assert.equal(peer.messages.length, before + 2)
  for (const id of ['greeting', 'later']) await server.call('template.remove', { id })
})

test('what is wrong with the message itself refuses the call, and what no recipient can be given all of them', async () => {
  const pool = await inject(server, '/v1/messages/batch', {
    message: { ...MESSAGE, missing: 'empty', pool: 'nobodys' },
    recipients: [{ to: 'a@m.test' }],
  })
  assert.deepEqual(
    [pool.status, pool.json.error],
    [403, { code: 'not-allowed', message: 'The account may not use the pool that the message names.', field: 'pool' }],
  )
  const recipients = [{ to: 'bob@m.test' }]
  const calls = [
    [{ ...MESSAGE, html: '{{ x ' }, 422, 'invalid-field', /The HTML is no Liquid that is known here: .* not closed/],
    [{ ...MESSAGE, to: ['x@m.test'] }, 422, 'invalid-field', /message\.to cannot be there/],
    [{ ...MESSAGE, headers: { 'Message-ID': '<a@b>' } }, 422, 'invalid-field', /Message-ID/],
    [{ ...MESSAGE, pool: 'none' }, 403, 'not-allowed', /pool/],
    [{ ...MESSAGE, attachments: [{ name: 'a', content: '!!!' }] }, 422, 'invalid-field', /message\.attachments\[0\]\.content is no base64/],
  ] as const
  for (const [message, wanted, code, words] of calls) {
    const { status, json } = await inject(server, '/v1/messages/batch', { message: { ...message, missing: 'empty' }, recipients })
    assert.deepEqual([status, json.error?.code], [wanted, code], JSON.stringify(json))
    assert.match(json.error.message, words)
  }
  const { json } = await inject(server, '/v1/messages/batch', { message: MESSAGE, recipients })
  assert.equal(json.results[0].error.code, 'merge-failed')
})

test('a message with data is filled in when it is handed in; one without stays as it is', async () => {
  const before = peer.messages.length
  const filled = await inject(server, '/v1/messages', { ...MESSAGE, from: 'ann@sender.test', to: ['fay@m.test'], data: { first: 'Fay' } })
  assert.equal(filled.status, 202)
  const plain = await inject(server, '/v1/messages', {
    from: 'ann@sender.test',
    to: ['gus@m.test'],
    subject: '{{ first }}',
    text: '%%first%%',
  })
  assert.equal(plain.status, 202)
  const missing = await inject(server, '/v1/messages', { ...MESSAGE, from: 'ann@sender.test', to: ['fay@m.test'], data: {} })
  assert.deepEqual([missing.status, missing.json.error.code], [422, 'merge-failed'])
  const messages = (await peer.waitForMessages(before + 2)).slice(before).map(({ data }) => data.toString())
  assert.ok(messages.some((text) => text.includes('Subject: For Fay') && text.includes('Hello Fay of nowhere')))
  assert.ok(messages.some((text) => text.includes('Subject: {{ first }}') && text.includes('%%first%%')))
})

test('stored templates are named by calls, by version; and previewed', async () => {
  const before = peer.messages.length
  const [{ id: account }] = [server.account]
  const file = join(server.home, 'welcome.txt')
  writeFileSync(file, 'Welcome, %%name%%!')
  await server.hms('template', 'add', 'welcome', '--account', String(account), '--subject', 'Hi {{ name }}', '--text', file)
  writeFileSync(file, 'Hello again, {{ name }}!')
  await server.hms(
    'template',
    'add',
    'welcome',
    '--account',
    String(account),
    '--subject',
    'Hi {{ name }}',
    '--text',
    file,
    '--note',
    'again',
  )
  await server.hms('template', 'add', 'all', '--html', file)
  const listed = (await server.hms('template', 'ls')) as { id: string; account: number | null; version: number }[]
  assert.deepEqual(
    listed.map((row) => [row.id, row.account, row.version]),
    [
      ['all', null, 1],
      ['welcome', account, 2],
    ],
  )
  const preview = await inject(server, '/v1/templates/preview', { template: { id: 'welcome', version: 1 }, data: { name: 'Ann' } })
  assert.deepEqual(preview.json, { subject: 'Hi Ann', text: 'Welcome, Ann!' })
  const shown = await server.hms('template', 'preview', 'all', '--data', '{"name":"<A>"}')
  assert.deepEqual(shown, { html: 'Hello again, &lt;A&gt;!' })
  const message = { from: 'ann@sender.test', template: { id: 'welcome' } }
  const one = await inject(server, '/v1/messages', { ...message, to: ['jan@m.test'], data: { name: 'Jan' } })
  assert.equal(one.status, 202, one.text)
  const many = await inject(server, '/v1/messages/batch', { message, recipients: [{ to: 'kim@m.test', data: { name: 'Kim' } }] })
  assert.equal(many.json.results[0].status, 'queued', many.text)
  const messages = (await peer.waitForMessages(before + 2)).slice(before).map(({ data }) => data.toString())
  for (const name of ['Jan', 'Kim'])
    assert.ok(messages.some((text) => text.includes(`Subject: Hi ${name}`) && text.includes(`Hello again, ${name}!`)))
  const unknown = await inject(server, '/v1/messages', { ...message, template: { id: 'welcome', version: 9 }, to: ['x@m.test'] })
  assert.deepEqual([unknown.status, unknown.json.error.code], [422, 'template-not-found'])
  await server.hms('template', 'rm', 'welcome', '--account', String(account))
  const gone = await inject(server, '/v1/messages', { ...message, to: ['x@m.test'], data: { name: 'X' } })
  assert.equal(gone.json.error.code, 'template-not-found')
})
