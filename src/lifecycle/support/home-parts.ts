// What a support bundle takes from the files of a home and from the machine, without a database: settings, files and their sizes, ends of logs.
import { closeSync, fstatSync, lstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { release } from 'node:os'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { isMissing } from '../../base/fault.ts'
import type { Option } from '../../contract/option-kinds.ts'
import { OPTIONS, type OptionName } from '../../contract/options.ts'
import { describeProblem, type Environment, readConfig } from '../config.ts'
import { formatOption } from '../config/option-value.ts'
import { configFiles, shippedBy } from '../config/shipped.ts'
import { lookAtMachine } from '../preflight/machine.ts'
import { Scrubbed } from './bundle.ts'
import type { Scrubber } from './scrubber.ts'

export function versionsPart(version: string, folder: string) {
  const { system, arch, kernel, glibc, cores, memory, descriptors } = lookAtMachine()
  return {
    hms: version,
    program: folder,
    node: process.version,
    sqlite: process.versions['sqlite'],
    system: system.name,
    release: release(),
    arch,
    kernel,
    glibc,
    cores,
    memory,
    descriptors,
  }
}

/** Values that are in force and not the default; what is wrong where the file cannot be used. Comments stay at home. */
export function settingsPart(home: string, version: string, env: Environment = process.env) {
  const files = configFiles(home, shippedBy(version))
  const reading = readConfig(home, env)
  if (!reading.ok) return { files, problems: reading.problems.map((problem) => describeProblem(problem)) }
  const values = (Object.keys(OPTIONS) as OptionName[]).flatMap((name): [string, string][] => {
    const option: Option = OPTIONS[name]
    const value = formatOption(option, reading.config[name])
    return value === formatOption(option, option.default) ? [] : [[name, value]]
  })
  const variables = Object.keys(env).filter((name) => name.startsWith('HMS_'))
  return { files, notDefault: Object.fromEntries(values), variables }
}

const MOST_FILES = 2000

/** Files with their sizes and rights; bodies of messages are counted only. */
export function filesPart(home: string) {
  const files: { path: string; size: number; mode: string; changed: string }[] = []
  const bodies: Record<string, { files: number; octets: number }> = {}
  let left = 0
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const found = lstatSync(path, { throwIfNoEntry: false })
      if (found === undefined) continue
      const shard = /^spool\/[^/]+$/.exec(relative(home, folder))?.[0]
      if (shard !== undefined) {
        const counted = (bodies[shard] ??= { files: 0, octets: 0 })
        counted.files++
        counted.octets += found.size
      } else if (files.length >= MOST_FILES) left++
      else {
        const mode = (found.mode & 0o7777).toString(8)
        files.push({ path: relative(home, path), size: found.size, mode, changed: found.mtime.toISOString() })
      }
      // Packages of plug-ins are many, and nobody's trouble.
      if (entry.isDirectory() && entry.name !== 'node_modules') walk(path)
    }
  }
  walk(home)
  return { files, bodies, more: left }
}

/** Records that other commands leave in a home, as they are. */
export function recordPart(home: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(home, name), 'utf8'))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

const MOST_ACCOUNTS = 20
const TAIL = 128 * 1024
/** Fields of a processed log (docs/logs.md) that are not just text: caller's ids, recipient, sender. */
const [CLIENT_ID, MAILING, RECIPIENT, SENDER] = [4, 5, 6, 7]

/** The end of the newest processed log of each account, at most twenty accounts. */
export function logsPart(home: string, scrubber: Scrubber): Scrubbed | undefined {
  const lines: string[] = []
  for (const account of namesIn(join(home, 'accounts')).slice(0, MOST_ACCOUNTS)) {
    const folder = join(home, 'accounts', account, 'logfiles')
    const newest = namesIn(folder).findLast((name) => /^\d{8}Processed\.log(\.gz)?$/.test(name))
    if (newest === undefined) continue
    lines.push(`# accounts/${account}/logfiles/${newest}`)
    for (const line of tailOf(join(folder, newest)).split('\n')) if (line !== '') lines.push(processedLine(line, scrubber))
  }
  return lines.length === 0 ? undefined : new Scrubbed(`${lines.join('\n')}\n`)
}

function processedLine(line: string, scrubber: Scrubber): string {
  return line
    .split(' ')
    .map((field, i) => {
      if (field === '-' || field === '<>') return field
      if (i === CLIENT_ID || i === MAILING) return scrubber.value(field, 'clientId')
      return i === RECIPIENT || i === SENDER ? scrubber.address(field) : scrubber.text(field)
    })
    .join(' ')
}

/** The end of a file, from the beginning of a line. */
export function tailOf(file: string): string {
  if (file.endsWith('.gz')) return wholeLines(gunzipSync(readFileSync(file)).subarray(-TAIL).toString('utf8'))
  const fd = openSync(file, 'r')
  try {
    const { size } = fstatSync(fd)
    const block = Buffer.alloc(Math.min(TAIL, size))
    readSync(fd, block, 0, block.length, size - block.length)
    const text = block.toString('utf8')
    return size > block.length ? wholeLines(text) : text
  } finally {
    closeSync(fd)
  }
}

function wholeLines(text: string): string {
  return text.slice(text.indexOf('\n') + 1)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted()
  } catch {
    return []
  }
}
