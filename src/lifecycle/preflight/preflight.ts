// Everything that is looked at before an install or an upgrade, in the order in which it is told. Changes nothing, needs
// neither a home nor root; what is measured on a disk is one small file, removed at once.
import { join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import type { Config } from '../../contract/options.ts'
import { checkConfig, describeProblem, type Environment, readConfig } from '../config.ts'
import { configFiles, shippedBy } from '../config/shipped.ts'
import { homeState } from '../home-state.ts'
import type { PreflightCheck, RunningHere } from './check.ts'
import { checkBarrier, checkSpace, lookAtBarrier, nearestFolder } from './disk.ts'
import { checkFormats } from './formats.ts'
import { checkClock, checkDescriptors, checkMemory, checkPlatform, lookAtMachine, workersOf } from './machine.ts'
import { checkNameServer, checkPorts } from './network.ts'
import { checkOwnPlace } from './own-place.ts'
import type { ReleaseManifest } from '../release/manifest.ts'
import { keyFolders, readTrust } from '../release/trust.ts'
import { checkPlugins, type PluginsAsked } from './plugins.ts'
import { checkRelease, type ProgramHere, programStep, type ReleaseToInstall, rootFor } from './release.ts'
import { isWritable, rightsProblems } from './rights.ts'
import { keptFree, stepsOf } from './steps.ts'

export interface PreflightSubject {
  /** Need not exist. */
  readonly home: string
  readonly program: ProgramHere
  /** What is to be installed; without it the machine is looked at for this program. */
  readonly release?: ReleaseToInstall
  readonly running: RunningHere | undefined
  readonly env?: Environment
  /** Plug-ins that may be switched off where they would fail. */
  readonly allow?: readonly string[]
}

/** `told`: hears each check as it is made. */
export async function preflight(subject: PreflightSubject, told: (check: PreflightCheck) => void = () => {}): Promise<PreflightCheck[]> {
  const checks: PreflightCheck[] = []
  const add = (...found: PreflightCheck[]): void => {
    for (const check of found) told(check)
    checks.push(...found)
  }
  const machine = lookAtMachine()
  const state = stateOf(subject.home)
  const exists = state === 'home'
  const { config, check: configuration } = configurationOf(subject, exists)
  const { release, home, program } = subject
  const looked = release === undefined ? { manifest: undefined, checks: [] } : await checkRelease(release, home, exists, program)
  // A server that works with less already is not kept from a newer version by it.
  const ofMachine = (check: PreflightCheck): PreflightCheck => (exists ? Object.assign({}, check, { ok: true }) : check)
  add(...looked.checks, checkPlatform(machine), ofMachine(checkMemory(machine, config)))
  const { manifest } = looked
  const reader = manifest === undefined ? undefined : { of: `version ${manifest.version}`, formats: manifest.formats }
  const formats = await checkFormats(home, config, exists, reader)
  const { conversion } = formats
  const steps = stepsOf({
    home,
    exists,
    config,
    conversion,
    program: programStep(manifest, program),
    workers: workersOf(config, machine.cores),
  })
  add(...checkSpace({ steps, keptFree: keptFree(home, config) }))
  add(ofMachine(checkBarrier(lookAtBarrier(join(home, 'spool')))), ofMachine(checkDescriptors(machine, config)))
  add(...(await checkPorts(config, subject.running)))
  add(checkClock(machine, home), await checkNameServer(config))
  add(...checkPermissions(home, state, config), formats.check)
  // What cannot be read was said.
  if (formats.check.ok) add(await checkOwnPlace(home, config, exists))
  add(await checkPlugins({ home, config, exists, release: toInstall(subject, manifest), allow: subject.allow ?? [] }))
  add(configuration)
  return checks
}

function toInstall({ release, home, program }: PreflightSubject, manifest: ReleaseManifest | undefined): PluginsAsked['release'] {
  if (release === undefined || manifest === undefined) return null
  const trust = readTrust(keyFolders(home), release.unsigned)
  return { manifest, path: release.path, trust, root: rootFor(program) }
}

type HomeState = ReturnType<typeof homeState> | { readonly unusable: Fault }

function stateOf(home: string): HomeState {
  try {
    return homeState(home)
  } catch (error) {
    if (error instanceof Fault) return { unusable: error }
    throw error
  }
}

/** The configuration that a start would use; the defaults where it is wrong, so that all else can be looked at. */
function configurationOf(
  { home, program, env = process.env }: PreflightSubject,
  exists: boolean,
): { config: Config; check: PreflightCheck } {
  const base = { check: 'configuration', needed: 'settings that this version understands' }
  const reading = exists ? readConfig(home, env) : checkConfig('', env)
  if (reading.ok) {
    return {
      config: reading.config,
      check: { ...base, ok: true, ...(exists ? edited(home, program.version) : { found: 'none yet: the defaults', mend: null }) },
    }
  }
  const fallback = checkConfig('', {})
  if (!fallback.ok) throw new Fault('internal', 'The defaults do not fit the options.', { blame: 'owner' })
  const found = reading.problems.map((problem) => describeProblem(problem).replace(/\.$/, '')).join('; ')
  return {
    config: fallback.config,
    check: { ...base, ok: false, found, mend: "Mend the lines named; 'hms config describe' tells every setting." },
  }
}

/** An edited file is kept by an upgrade; what lies beside it from the last one should be merged before the next. */
function edited(home: string, version: string): Pick<PreflightCheck, 'found' | 'mend'> {
  const files = configFiles(home, shippedBy(version))
  const states = files.map(({ file, state, from, guessed }) => `${file} is in order, ${state} since ${from}${guessed ? ' (a guess)' : ''}`)
  const beside = files.flatMap((one) => (one.beside === null ? [] : [one.beside]))
  const mend = beside.length === 0 ? null : `'hms config merge' merges ${beside.join(' and ')} into what you edited.`
  return { found: [...states, ...beside.map((path) => `${path} lies beside it`)].join(', '), mend }
}

function checkPermissions(home: string, state: HomeState, config: Config): PreflightCheck[] {
  const check = 'permissions'
  const needed = 'a home that its user alone can read and write'
  if (typeof state === 'object')
    return [
      { check, ok: false, found: plain(state.unusable.message), needed, mend: state.unusable.mend ?? 'Name another folder with --home.' },
    ]
  if (state === 'other') {
    return [
      {
        check,
        ok: false,
        found: `${home} holds something that is no home of hms`,
        needed,
        mend: 'Name another folder with --home; one that is empty or does not exist yet.',
      },
    ]
  }
  if (state === 'none') {
    const at = nearestFolder(home)
    const ok = isWritable(at)
    const found = ok ? `${home} can be made by ${user()}` : `${user()} may not write in ${at}`
    return [
      {
        check,
        ok,
        found,
        needed: 'a folder in which the home can be made',
        mend: ok ? null : 'Run it as root or as the user that shall own the home, or name another --home.',
      },
    ]
  }
  const problems = rightsProblems(home, config)
  if (problems.length === 0) {
    return [{ check, ok: true, found: `${home}, its secrets and its folders are for their owner alone`, needed, mend: null }]
  }
  return problems.map(({ state: how, what, mend }) => ({ check, ok: how === 'warn', found: plain(what), needed, mend }))
}

function plain(sentence: string): string {
  return sentence.replace(/\.$/, '')
}

function user(): string {
  const uid = process.getuid?.()
  return uid === 0 ? 'root' : `this user (uid ${uid ?? '?'})`
}
