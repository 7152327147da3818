// The small HTTP server: who is told what came, who is cut off, and what is bounded. Bodies are in web-bodies.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { testCertificate } from '../../../testkit/certificate.ts'
import { until } from '../../../testkit/patience.ts'
import { BASE, ended, listener, opened, spoken } from '../../../testkit/web-listening.ts'
import { openWebListener, type WebListener } from './web-listener.ts'

test('a request is told as it came, its body too; a body that is too large is not read', async () => {
  await listener({ proxyFrom: ['127.0.0.1/32', '10.0.0.0/8'] }, async (server, asked) => {
    const head = 'POST /u/x?y=1 HTTP/1.1\r\nHost: Click.Example.com:443\r\nConnection: close\r\nUser-Agent: test\r\nAccept-Language: de\r\n'
    const answer = await spoken(server, `${head}X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.0.0.1\r\nContent-Length: 5\r\n\r\na=b&c`)
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nyes$/)
    assert.deepEqual(asked, [
      {
        method: 'POST',
        host: 'click.example.com',
        path: '/u/x',
        body: 'a=b&c',
        client: '192.0.2.7',
        agent: 'test',
        language: 'de',
        purpose: null,
      },
    ])
    assert.match(await spoken(server, `${head}Content-Length: 5000\r\n\r\n${'x'.repeat(5000)}`), /^HTTP\/1\.1 413 /)
    assert.equal(asked.length, 1)
  })
})

test('who is no proxy cannot say that it is somebody else', async () => {
  await listener({ proxyFrom: ['10.0.0.0/8'] }, async (server, asked) => {
    await spoken(server, 'HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n')
    assert.equal(asked[0]?.client, '127.0.0.1')
  })
})

const HOPS = [
  ['192.0.2.7', '192.0.2.7'],
  ['6.6.6.6, 192.0.2.7', '192.0.2.7'],
  ['6.6.6.6,192.0.2.7 , 10.0.0.1,10.0.0.2', '192.0.2.7'],
  ['192.0.2.7:51234', '192.0.2.7'],
  ['[2001:db8::7]:51234', '2001:db8::7'],
  ['2001:db8::7', '2001:db8::7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  // Nobody is told by a word, and least of all by what a stranger wrote before it.
  ['6.6.6.6, unknown', '127.0.0.1'],
  ['6.6.6.6, _hidden, 10.0.0.1', '127.0.0.1'],
  ['6.6.6.6, 192.0.2.7:x', '127.0.0.1'],
  ['', '127.0.0.1'],
  ['10.0.0.1, 10.0.0.2', '127.0.0.1'],
] as const

test('behind proxies it is the last who is none, with or without a port; a word that is no address hides nobody behind another', async () => {
  await listener({ proxyFrom: ['127.0.0.1/32', '10.0.0.0/8'] }, async (server, asked) => {
    for (const [field, client] of HOPS) {
      await spoken(server, `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: ${field}\r\n\r\n`)
      assert.equal(asked.at(-1)?.client, client, field)
    }
    // Of two fields the second counts, which the nearer proxy wrote.
    await spoken(server, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.8\r\n\r\n')
    assert.equal(asked.at(-1)?.client, '192.0.2.8')
  })
})

test('who dribbles a header or a body, or says nothing, is cut off, and others are answered meanwhile', async () => {
  await listener({ patience: { header: 300, request: 600, silence: 900 } }, async (server, asked) => {
    const slow = await Promise.all(Array.from({ length: 20 }, () => opened(server)))
    slow.forEach((socket, i) => {
      socket.on('error', () => {})
      socket.resume()
      if (i % 3 === 0) socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-A: ')
      if (i % 3 === 1) socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\na')
    })
    // On a busy machine the first may be no quicker than those.
    const isAnswered = async (): Promise<boolean> =>
      (await spoken(server, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).startsWith('HTTP/1.1 200 ')
    await until(isAnswered)
    await Promise.all(slow.map(ended))
    assert.equal(asked.length, 1)
  })
})

test('connections are bounded, in all and from one address; whoever is over is not answered, and comes in again later', async () => {
  for (const bound of [{ connections: 3 }, { connectionsPerAddress: 3 }])
    await listener(bound, async (server) => {
      const held = [await opened(server), await opened(server), await opened(server)]
      while (server.open < 3) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.equal(await spoken(server, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), '')
      for (const socket of held) socket.destroy()
      while (server.open > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.match(await spoken(server, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /)
    })
})

const head = 'POST / HTTP/1.1\r\nHost: x\r\n'
const MALFORMED = [
  [`GET / HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ['\x16\x03\x01\x00\x05hello\r\n\r\n', 400],
  // What a proxy before us may read otherwise (rfc:9112#11.2).
  [`${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  [`${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`, 400],
  [`${head}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
  [`${head}Transfer-Encoding: chunked\r\n\r\n5\nabcde\r\n0\r\n\r\n`, 400],
  [`${head}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n`, 400],
  ['POST / HTTP/1.1\nHost: x\n\n', 400],
  [`${head}X-A: b\r\n folded\r\n\r\n`, 400],
  [`${head}X-A : b\r\n\r\n`, 400],
  [`${head}X-A: b\0c\r\n\r\n`, 400],
  [`${head}X-A: b\rX-B: c\r\n\r\n`, 400],
  ['POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 400],
  [`${head}Host: y\r\nContent-Length: 0\r\n\r\n`, 400],
  ['GET / HTTP/1.1\r\nHost: x, y\r\n\r\n', 400],
  ['GET / HTTP/1.1\r\nHost: a@x\r\n\r\n', 400],
  ['GET / HTTP/1.1\r\nHost: x/y\r\n\r\n', 400],
  [`${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
] as const

test('what is no HTTP, or HTTP that another would read otherwise, is told so and asks nothing', async () => {
  await listener({}, async (server, asked) => {
    for (const [text, status] of MALFORMED)
      assert.match(await spoken(server, text), new RegExp(`^HTTP/1\\.1 ${status} (?!.*HTTP/1)`, 's'), JSON.stringify(text.slice(0, 99)))
    assert.equal(asked.length, 0)
  })
})

test('whoever does not take his answer is cut off', async () => {
  const answer = async () => ({ status: 200, headers: {}, body: 'x'.repeat(30_000_000) })
  await listener({ answer, patience: { header: 300, request: 300, silence: 3_600_000 } }, async (server) => {
    const idle = await opened(server)
    idle.on('error', () => {})
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => server.open === 1)
    await until(() => server.open === 0)
    idle.destroy()
  })
})

test('whoever goes on sending after his answer is cut off, after a while in which he can read it', async () => {
  const patience = { header: 300, request: 3_600_000, silence: 3_600_000 }
  const server = await openWebListener({ ...BASE, room: 1000, patience, handle: async () => ({ status: 401, headers: {}, body: '' }) })
  const endless = await opened(server)
  endless.on('error', () => {})
  let answer = ''
  endless.on('data', (chunk) => (answer += chunk.toString()))
  try {
    endless.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n')
    await until(() => {
      endless.write('x'.repeat(1000))
      return endless.destroyed
    })
    assert.match(answer, /^HTTP\/1\.1 401 /)
  } finally {
    endless.destroy()
    await server.close(0)
  }
})

test('of requests that do not wait for answers some are answered, and the connection of whoever sends very many is cut', async () => {
  await listener({}, async (server, asked) => {
    const one = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
    const last = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
    const answers = await spoken(server, `${one.repeat(19)}${last}`)
    assert.equal(answers.match(/HTTP\/1\.1 200 /g)?.length, 20)
    await spoken(server, `${one.repeat(500)}${last}`)
    assert.ok(asked.length <= 52, String(asked.length))
  })
})

test('many requests in each read of many connections leave other work its turns: one such connection is read in each', async () => {
  const [turns, seen] = [new Map<number, Set<string>>(), new Set<string>()]
  let [turn, isOver] = [0, false]
  const next = (): void => {
    turn++
    if (!isOver) setImmediate(next)
  }
  const server = await openWebListener({
    ...BASE,
    room: 1000,
    handle: async ({ path }) => {
      seen.add(path)
      turns.set(turn, (turns.get(turn) ?? new Set()).add(path))
      return { status: 200, headers: {}, body: '' }
    },
  })
  const sockets = await Promise.all(Array.from({ length: 20 }, () => opened(server)))
  try {
    await until(() => server.open === sockets.length)
    next()
    for (const [n, socket] of sockets.entries()) {
      socket.on('error', () => {})
      socket.resume()
      socket.write(`GET /${n} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(2000))
    }
    await Promise.all(sockets.map(ended))
    assert.equal(seen.size, sockets.length, 'each had its turn')
    assert.ok(
      [...turns.values()].every(({ size }) => size <= 2),
      JSON.stringify([...turns.values()].map(({ size }) => size)),
    )
    assert.match(await spoken(server, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200 /)
  } finally {
    isOver = true
    for (const socket of sockets) socket.destroy()
    await server.close(0)
  }
})

const TARGETS = [
  ['http://Other.example.com:8025/v1/messages?a=b?c', ['/v1/messages', 'a=b?c', 'Other.example.com:8025']],
  ['HTTPS://other.example.com', ['/', '', 'other.example.com']],
  ['http://other.example.com?a', ['/', 'a', 'other.example.com']],
  ['/http://other.example.com/x', ['/http://other.example.com/x', '', 'x']],
  ['*', ['*', '', 'x']],
] as const

test('a target in absolute form is its path and query, and its host holds before the field', async () => {
  const told: unknown[] = []
  const server = await openWebListener({
    ...BASE,
    room: 1000,
    handle: async ({ path, query, headers }) => {
      told.push([path, query, headers.host])
      return { status: 200, headers: {}, body: '' }
    },
  })
  const ask = (listening: WebListener, target: string): Promise<string> =>
    spoken(listening, `OPTIONS ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  try {
    for (const [target] of TARGETS) await ask(server, target)
    assert.deepEqual(told, TARGETS.map(([, is]) => is)) // oxfmt-ignore
  } finally {
    await server.close(0)
  }
  await listener({}, async (small, asked) => {
    await ask(small, 'https://Click.example.com:443/c/x?y')
    assert.deepEqual([asked[0]?.path, asked[0]?.host], ['/c/x', 'click.example.com'])
  })
})

test('who asks for no name is shown the certificate of now', async () => {
  let { cert, key } = testCertificate('one.test')
  let options = { cert, key }
  const own = createSecureContext(testCertificate('named.test'))
  await listener({ context: () => own, nameless: () => options }, async ({ address }) => {
    const shown = async (servername: string): Promise<string | undefined> => {
      const socket = connectTls({ host: address.host, port: address.port, servername, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { subjectaltname } = socket.getPeerCertificate()
      socket.destroy()
      return /DNS:([^,]*)/.exec(subjectaltname ?? '')?.[1]
    }
    assert.deepEqual([await shown(''), await shown('named.test')], ['one.test', 'named.test'])
    ;({ cert, key } = testCertificate('two.test'))
    options = { cert, key }
    assert.deepEqual([await shown(''), await shown('named.test')], ['two.test', 'named.test'])
  })
})

test('an answer may go on until its client leaves, who is told from a proxy whether he came over TLS', async () => {
  const told: boolean[] = []
  let gone = false
  await using stack = new AsyncDisposableStack()
  const server = await openWebListener({
    ...BASE,
    proxyFrom: ['127.0.0.1'],
    room: 1000,
    handle: async ({ isSecure }) => {
      told.push(isSecure)
      const body = async function* (signal: AbortSignal): AsyncGenerator<string> {
        signal.addEventListener('abort', () => (gone = true))
        for (let n = 0; !signal.aborted; n++) {
          yield `piece ${n}\n`
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
      }
      return { status: 200, headers: { 'content-type': 'text/plain' }, body }
    },
  })
  stack.defer(() => server.close(0))
  for (const proto of ['https', 'http']) {
    const socket = await opened(server)
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: ${proto}\r\n\r\n`)
    await until(async () => text.includes('piece 3'), 'three pieces')
    gone = false
    socket.destroy()
    await until(async () => gone, 'its end')
  }
  assert.deepEqual(told, [true, false])
})
