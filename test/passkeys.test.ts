// Passkeys on a real server, as a browser at `localhost` uses them: made, logged in with, shown by hms and taken away by it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { LoginState, Me } from '../src/contract/access.ts'
import type { PasskeyCreation, PasskeyRequest, PasskeyView } from '../src/contract/passkeys.ts'
import { Authenticator } from '../testkit/authenticator.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

/** A browser whose page is at `http://localhost`, with its cookie. */
class Browser {
  readonly origin: string
  readonly #server: TestServer
  cookie = ''

  constructor(server: TestServer) {
    this.#server = server
    this.origin = `http://localhost:${server.panelPort}`
  }

  async call<T>(what: string, body?: unknown): Promise<T> {
    const [method = '', path = ''] = what.split(' ')
    const said = body === undefined ? '' : JSON.stringify(body)
    const headers = {
      host: new URL(this.origin).host,
      origin: this.origin,
      cookie: this.cookie,
      ...(said !== '' && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(said) }),
    }
    const asked = request({ host: '127.0.0.1', port: this.#server.panelPort, method, path: `/api/v1${path}`, headers, agent: false })
    asked.end(said)
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    const answer = await text(response)
    const [cookie] = response.headers['set-cookie'] ?? []
    if (cookie !== undefined) this.cookie = cookie.split(';')[0] ?? ''
    assert.ok((response.statusCode ?? 0) < 300, `${what}: ${response.statusCode} ${answer}`)
    return JSON.parse(answer) as T
  }
}

test('a passkey logs in alone and beside the password, outlives a start, and is shown and removed by hms', async () => {
  await using server = await startServer()
  const { user, password } = server.admin
  const browser = new Browser(server)
  const device = new Authenticator(browser.origin)
  await browser.call('POST /login', { user, password })
  const creation = await browser.call<PasskeyCreation>('POST /me/passkeys/options', { password })
  await browser.call('POST /me/passkeys', { name: 'laptop', passkey: device.make(creation) })
  const [own] = (await browser.call<{ data: PasskeyView[] }>('GET /me/passkeys')).data
  assert.equal(own?.name, 'laptop')
  await browser.call('POST /logout')

  assert.equal(await server.stop(), 0)
  await server.startAgain()
  const again = new Browser(server)
  const asked = await again.call<PasskeyRequest>('POST /login/passkey/options', {})
  const here = new Authenticator(again.origin)
  assert.throws(() => here.show(asked))
  const moved = { origin: again.origin }
  await again.call('POST /login/passkey', { passkey: device.show(asked, moved) })
  const { fresh, user: shown } = await again.call<Me>('GET /me')
  assert.notEqual(fresh, null)
  assert.equal(shown?.passkeys, 1)

  const other = new Browser(server)
  const state = await other.call<LoginState>('POST /login', { user, password })
  const ticket = state.state === 'second-factor' ? state.ticket : assert.fail('no second factor was asked for')
  const second = await other.call<PasskeyRequest>('POST /login/passkey/options', { ticket })
  await other.call('POST /login/passkey', { ticket, passkey: device.show(second, moved) })
  const renewed = await other.call<PasskeyRequest>('POST /me/fresh/options')
  await other.call('POST /me/fresh', { passkey: device.show(renewed, moved) })

  const listed = await server.hms<PasskeyView[]>('user', 'passkeys', user)
  assert.deepEqual(
    listed.map(({ id, host }) => [id, host]),
    [[own?.id, 'localhost']],
  )
  assert.equal((await server.run('user', 'passkeys', user, '--rm', 'none')).code, 1)
  await server.hms('user', 'passkeys', user, '--rm', String(own?.id))
  assert.deepEqual(await other.call('GET /me/passkeys'), { data: [], next: null })
  const { state: plain } = await other.call<LoginState>('POST /login', { user, password })
  assert.equal(plain, 'in')
  const { records } = await server.call('audit.list', { limit: 100 })
  for (const action of ['passkey added', 'user.passkeys.remove']) assert.ok(JSON.stringify(records).includes(action), action)
})
