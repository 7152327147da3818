// The disks: what each step writes, measured, beside what is free where it writes; and whether a sync reaches the disk,
// measured too, because everything that was answered with 250 rests on it.
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf } from '../../base/fault.ts'
import { amount, type PreflightCheck } from './check.ts'
import { FILE_SYSTEMS } from './requirements.ts'
import { systemFile } from './system-file.ts'

export interface DiskStep {
  /** `program`, `backup`, … */
  readonly step: string
  /** Where it writes; need not exist yet. */
  readonly folder: string
  readonly octets: number
  /** What the octets are, in words. */
  readonly of: string
}

export interface DiskUse {
  readonly steps: readonly DiskStep[]
  /** Stays free on the disk of `folder` whatever is written: below it mail is not accepted. */
  readonly keptFree: { readonly folder: string; octetsOf(total: number): number }
}

/** Steps write one after the other: what one leaves on a disk the next one finds there. */
export function checkSpace({ steps, keptFree }: DiskUse): PreflightCheck[] {
  const written = new Map<number, number>()
  const keptOn = diskOf(keptFree.folder)
  return steps.map(({ step, folder, octets, of }) => {
    const disk = diskOf(folder)
    const before = written.get(disk.id) ?? 0
    written.set(disk.id, before + octets)
    const kept = disk.id === keptOn.id ? keptFree.octetsOf(disk.total) : 0
    const ok = disk.free >= before + octets + kept
    const parts = [`${amount(octets)} for ${of}`, ...(before > 0 ? [`${amount(before)} for the steps before`] : [])]
    if (kept > 0) parts.push(`${amount(kept)} that stay free for mail`)
    return {
      check: `disk: ${step}`,
      ok,
      found: `${amount(disk.free)} free at ${disk.at}`,
      needed: parts.join(', '),
      mend: ok ? null : `Make ${amount(before + octets + kept - disk.free)} of room at ${disk.at}, or have ${step} write elsewhere.`,
    }
  })
}

/** Octets of all files below a folder, 0 where there is none. `skip`: names directly in it that are left out. */
export function sizeOf(folder: string, skip: readonly string[] = []): number {
  let octets = 0
  const walk = (at: string, top: boolean): void => {
    for (const entry of entriesOf(at)) {
      if (top && skip.includes(entry.name)) continue
      const path = join(at, entry.name)
      if (entry.isDirectory()) walk(path, false)
      else octets += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0
    }
  }
  walk(folder, true)
  return octets
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

interface Disk {
  readonly id: number
  /** The folder that was looked at: the nearest one that is there. */
  readonly at: string
  readonly free: number
  readonly total: number
}

function diskOf(folder: string): Disk {
  const at = nearestFolder(folder)
  const { bavail, blocks, bsize } = statfsSync(at)
  return { id: statSync(at).dev, at, free: bavail * bsize, total: blocks * bsize }
}

export function nearestFolder(folder: string): string {
  let at = folder
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}

/** A line of /proc/self/mountinfo, as far as it matters. */
export interface Mount {
  readonly device: string
  readonly point: string
  readonly type: string
  readonly options: readonly string[]
}

export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo
    .split('\n')
    .map((line) => line.split(' - '))
    .flatMap(([left = '', right = '']) => {
      const [, , device = '', , point = '', options = ''] = left.split(' ')
      const [type = '', , superOptions = ''] = right.split(' ')
      const plain = point.replaceAll(/\\(\d{3})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
      return point === '' ? [] : [{ device, point: plain, type, options: [...options.split(','), ...superOptions.split(',')] }]
    })
}

/** The mount that a path lies on: the longest point above it; of two at one point the later one hides the other. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  const above = mounts.filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`))
  return above.reduce<Mount | undefined>(
    (best, mount) => (best === undefined || mount.point.length >= best.point.length ? mount : best),
    undefined,
  )
}

const SYNCS = 25
/** A call that asks a device takes longer than this, whatever the device. */
const DOES_NOTHING = 0.008
/** A disk that turns needs a part of a turn. */
const TOO_QUICK_FOR_PLATTERS = 0.5
/** Above this a group commit is felt by whoever waits for a 250. */
const SLOW = 50

export interface SyncMeasure {
  /** Medians, milliseconds: of writing 4 KiB, of the fdatasync after it. */
  readonly write: number
  readonly sync: number
}

export function measureSync(folder: string): SyncMeasure {
  const file = join(folder, `.hms-preflight-${process.pid}`)
  const block = Buffer.alloc(4096, 1)
  const fd = openSync(file, 'wx', 0o600)
  try {
    const writes: number[] = []
    const syncs: number[] = []
    for (let i = 0; i < SYNCS; i++) {
      const start = performance.now()
      writeSync(fd, block)
      const wrote = performance.now()
      fdatasyncSync(fd)
      writes.push(wrote - start)
      syncs.push(performance.now() - wrote)
    }
    return { write: median(writes), sync: median(syncs) }
  } finally {
    closeSync(fd)
    rmSync(file, { force: true })
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

export interface BarrierFacts {
  readonly mount: Mount | undefined
  readonly measure: SyncMeasure | { readonly failed: string; readonly denied: boolean }
  /** Of the block device, from /sys; undefined where there is none. */
  readonly rotational: boolean | undefined
  readonly writeBack: boolean | undefined
  /** A library that turns syncs off is loaded. */
  readonly tricked: boolean
}

export function lookAtBarrier(folder: string, env: Readonly<Record<string, string | undefined>> = process.env): BarrierFacts {
  const at = nearestFolder(folder)
  const mount = mountOf(parseMounts(systemFile('/proc/self/mountinfo')), realpathSync(at))
  const queue = (name: string): string => {
    const device = `/sys/dev/block/${mount?.device ?? ''}`
    return (systemFile(`${device}/queue/${name}`) || systemFile(`${device}/../queue/${name}`)).trim()
  }
  let measure: BarrierFacts['measure']
  try {
    measure = measureSync(at)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    measure = { failed: messageOf(error), denied: code === 'EACCES' || code === 'EPERM' }
  }
  const [rotational, cache] = [queue('rotational'), queue('write_cache')]
  return {
    mount,
    measure,
    rotational: rotational === '' ? undefined : rotational === '1',
    writeBack: cache === '' ? undefined : cache === 'write back',
    tricked: /eatmydata/.test(env['LD_PRELOAD'] ?? '') || /eatmydata/.test(systemFile('/etc/ld.so.preload')),
  }
}

export function checkBarrier({ mount, measure, rotational, writeBack, tricked }: BarrierFacts): PreflightCheck {
  const check = 'write barrier'
  const needed = 'a disk that has written what fdatasync returns for'
  const type = mount?.type ?? 'an unknown file system'
  if ('failed' in measure) {
    // Whether this user may write there is for the permissions to say.
    const found = `${type} at ${mount?.point ?? '?'}, not measured: ${measure.failed}`
    return { check, ok: measure.denied, found, needed, mend: 'Run it as a user who may write there.' }
  }
  const cache = writeBack === undefined ? '' : writeBack ? ', device with a cache' : ', device without a volatile cache'
  const found = `${type} at ${mount?.point ?? '?'}${cache}; fdatasync takes ${milliseconds(measure.sync)} after a write of ${milliseconds(measure.write)}`
  const answer = (ok: boolean, why: string | null, mend: string | null): PreflightCheck => ({
    check,
    ok,
    found: why === null ? found : `${found}: ${why}`,
    needed,
    mend,
  })
  const elsewhere = 'Put the home on a local disk (ext4 or xfs), with --home.'
  const system = FILE_SYSTEMS[type]
  if (system?.state === 'memory' || system?.state === 'network') return answer(false, `${type} ${system.note}`, elsewhere)
  if (tricked) return answer(false, 'libeatmydata turns syncs off', 'Start it without libeatmydata (LD_PRELOAD, /etc/ld.so.preload).')
  const off = mount?.options.find((option) => ['nobarrier', 'barrier=0', 'volatile', 'fsync=volatile'].includes(option))
  if (off !== undefined)
    return answer(false, `mounted with ${off}: what is in the cache of the disk is lost with the power`, `Mount it without ${off}.`)
  if (measure.sync < DOES_NOTHING) return answer(false, 'a sync does nothing here', elsewhere)
  if (system !== undefined)
    return answer(true, `${type} ${system.note}`, 'Put the home on a volume of a local disk where mail is to outlive the container.')
  if (rotational === true && measure.sync < TOO_QUICK_FOR_PLATTERS) {
    return answer(
      true,
      null,
      'That is quicker than a turning disk can be: fine for a virtual disk or a cache with a battery; else the disk lies.',
    )
  }
  return answer(true, null, measure.sync > SLOW ? 'That is slow: each 250 waits for a sync. A solid-state disk is quicker.' : null)
}

function milliseconds(span: number): string {
  return span < 1 ? `${Math.round(span * 1000)} µs` : `${span.toFixed(1)} ms`
}
