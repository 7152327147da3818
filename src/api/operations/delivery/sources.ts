// The sources of the rules: what is known of each, and what is done with it by hand. It is remembered over restarts and in the audit.
import type { SourceOut, SourceView } from '../../../contract/source-operations.ts'
import type { RulesDocument, Source } from '../../../contract/rules.ts'
import type { ExitLogin, SourceState } from '../../../contract/settings.ts'
import { exitLoginOf } from '../../../engine/deliver/sources.ts'
import { definitionOf, failuresOf } from '../../../policy/sources/pools.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const MOST_FAILURES = 20
/** Octets of a user and of a password (rfc:1929#2). */
const MOST_LOGIN = 255

export function sourceOperations(context: OperationContext): Omit<OperationsOf<'sources'>, 'sources.listed' | 'sources.reverse'> {
  const { settings, workers, now, by } = context
  const known = (name: string): { readonly source: Source; readonly state: SourceState | undefined } => {
    const { rules, sourceStates } = settings.read()
    const { sources } = rules.document
    const source = Object.hasOwn(sources, name) ? sources[name] : undefined
    if (source === undefined) throw refused(`There is no source ${name} in the rules.`, "'hms sources ls' lists them.", 'not-found')
    return { source, state: sourceStates.find((one) => one.source === name) }
  }
  const put = async (state: SourceState, what: string): Promise<SourceState> => {
    settings.putSourceState(state, by)
    settings.note(by, `source ${what}`, state.note === '' ? state.source : `${state.source}: ${state.note}`)
    return state
  }
  /** By hand: `hand` from now on. */
  const handle =
    (hand: SourceState['hand'], what: string) =>
    async (values: unknown): Promise<SourceState> => {
      const params = new Params(values)
      const name = params.text('source', 100)
      const note = params.optional('note', (given) => given.text('note', 200)) ?? ''
      params.done()
      const { source, state } = known(name)
      const before = { failures: state === undefined ? [] : failuresOf(source, state), checkedAt: state?.checkedAt ?? null }
      return put({ source: name, hand, note, by, at: now(), ...before, checked: definitionOf(source) }, what)
    }
  return {
    'sources.list': async (values) => {
      new Params(values).done()
      const { rules, sourceStates, exitLogins } = settings.read()
      const out = (await workers.all('sources.list', {})).flat()
      return viewsOf(rules.document, { states: sourceStates, logins: exitLogins, out })
    },
    'sources.suspend': handle('suspended', 'suspended'),
    'sources.drain': handle('draining', 'drained'),
    'sources.resume': handle(null, 'resumed'),
    'sources.force': handle('forced', 'forced'),
    ...loginOperations(context, (name) => known(name).source),
    'sources.checked': async (values) => {
      const params = new Params(values)
      const name = params.text('source', 100)
      const failures = params.list('failures', MOST_FAILURES).map((one) => String(one).slice(0, 300))
      params.done()
      const { source, state } = known(name)
      const hand = { hand: state?.hand ?? null, note: state?.note ?? '', by: state?.by ?? by, at: state?.at ?? now() }
      const what = failures.length === 0 ? 'passed the check' : 'failed the check'
      return put({ source: name, ...hand, failures, checkedAt: now(), checked: definitionOf(source) }, what)
    },
  }
}

/** Logins at exits. */
function loginOperations(
  { settings, by }: OperationContext,
  sourceOf: (name: string) => Source,
): Pick<OperationsOf<'sources'>, 'sources.login' | 'sources.logout'> {
  return {
    'sources.login': async (values) => {
      const params = new Params(values)
      const name = params.text('source', 100)
      const [user, password] = [params.text('user', MOST_LOGIN), params.text('password', MOST_LOGIN)]
      params.done()
      const source = sourceOf(name)
      if (source.kind !== 'proxy' || !/^socks5:/i.test(source.proxy))
        throw refused(`The source ${name} is no exit by SOCKS5: only those have a login.`, "In the rules: proxy: 'socks5://host:port'.")
      const long = [user, password].some((text) => Buffer.byteLength(text) > MOST_LOGIN)
      if (long) throw refused(`The user and the password of an exit have at most ${MOST_LOGIN} octets each.`)
      settings.putExitLogin({ source: name, proxy: source.proxy, user, password }, by)
      return { source: name, user }
    },
    'sources.logout': async (values) => {
      const params = new Params(values)
      const name = params.text('source', 100)
      params.done()
      return { removed: settings.removeExitLogin(name, by) }
    },
  }
}

interface KnownOfSources {
  readonly states: readonly SourceState[]
  readonly logins: readonly ExitLogin[]
  readonly out: readonly SourceOut[]
}

function viewsOf({ sources, pools }: RulesDocument, { states, logins, out }: KnownOfSources): readonly SourceView[] {
  return Object.entries(sources).map(([name, source]) => {
    const state = states.find((one) => one.source === name)
    const its = out.filter((one) => one.source === name)
    const [first] = its.toSorted((a, b) => a.since - b.since)
    return {
      name,
      source,
      pools: Object.entries(pools).flatMap(([pool, weights]) => {
        const weight = Object.hasOwn(weights, name) ? weights[name] : undefined
        return weight === undefined ? [] : [{ pool, weight }]
      }),
      hand: state?.hand ?? null,
      by: state?.by ?? null,
      at: state?.at ?? null,
      note: state?.note ?? '',
      failures: state === undefined ? [] : failuresOf(source, state),
      checkedAt: state?.checkedAt ?? null,
      login: exitLoginOf({ name, source }, logins)?.user ?? null,
      out: first === undefined ? null : { reason: first.reason, since: first.since, until: Math.max(...its.map(({ until }) => until)) },
    }
  })
}
