// The panel of a running server behind a proxy, and what whoever is none says of himself: networks of keys, cookies, failures by network.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callApi, type Told } from '../testkit/management.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const forwarded = (address: string, more: Readonly<Record<string, string>> = {}) => ({ 'x-forwarded-for': address, ...more })
const TLS = { 'x-forwarded-proto': 'https' }

function login(server: TestServer, password: string, headers: Readonly<Record<string, string>>): Promise<Told> {
  const body = { user: server.admin.user, password }
  return callApi(`http://127.0.0.1:${server.panelPort}`, 'POST /login', { body, headers })
}

async function keyOf(server: TestServer): Promise<(headers: Readonly<Record<string, string>>) => Promise<number>> {
  const { secret } = await server.call('key.add', { name: 'bound', role: 'viewer', networks: ['192.0.2.0/24'] })
  const base = `http://127.0.0.1:${server.panelPort}`
  return async (headers) => (await callApi(base, 'GET /status', { key: secret, headers })).status
}

test('behind a proxy of the configuration the client is who it says at last, for networks of keys, cookies, and failures', async () => {
  await using server = await startServer({ config: { 'panel.proxy_from': '127.0.0.1/32', 'auth.failures': '5', 'auth.trusted': '' } })
  const status = await keyOf(server)
  assert.equal(await status(forwarded('192.0.2.9')), 200)
  assert.equal(await status(forwarded('198.51.100.1, 192.0.2.9:51234')), 200)
  for (const spoofed of ['192.0.2.9, 198.51.100.1', '192.0.2.9, unknown', '198.51.100.1, 127.0.0.1', ''])
    assert.equal(await status(forwarded(spoofed)), 403, spoofed)

  const { password } = server.admin
  const said = await login(server, password, forwarded('192.0.2.9', TLS))
  assert.match(said.headers.get('set-cookie') ?? '', /^__Host-hms=.*; Secure$/)
  assert.equal((await login(server, password, forwarded('192.0.2.9'))).status, 403, 'without TLS')

  // Forty guesses at once, one of them right: those that were looked at before it fail, and it is not told.
  const from = forwarded('203.0.113.7', TLS)
  for (let n = 0; n < 4; n++) assert.equal((await login(server, 'wrong', from)).status, 401)
  const guesses = Array.from({ length: 40 }, (_, n) => login(server, n === 39 ? password : `wrong ${n}`, from))
  const told = (await Promise.all(guesses)).map((one) => one.status)
  assert.deepEqual(new Set(told.filter((one) => one !== 401)), new Set([429]))
  assert.equal((await login(server, password, from)).status, 429)
  assert.equal((await login(server, password, forwarded(`${from['x-forwarded-for']}, 192.0.2.9`, TLS))).status, 200, 'nobody else')
})

test('where there is no proxy, nobody says where he is from', async () => {
  await using server = await startServer()
  const status = await keyOf(server)
  for (const headers of [forwarded('192.0.2.9'), { forwarded: 'for=192.0.2.9' }, { 'x-real-ip': '192.0.2.9' }])
    assert.equal(await status(headers), 403)
  const { headers } = await login(server, server.admin.password, forwarded('192.0.2.9', TLS))
  assert.match(headers.get('set-cookie') ?? '', /^hms=(?!.*Secure)/)
})
