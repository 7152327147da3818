// Where the time of a server goes, from the profiles that `node --cpu-prof` leaves of each thread: by room (folder of src/,
// or what of the runtime), and the functions at the top. Only samples within the windows of load count, and only
// busy ones; a thread that waits for the disk counts as busy.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { aligned } from './report.ts'

interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  /** µs of the system's monotonic clock. */
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
}

/** Begin and end in ms of `performance.now()` of this process. */
export type Window = readonly [from: number, to: number]

interface ThreadTimes {
  readonly name: string
  busy: number
  all: number
  readonly rooms: Map<string, number>
  readonly functions: Map<string, number>
}

const NAME = /^CPU\.\d+\.\d+\.(\d+)\.(\d+)\.\d+\.cpuprofile$/
const IDLE = /^\((?:idle|root)\)$/
/** Threads that did less are left out. */
const LEAST_BUSY = 0.02
const MOST_ROOMS = 14
const MOST_FUNCTIONS = 15

export function profileOptions(folder: string): string {
  return `--cpu-prof --cpu-prof-dir=${folder}`
}

/** The tables of all threads of the processes in `titles` that were busy. */
export function profileTables(folder: string, titles: ReadonlyMap<number, string>, windows: readonly Window[]): string {
  const threads = readdirSync(folder)
    .flatMap((file) => {
      const [, pid = '', thread = ''] = NAME.exec(file) ?? []
      const title = titles.get(Number(pid))
      if (title === undefined) return []
      const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
      return timesOf(profile, thread === '0' ? title : `${title}, thread ${thread}`, windows)
    })
    .filter(({ busy, all }) => busy > LEAST_BUSY * all)
    .sort((a, b) => b.busy - a.busy)
  if (threads.length === 0) throw new Error(`no profile of the server in ${folder} covers the load`)
  return threads.map(threadTable).join('\n\n')
}

function timesOf(profile: CpuProfile, title: string, windows: readonly Window[]): ThreadTimes {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const times: ThreadTimes = { name: `${title}${threadRole(profile.nodes)}`, busy: 0, all: 0, rooms: new Map(), functions: new Map() }
  // performance.now() and the profiles count on the same clock, from different points.
  const zero = Number(process.hrtime.bigint() / 1000n) - performance.now() * 1000
  const spans = windows.map(([from, to]) => [zero + from * 1000, zero + to * 1000] as const)
  let at = profile.startTime
  for (const [i, id] of profile.samples.entries()) {
    at += profile.timeDeltas[i] ?? 0
    // A sample stands for the time until the next one.
    const lasted = profile.timeDeltas[i + 1] ?? 0
    const frame = nodes.get(id)?.callFrame
    if (frame === undefined || lasted < 0 || !spans.some(([from, to]) => at >= from && at < to)) continue
    times.all += lasted
    if (IDLE.test(frame.functionName) || isWait(frame)) continue
    times.busy += lasted
    const name = `${frame.functionName || '(anonymous)'} ${placeOf(frame.url)}${frame.url === '' ? '' : `:${frame.lineNumber + 1}`}`
    add(times.rooms, roomOf(frame), lasted)
    add(times.functions, name.trim(), lasted)
  }
  return times
}

/** A thread that sleeps until another wakes it. */
function isWait({ functionName, url }: ProfileNode['callFrame']): boolean {
  return functionName === 'wait' && url === ''
}

function threadRole(nodes: readonly ProfileNode[]): string {
  for (const { callFrame } of nodes) {
    const file = /\/([a-z]+)-thread\.js$/.exec(callFrame.url)?.[1]
    if (file !== undefined) return ` (${file})`
  }
  return ''
}

function placeOf(url: string): string {
  return url.replace(/^.*\/dist\//, '').replace(/^.*\/node_modules\//, '')
}

/** `store/sqlite`, `engine/deliver` …; `node`; a package; `native`: what the runtime does beneath JavaScript. */
function roomOf({ functionName, url }: ProfileNode['callFrame']): string {
  if (functionName === '(garbage collector)') return 'garbage collection'
  if (functionName === '(program)') return '(program)'
  if (url === '') return 'native'
  if (url.startsWith('node:')) return 'node'
  const [, inside] = /\/dist\/(.*)\/[^/]+$/.exec(url) ?? []
  if (inside !== undefined) return inside
  return /\/node_modules\/([^/]+)/.exec(url)?.[1] ?? 'other'
}

function add(sums: Map<string, number>, key: string, n: number): void {
  sums.set(key, (sums.get(key) ?? 0) + n)
}

function threadTable({ name, busy, all, rooms, functions }: ThreadTimes): string {
  const share = (n: number): string => `${((100 * n) / busy).toFixed(1)} %`
  const top = (sums: ReadonlyMap<string, number>, most: number): [string, string][] =>
    [...sums]
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([key, n]) => [key, share(n)])
  const head = `${name}: busy ${(busy / 1e6).toFixed(2)} s of ${(all / 1e6).toFixed(2)} s (${((100 * busy) / all).toFixed(0)} %)`
  const tables = [
    aligned([['room', 'share'], ...top(rooms, MOST_ROOMS)]),
    aligned([['function', 'share'], ...top(functions, MOST_FUNCTIONS)]),
  ]
  return [head, ...tables].join('\n')
}
