// Plug-ins: added, listed with how they do at the workers, switched, set and removed.
import { PLUGIN_FAILURES, type PluginPlace, type PluginView } from '../../../contract/plugin-operations.ts'
import type { PluginChange } from '../../../engine/ports/plugins.ts'
import { pluginsTogether } from '../../../plugins/together.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'
import { octetsOf } from '../server/uploads.ts'

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/
const MOST_ARCHIVE = 16 * 1024 * 1024
const MOST_ACCOUNTS = 1000
const MOST_KEYS = 100
const LONGEST_KEY = 200
const MOST_VALUES = 64 * 1024
const BUDGETS = { least: 10, most: 60_000 }
const MEMORIES = { least: 96 * 1024 * 1024, most: 16 * 1024 * 1024 * 1024 }
const USUAL_LINES = 200

export function pluginOperations(context: OperationContext): OperationsOf<'plugin'> {
  const { plugins } = context
  return {
    'plugin.list': async (values) => {
      new Params(values).done()
      return listed(context)
    },
    'plugin.add': async (values) => {
      const params = new Params(values)
      const archive = octetsOf(params.raw('archive'), 'archive', MOST_ARCHIVE)
      const name = params.optional('name', nameFrom) ?? null
      const enabled = params.optional('enabled', () => params.flag('enabled')) ?? true
      params.done()
      return shown(context, await plugins.add(archive, { name, enabled }))
    },
    'plugin.set': async (values) => {
      const params = new Params(values)
      const name = nameFrom(params)
      const change = changeFrom(params)
      params.done()
      for (const account of change.accounts ?? []) existingAccount(context.settings.read(), account)
      await plugins.set(name, change)
      return shown(context, name)
    },
    'plugin.settings': async (values) => plugins.settings(onlyName(values)),
    'plugin.settings.set': async (values) => {
      const params = new Params(values)
      const name = nameFrom(params)
      const wanted = params.optional('values', () => valuesFrom(params.raw('values'))) ?? {}
      const unset = params.optional('unset', () => params.list('unset', MOST_KEYS).map(keyFrom)) ?? []
      params.done()
      return plugins.setSettings(name, wanted, unset)
    },
    'plugin.log': async (values) => {
      const params = new Params(values)
      const name = nameFrom(params)
      const limit = params.optional('limit', () => params.count('limit', { least: 1, most: 1000 })) ?? USUAL_LINES
      params.done()
      existing(plugins.list(), name)
      const { answers } = await context.workers.some('plugins.log', { name })
      const lines = answers.flatMap(({ slot, lines: own }) => own.map(({ at, level, text }) => ({ at, level, text, slot })))
      const beside = plugins.lines(name).map(({ at, level, text }) => ({ at, level, text, slot: null }))
      return { lines: [...lines, ...beside].toSorted((a, b) => a.at - b.at).slice(-limit) }
    },
    'plugin.remove': async (values) => ({ removed: await plugins.remove(onlyName(values)) }),
  }
}

async function listed({ plugins, workers, live }: OperationContext): Promise<readonly PluginView[]> {
  const here = plugins.list()
  if (!live().running || here.length === 0) return here
  const { answers } = await workers.some('plugins.list', {})
  const seen = pluginsTogether([...answers.flat(), ...plugins.seen()])
  return here.map((one): PluginView => {
    const found = one.enabled ? seen.get(one.name) : undefined
    return found === undefined ? one : Object.assign({}, one, { seen: found })
  })
}

async function shown(context: OperationContext, name: string): Promise<PluginView> {
  return existing(await listed(context), name)
}

function existing<P extends { readonly name: string }>(plugins: readonly P[], name: string): P {
  const found = plugins.find((one) => one.name === name)
  if (found === undefined) throw refused(`There is no plug-in ${name}.`, "'hms plugin ls' lists them.", 'not-found')
  return found
}

function onlyName(values: unknown): string {
  const params = new Params(values)
  const name = nameFrom(params)
  params.done()
  return name
}

function nameFrom(params: Params): string {
  const name = params.text('name', 100)
  if (NAME.test(name)) return name
  throw refused('The name of a plug-in has a-z, 0-9, dot, hyphen and underscore, at most 63 of them.')
}

function changeFrom(params: Params): PluginChange {
  const optional: Params['optional'] = params.optional.bind(params)
  const enabled = optional('enabled', () => params.flag('enabled'))
  const accounts = optional('accounts', () => params.accounts('accounts', MOST_ACCOUNTS))
  const onFailure = optional('onFailure', () => params.choice('onFailure', PLUGIN_FAILURES))
  const budget = optional('budget', () => params.count('budget', BUDGETS))
  const memory = optional('memory', () => params.count('memory', MEMORIES))
  const place = optional('place', () => placeFrom(params.raw('place')))
  return {
    ...(enabled !== undefined && { enabled }),
    ...(accounts !== undefined && { accounts }),
    ...(onFailure !== undefined && { onFailure }),
    ...(budget !== undefined && { budget }),
    ...(memory !== undefined && { memory }),
    ...(place !== undefined && { place }),
  }
}

function placeFrom(value: unknown): PluginPlace {
  const params = new Params(value, 'place')
  const place: PluginPlace = {
    ...(params.flag('first') && { first: true }),
    ...(params.flag('last') && { last: true }),
    ...(params.has('before') && { before: params.text('before', 100) }),
    ...(params.has('after') && { after: params.text('after', 100) }),
  }
  params.done()
  if (Object.keys(place).length !== 1) throw refused('place says one of first, last, before and after.')
  return place
}

function valuesFrom(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused('values must be an object.')
  const entries = Object.entries(value)
  if (entries.length > MOST_KEYS || JSON.stringify(value).length > MOST_VALUES)
    throw refused(`values has more than ${MOST_KEYS} members, or more than ${MOST_VALUES} characters of JSON.`)
  for (const [key] of entries) keyFrom(key)
  return value as Readonly<Record<string, unknown>>
}

function keyFrom(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= LONGEST_KEY && !/[\r\n\0]/.test(value)) return value
  throw refused('The name of a setting is a text of at most 200 characters in one line.')
}
