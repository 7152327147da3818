// Bodies of requests: read when they are wanted, bounded in pieces and in all, and shared out between strangers and customers.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { until } from '../../../testkit/patience.ts'
import { BASE, ended, spoken } from '../../../testkit/web-listening.ts'
import { NO_ROOM } from './body-reader.ts'
import { openWebListener, type WebListenerOptions } from './web-listener.ts'

const head = 'POST / HTTP/1.1\r\nHost: x\r\n'

test('a body of very many tiny pieces is not taken; one of as many octets in fair pieces is', async () => {
  const received: (number | undefined)[] = []
  const handle: Extract<WebListenerOptions, { room: number }>['handle'] = async ({ body }) => {
    const octets = await body(1e9, 1)
    received.push(octets?.length)
    return { status: octets === null ? 413 : 200, headers: {}, body: '' }
  }
  const server = await openWebListener({ ...BASE, room: 1e9, handle })
  const chunks = `${head}Transfer-Encoding: chunked\r\n\r\n`
  try {
    // Cut off without the connection being asked to.
    assert.match(await spoken(server, `${chunks}${'1\r\nx\r\n'.repeat(40_000)}`), /^(?:HTTP\/1\.1 413 .*)?$/s)
    const fair = '10\r\nxxxxxxxxxxxxxxxx\r\n'.repeat(40_000)
    assert.match(await spoken(server, `${chunks.replace('x\r\n', 'x\r\nConnection: close\r\n')}${fair}0\r\n\r\n`), /^HTTP\/1\.1 200 /)
    assert.deepEqual(received, [undefined, 640_000])
  } finally {
    await server.close(0)
  }
})

test('whoever is not known yet has a quarter of the room for bodies, and customers the rest whatever strangers hold', async () => {
  const held = Promise.withResolvers<void>()
  let holding = 0
  const server = await openWebListener({
    ...BASE,
    room: 8000,
    handle: async ({ path, body }) => {
      try {
        await body(10_000, path === '/customer' ? 1001 : 'stranger')
      } catch (error) {
        if (error === NO_ROOM) return { status: 503, headers: { connection: 'close' }, body: '' }
        throw error
      }
      if (path === '/held') {
        holding++
        await held.promise
      }
      return { status: 200, headers: { connection: 'close' }, body: '' }
    },
  })
  const post = (path: string, octets: number) =>
    spoken(server, `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${octets}\r\n\r\n${'x'.repeat(octets)}`)
  try {
    assert.match(await post('/stranger', 2100), /^HTTP\/1\.1 503 /)
    const first = post('/held', 1500)
    await until(() => holding === 1)
    assert.match(await post('/stranger', 600), /^HTTP\/1\.1 503 /)
    assert.match(await post('/customer', 6400), /^HTTP\/1\.1 200 /)
    held.resolve()
    assert.match(await first, /^HTTP\/1\.1 200 /)
    assert.match(await post('/stranger', 1900), /^HTTP\/1\.1 200 /)
  } finally {
    held.resolve()
    await server.close(0)
  }
})

test('bodies that are read when they are wanted are bounded in all: who comes when there is no room is told, and has it later', async () => {
  const bodies: (number | null)[] = []
  const server = await openWebListener({
    ...BASE,
    room: 1000,
    handle: async (request) => {
      try {
        if (request.path === '/not') return { status: 401, headers: {}, body: '' }
        bodies.push((await request.body(900, 1001))?.length ?? null)
        return { status: bodies.at(-1) === null ? 413 : 200, headers: {}, body: '' }
      } catch (error) {
        return { status: error === NO_ROOM ? 503 : 500, headers: {}, body: '' }
      }
    },
    patience: { header: 300, request: 900, silence: 900 },
  })
  try {
    const head = (path: string, length: number): string =>
      `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`
    const slow = connect(server.address.port, server.address.host)
    slow.on('error', () => {})
    slow.resume()
    slow.write(`${head('/', 900)}${'x'.repeat(800)}`)
    while (!(await spoken(server, `${head('/', 300)}${'x'.repeat(300)}`)).startsWith('HTTP/1.1 503 ')) continue
    assert.match(await spoken(server, `${head('/not', 300)}${'x'.repeat(300)}`), /^HTTP\/1\.1 401 /)
    assert.match(await spoken(server, `${head('/', 901)}${'x'.repeat(901)}`), /^HTTP\/1\.1 413 /)
    // Who dribbles is cut off, and what he held is there for others.
    await ended(slow)
    while (!(await spoken(server, `${head('/', 900)}${'x'.repeat(900)}`)).startsWith('HTTP/1.1 200 ')) continue
    assert.equal(bodies.at(-1), 900)
  } finally {
    await server.close(0)
  }
})

test('what one customer has under way leaves as much room for others as it takes', async () => {
  const held = Promise.withResolvers<void>()
  let holding = 0
  const server = await openWebListener({
    ...BASE,
    room: 8000,
    handle: async ({ path, body }) => {
      try {
        await body(10_000, Number(path.slice(1)))
      } catch (error) {
        if (error === NO_ROOM) return { status: 503, headers: { connection: 'close' }, body: '' }
        throw error
      }
      holding++
      await held.promise
      return { status: 200, headers: { connection: 'close' }, body: '' }
    },
  })
  const post = (account: number, octets: number) =>
    spoken(server, `POST /${account} HTTP/1.1\r\nHost: x\r\nContent-Length: ${octets}\r\n\r\n${'x'.repeat(octets)}`)
  const taken = async (account: number, octets: number, sum: number): Promise<Promise<string>[]> => {
    const answer = post(account, octets)
    await until(() => holding === sum)
    return [answer]
  }
  try {
    const answers = [...(await taken(1, 2000, 1)), ...(await taken(1, 2000, 2))]
    assert.match(await post(1, 100), /^HTTP\/1\.1 503 /)
    answers.push(...(await taken(2, 3000, 3)))
    assert.match(await post(2, 100), /^HTTP\/1\.1 503 /)
    answers.push(...(await taken(3, 900, 4)))
    held.resolve()
    for (const answer of answers) assert.match(await answer, /^HTTP\/1\.1 200 /)
    assert.match(await post(1, 8000), /^HTTP\/1\.1 200 /)
  } finally {
    held.resolve()
    await server.close(0)
  }
})
