import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryPlugin } from '@hurricane-mta/plugin/test'

const folder = import.meta.dirname
const budget = '60s'
/** Quoted-printable of UTF-8. */
function readQuoted(coded: string): string {
  const octets = coded
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(octets, 'latin1').toString()
}

const settings = { text: 'Vertraulich: nur für Empfänger.' }

test('a plain message of ASCII stays so with a text of ASCII', async () => {
  await using trial = await tryPlugin({ folder, budget, settings: { text: '-- \nConfidential.' } })
  const { mail } = await trial.send({ message: 'Subject: hello\n\nhello\n' })
  assert.deepEqual(mail?.header, [{ name: 'Subject', value: 'hello' }])
  assert.equal(mail?.body, 'hello\r\n\r\n-- \r\nConfidential.\r\n')
})

test('a text that is not ASCII makes plain ASCII quoted-printable, and says so in the header', async () => {
  await using trial = await tryPlugin({ folder, budget, settings })
  const { mail } = await trial.send({ message: 'Subject: hello\nContent-Type: text/plain; charset=iso-8859-1\n\na=b\n' })
  assert.deepEqual(mail?.header.slice(1), [
    { name: 'Content-Type', value: 'text/plain; charset=utf-8' },
    { name: 'Content-Transfer-Encoding', value: 'quoted-printable' },
    { name: 'MIME-Version', value: '1.0' },
  ])
  assert.equal(mail?.body, 'a=3Db\r\n\r\nVertraulich: nur f=C3=BCr Empf=C3=A4nger.\r\n')
})

test('text and HTML of alternatives get it, attachments and pictures do not', async () => {
  await using trial = await tryPlugin({ folder, budget, settings })
  const long = `${'ein sehr langer Satz '.repeat(6)}ü`
  const message = [
    'Content-Type: multipart/mixed; boundary="a b"',
    '',
    'preamble',
    '--a b',
    'Content-Type: multipart/alternative;\r\n boundary=c',
    '',
    '--c',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(long).toString('base64'),
    '--c',
    'content-type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<html><body><b>f=C3=BCr</b></body></html>',
    '--c--',
    '--a b',
    'Content-Type: text/plain',
    'Content-Disposition: attachment; filename=x.txt',
    '',
    'an attachment',
    '--a b--',
    'epilogue',
    '',
  ].join('\r\n')
  const { mail } = await trial.send({ message })
  const body = mail?.body ?? ''
  const [, coded = ''] = /base64\r\n\r\n([^-]+)\r\n--c/.exec(body) ?? []
  assert.equal(Buffer.from(coded, 'base64').toString(), `${long}\r\n\r\n${settings.text}`)
  const [, html = ''] = /quoted-printable\r\n\r\n([^-]+)\r\n--c/.exec(body) ?? []
  assert.equal(readQuoted(html), '<html><body><b>für</b><p>Vertraulich: nur f&#252;r Empf&#228;nger.</p>\r\n</body></html>')
  assert.ok(body.startsWith('preamble\r\n--a b\r\nContent-Type: multipart/alternative;\r\n boundary=c\r\n\r\n--c\r\n'), body)
  assert.ok(
    body.endsWith(
      '--c--\r\n--a b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=x.txt\r\n\r\nan attachment\r\n--a b--\r\nepilogue\r\n',
    ),
  )
})

test('a message that is signed goes as it is, and the log says so; or it is refused', async () => {
  const signed =
    'Content-Type: multipart/signed; boundary=s; protocol="application/pgp-signature"\n\n--s\n\nhello\n--s\n\nsignature\n--s--\n'
  await using leaving = await tryPlugin({ folder, budget, settings })
  for (const message of [
    signed,
    'DKIM-Signature: v=1; d=other.example\n\nhello\n',
    'Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\n\nhello\n',
  ]) {
    const { mail } = await leaving.send({ message })
    assert.equal(Buffer.from(mail?.octets ?? []).toString(), message.replaceAll('\n', '\r\n'))
    assert.match(leaving.lines.at(-1)?.text ?? '', /is signed, and goes without the text/)
  }
  await using refusing = await tryPlugin({ folder, budget, settings: { ...settings, signed: 'refuse' } })
  assert.equal((await refusing.send({ message: signed })).text, '550 5.7.1 Signed messages are not taken here.')
})

test('lines of quoted-printable are at most 76 characters, and read as before', async () => {
  await using trial = await tryPlugin({ folder, budget, settings })
  const text = `${'ü'.repeat(100)} ${'x'.repeat(200)} =\r\n`
  const qp = Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[^\r\n -<>-~]/g, (c) => `=${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const cut = qp.replaceAll(/(?:=[0-9A-F]{2}|[^=\r\n]){1,20}(?=.)/g, '$&=\r\n')
  const head = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
  const { mail } = await trial.send({ message: `${head}${cut}` })
  const lines = mail?.body.split('\r\n') ?? []
  assert.ok(
    lines.every((line) => line.length <= 76),
    String(lines.find((line) => line.length > 76)),
  )
  assert.equal(readQuoted(mail?.body ?? ''), `${text}\r\n${settings.text}\r\n`)
})
