// `npm run bench:panel`: whether the Control Panel stays smooth while ten thousand events a second arrive. A real server and Debian's Chromium; between
// them a proxy that passes everything on, but for the two streams that the pages follow, which it fills at that pace with what the server said once:
// events through the tail that the server has them in.
// Measured is what a person would feel: tasks that kept the page from answering, and the time between frames.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { EpochMs } from '../src/base/brand.ts'
import type { NumberedEvent } from '../src/contract/events.ts'
import type { Status } from '../src/contract/operations.ts'
import { EventTail } from '../src/api/operations/history/event-tail.ts'
import { linesFor } from '../testkit/event-lines.ts'
import { login, panelHouse, someMail } from '../testkit/panel-house.ts'
import { machine } from './processes.ts'

const HELP = `npm run bench:panel -- [--rate N] [--seconds N]
  --rate N     events a second (10000)
  --seconds N  on each page (10; 60 at most)`
/** As the server looks. */
const NEWEST_EVERY = 500
const STATUS_EVERY = 1000

interface Fed {
  readonly status: Status
  readonly sample: NumberedEvent
  readonly rate: number
}

/** Says what comes until whoever listens has gone. */
function stream(response: ServerResponse, every: number, next: (tick: number) => string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' })
  let tick = 0
  const began = performance.now()
  const timer = setInterval(() => {
    // A timer that is late makes up for it: the pace is what was promised.
    while (tick * every <= performance.now() - began) response.write(next(tick++))
  }, every)
  response.once('close', () => clearInterval(timer))
}

function feedEvents(response: ServerResponse, { sample, rate }: Fed, most: number): void {
  const tail = new EventTail('bench')
  const each = Math.round((rate * NEWEST_EVERY) / 1000)
  const made = (n: number): NumberedEvent => ({ ...sample, id: `0.${n}`, recipient: `n${n}@northmail.example`, at: Date.now() as EpochMs })
  let place = tail.newest(null, most, null).last
  stream(response, NEWEST_EVERY, (tick) => {
    tail.add(linesFor(Array.from({ length: each }, (_, n) => made(tick * each + n))))
    const newest = tail.newest(place, most, null)
    place = newest.last
    return `event: newest\nid: ${place}\ndata: ${JSON.stringify(newest)}\n\n`
  })
}

function feedStatus(response: ServerResponse, { status, rate }: Fed): void {
  stream(response, STATUS_EVERY, (second) => {
    const more = second * rate
    const now = { ...status, accepted: status.accepted + more, delivered: status.delivered + more }
    return `event: status\ndata: ${JSON.stringify(now)}\n\n`
  })
}

function passOn(port: number, asked: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, headers } = asked
  const there = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  there.once('error', () => response.destroy())
  response.once('close', () => there.destroy())
  asked.pipe(there)
}

/** In the page: how long tasks were that kept it from answering, and how far frames were apart. */
const WATCH = `globalThis.smooth = { tasks: [], frames: [] };
new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) smooth.tasks.push(duration) }).observe({ type: 'longtask' });
let last = performance.now();
const frame = (now) => { smooth.frames.push(now - last); last = now; requestAnimationFrame(frame) };
requestAnimationFrame(frame)`

interface Seen {
  readonly tasks: readonly number[]
  readonly frames: readonly number[]
}

function told(what: string, { tasks, frames }: Seen, seconds: number): string {
  const sorted = frames.toSorted((a, b) => a - b)
  const at = (share: number): string => `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(0)} ms`
  const all = tasks.reduce((sum, one) => sum + one, 0)
  const longest = Math.max(0, ...tasks)
  return [
    `${what}: ${(frames.length / seconds).toFixed(0)} frames a second, apart ${at(0.5)} (median), ${at(0.99)} (99 of 100), ${at(1)} (most)`,
    `  tasks of 50 ms and more: ${tasks.length}, ${all.toFixed(0)} ms in all (${((all / seconds / 1000) * 100).toFixed(1)} % of the time), the longest ${longest.toFixed(0)} ms`,
  ].join('\n')
}

const { values } = parseArgs({
  options: { rate: { type: 'string', default: '10000' }, seconds: { type: 'string', default: '10' }, help: { type: 'boolean' } },
})
if (values.help === true) {
  process.stdout.write(`${HELP}\n`)
} else {
  const [rate, seconds] = [Number(values.rate), Math.min(60, Number(values.seconds))]
  if (!(rate >= 100 && seconds >= 1)) throw new Error(HELP)
  await using house = await panelHouse()
  await someMail(house.server, 2)
  const { events } = await house.server.call('events.find', { kinds: ['delivered'], limit: 1 })
  const [sample] = events
  if (sample === undefined) throw new Error('no mail was delivered')
  const fed: Fed = { status: await house.server.status(), sample, rate }
  const proxy = createServer((asked, response) => {
    const isStream = (asked.headers.accept ?? '').includes('text/event-stream')
    const { pathname, searchParams } = new URL(asked.url ?? '/', 'http://localhost')
    if (isStream && pathname === '/api/v1/events/newest') return feedEvents(response, fed, Number(searchParams.get('most') ?? 100))
    if (isStream && pathname === '/api/v1/status') return feedStatus(response, fed)
    return passOn(house.server.panelPort, asked, response)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  await using _proxy = {
    [Symbol.asyncDispose]: async () => {
      proxy.closeAllConnections()
      proxy.close()
    },
  }
  await using visitor = await house.browser.visit(`http://localhost:${(proxy.address() as AddressInfo).port}`)
  const { page } = visitor
  await login(visitor, house.server.admin.user, house.server.admin.password)
  const measure = async (what: string): Promise<void> => {
    await page.evaluate(WATCH)
    await wait(seconds * 1000)
    process.stdout.write(`${told(what, await page.evaluate<Seen>('smooth'), seconds)}\n`)
  }
  const { cores, kernel, processor } = machine()
  process.stdout.write(`${cores} cores, ${processor}, Linux ${kernel}\n${rate} events a second, ${seconds} s on each page\n`)
  await page.getByText('Mail is flowing').first().waitFor()
  await measure('overview')
  await visitor.open('/messages', 'Messages')
  await page.getByRole('button', { name: 'Follow live' }).click()
  await page
    .getByRole('link', { name: /^n\d+@northmail\.example$/ })
    .first()
    .waitFor()
  await measure('messages, followed live')
}
