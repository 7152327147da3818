// The machine itself: system, memory, file descriptors, clock. Reads /proc and /etc only; needs no rights.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { availableParallelism, freemem, release, totalmem } from 'node:os'
import type { Config } from '../../contract/options.ts'
import { settingsInForce } from '../home-files.ts'
import { amount, type PreflightCheck } from './check.ts'
import { isAtLeast, NEEDS, SYSTEMS, systemRow } from './requirements.ts'
import { systemFile } from './system-file.ts'

/** What the checks of the machine are told about it; read by `lookAtMachine`, given by tests. */
export interface Machine {
  readonly platform: string
  readonly arch: string
  readonly kernel: string
  /** Undefined where the C library is another one. */
  readonly glibc: string | undefined
  readonly system: { readonly id: string; readonly version: string; readonly name: string }
  readonly cores: number
  readonly memory: { readonly total: number; readonly free: number; readonly limit: number | undefined }
  readonly descriptors: { readonly soft: number; readonly hard: number; readonly systemd: boolean }
  readonly clock: { readonly now: number; readonly keeper: string | undefined; readonly synchronized: boolean }
}

export function lookAtMachine(): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    kernel: release(),
    glibc: glibcVersion(),
    system: systemOf(systemFile('/etc/os-release')),
    cores: availableParallelism(),
    memory: { total: totalmem(), free: process.availableMemory?.() ?? freemem(), limit: memoryLimit() },
    descriptors: descriptorsOf(null),
    clock: { now: Date.now(), keeper: timeKeeper(), synchronized: existsSync('/run/systemd/timesync/synchronized') },
  }
}

export function checkPlatform({ platform, arch, kernel, glibc, system }: Machine): PreflightCheck {
  const id = platform === 'linux' ? system.id : platform
  const row = systemRow(id, system.version)
  const found = `${platform === 'linux' ? system.name : platform}, ${arch}, kernel ${kernel}, ${glibc === undefined ? 'no glibc' : `glibc ${glibc}`}`
  const needed = `Linux on ${NEEDS.architectures.join(' or ')}, kernel ${NEEDS.kernel} and glibc ${NEEDS.glibc} or newer`
  const tested = SYSTEMS.filter(({ state }) => state === 'tested').map(({ name, versions }) => `${name} ${versions.join(', ')}`)
  const stop = (mend: string): PreflightCheck => ({ check: 'platform', ok: false, found, needed, mend })
  if (row?.state === 'refused') return stop(`${row.name}: ${row.note}. Use ${tested.join(' or ')}.`)
  if (platform !== 'linux' || !NEEDS.architectures.some((known) => known === arch)) return stop(`Use ${tested.join(' or ')} on x64.`)
  if (glibc === undefined || !isAtLeast(glibc, NEEDS.glibc) || !isAtLeast(kernel, NEEDS.kernel))
    return stop('Use a newer release of the system.')
  const known = row?.state === 'tested' && arch === 'x64'
  const mend = known ? null : `Nothing to do; but the tests were run on ${tested.join(', ')} (x64) only.`
  return { check: 'platform', ok: true, found: `${found}${known ? ' (tested)' : ' (not tested)'}`, needed, mend }
}

export function workersOf(config: Config, cores: number): number {
  return config.workers > 0 ? config.workers : Math.max(1, cores - 1)
}

/** Free memory is told but not asked for: a server that runs holds what its successor will need. */
export function checkMemory({ memory, cores }: Machine, config: Config): PreflightCheck {
  const workers = workersOf(config, cores)
  const least = NEEDS.memoryBase + workers * (NEEDS.memoryWorker + config['spool.memory'])
  const have = Math.min(memory.total, memory.limit ?? memory.total)
  const limited = memory.limit !== undefined && memory.limit < memory.total ? ' (limit of the control group)' : ''
  const ok = have >= least
  return {
    check: 'memory',
    ok,
    found: `${amount(have)}${limited}, ${amount(Math.min(memory.free, have))} of it free`,
    needed: `${amount(least)} with ${workers} ${workers === 1 ? 'worker' : 'workers'} and spool.memory ${amount(config['spool.memory'])}`,
    mend: ok ? null : 'Add memory, or lower workers and spool.memory.',
  }
}

export function checkDescriptors({ descriptors: { soft, hard, systemd } }: Pick<Machine, 'descriptors'>, config: Config): PreflightCheck {
  const least = config['smtp.sessions'] + config['delivery.connections'] + NEEDS.descriptorsBase
  const found = `at most ${hard} open files in a process (${soft} at first)`
  const needed = `${least} for smtp.sessions, delivery.connections and ${NEEDS.descriptorsBase} files`
  if (hard >= least) return { check: 'file descriptors', ok: true, found, needed, mend: null }
  const byUnit = systemd && least <= NEEDS.descriptorsUnit
  const mend = byUnit
    ? `Start it by its systemd unit, which allows ${NEEDS.descriptorsUnit}; or 'ulimit -n ${least}' in the shell.`
    : `Raise LimitNOFILE= of the unit (or 'ulimit -n') to ${least}, or lower smtp.sessions and delivery.connections.`
  return { check: 'file descriptors', ok: byUnit, found, needed, mend }
}

const MINUTE = 60_000

/** Retries, expiry, logs by day, DKIM and TLS go by the clock. `home`: its newest file must not be of the future. */
export function checkClock({ clock: { now, keeper, synchronized } }: Machine, home: string): PreflightCheck {
  const base = { check: 'clock', needed: 'the right time, kept by NTP' }
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`
  if (now < Date.parse(NEEDS.earliest)) {
    return { ...base, ok: false, found: `${time}, which is before this program was made`, mend: 'Set the clock, then keep it by NTP.' }
  }
  const written = statSync(settingsInForce(home), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (written > now + MINUTE) {
    const found = `${time}, but the home was written at ${new Date(written).toISOString().slice(0, 19)}Z`
    return {
      ...base,
      ok: false,
      found,
      mend: 'Set the clock; where it was wrong before, queued messages are due later than they should be.',
    }
  }
  if (synchronized) return { ...base, ok: true, found: `${time}, synchronised`, mend: null }
  if (keeper !== undefined) return { ...base, ok: true, found: `${time}, kept by ${keeper}`, mend: null }
  return {
    ...base,
    ok: true,
    found: `${time}; nothing that keeps it was found`,
    mend: 'Run chrony or systemd-timesyncd, where the machine beneath does not keep the time.',
  }
}

function systemOf(osRelease: string): Machine['system'] {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? ''
  return { id: field('ID'), version: field('VERSION_ID'), name: field('PRETTY_NAME') || field('NAME') || 'an unknown Linux' }
}

function glibcVersion(): string | undefined {
  const report: unknown = process.report?.getReport()
  const header = (report as { header?: { glibcVersionRuntime?: string } } | undefined)?.header
  return header?.glibcVersionRuntime
}

function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() * 2 ? limit : undefined
}

/** `pid` null: of this process; another one's that cannot be read counts as none. */
export function descriptorsOf(pid: number | null): Machine['descriptors'] {
  return { ...descriptorLimits(systemFile(`/proc/${pid ?? 'self'}/limits`)), systemd: existsSync('/run/systemd/system') }
}

function descriptorLimits(limits: string): { soft: number; hard: number } {
  const [, soft, hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits) ?? []
  const number = (text: string | undefined): number => (text === 'unlimited' || text === undefined ? Number.MAX_SAFE_INTEGER : Number(text))
  return { soft: number(soft), hard: number(hard) }
}

/** `comm` of those that keep the time, as the kernel cuts it. */
const KEEPERS = new Set(['chronyd', 'ntpd', 'openntpd', 'systemd-timesyn', 'ptp4l', 'phc2sys', 'vmtoolsd'])

function timeKeeper(): string | undefined {
  try {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      const name = systemFile(`/proc/${pid}/comm`).trim()
      if (KEEPERS.has(name)) return name === 'systemd-timesyn' ? 'systemd-timesyncd' : name
    }
  } catch {
    // No /proc that can be read: then nobody was found.
  }
  return undefined
}
