// config/plugins.yaml as commands change it: an entry of the list, or its place, while everything else of the file, comments too, stays. What
// cannot be read is not written over.
import { readFileSync } from 'node:fs'
import type { Document, YAMLMap, YAMLSeq } from 'yaml'
import { Fault, isMissing, messageOf } from '../../base/fault.ts'
import { late } from '../../base/late.ts'
import { formatDuration, formatSize } from '../../base/quantities.ts'
import type { PluginPlace } from '../../contract/plugin-operations.ts'
import { PLUGIN_DEFAULTS, pluginsFile } from '../../plugins/plugin-spec.ts'
import { writeWhole } from '../config/whole-file.ts'

const yaml = late('yaml')

/** What may be said of one; what is undefined stays as it is. */
export interface EntryChange {
  readonly enabled?: boolean
  readonly accounts?: readonly number[]
  readonly onFailure?: string
  readonly budget?: number
  readonly memory?: number
  /** In place of all. */
  readonly settings?: unknown
  readonly place?: PluginPlace
}

/** One that is not listed comes to the end of the list. */
export function changeEntry(home: string, name: string, change: EntryChange): void {
  write(home, (document, list) => {
    const entry = entryOf(list, name) ?? added(document, list, name)
    const { enabled, accounts, onFailure, budget, memory, settings, place } = change
    const set = (key: string, value: unknown, isUsual: boolean): void => {
      if (isUsual) entry.delete(key)
      else entry.set(key, document.createNode(value))
    }
    if (enabled !== undefined) set('enabled', enabled, enabled)
    if (accounts !== undefined) set('accounts', accounts, accounts.length === 0)
    if (onFailure !== undefined) set('on_failure', onFailure, onFailure === 'continue')
    if (budget !== undefined) set('budget', formatDuration(budget), budget === PLUGIN_DEFAULTS.budget)
    if (memory !== undefined) set('memory', formatSize(memory), memory === PLUGIN_DEFAULTS.memory)
    if (settings !== undefined) set('settings', settings, Object.keys(settings as object).length === 0)
    if (place !== undefined) move(list, entry, place)
  })
}

/** False where it is not listed. */
export function dropEntry(home: string, name: string): boolean {
  let isThere = false
  write(home, (_document, list) => {
    const entry = entryOf(list, name)
    isThere = entry !== undefined
    if (entry !== undefined) list.items.splice(list.items.indexOf(entry), 1)
    return isThere
  })
  return isThere
}

/** `change` gives false where nothing is to be written. */
function write(home: string, change: (document: Document, list: YAMLSeq) => boolean | void): void {
  const path = pluginsFile(home)
  const document = yaml().parseDocument(textOf(path))
  const [error] = document.errors
  if (error !== undefined) throw unreadable(messageOf(error).split('\n')[0] ?? '')
  if (document.contents === null || (yaml().isScalar(document.contents) && document.contents.value === null))
    document.contents = document.createNode([]) as never
  const list: unknown = document.contents
  if (!yaml().isSeq(list)) throw unreadable('it is no list')
  if (change(document as unknown as Document, list) === false) return
  // An empty one is written as [], which a person would go on behind.
  list.flow = list.items.length === 0
  writeWhole(path, document.toString({ lineWidth: 0 }))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return '# Plug-ins, in the order in which they are asked: docs/guides/plugins.md.\n'
    throw error
  }
}

function entryOf(list: YAMLSeq, name: string): YAMLMap | undefined {
  return list.items.find((one): one is YAMLMap => yaml().isMap(one) && one.get('name') === name)
}

function added(document: Document, list: YAMLSeq, name: string): YAMLMap {
  const entry = document.createNode({ name }) as unknown as YAMLMap
  list.items.push(entry)
  return entry
}

function move(list: YAMLSeq, entry: YAMLMap, { first, last, before, after }: PluginPlace): void {
  const other = before ?? after
  const beside = other === undefined ? undefined : entryOf(list, other)
  if (other !== undefined && (beside === undefined || beside === entry))
    throw new Fault('not-found', `There is no other plug-in ${other} in config/plugins.yaml.`, {
      blame: 'caller',
      mend: "'hms plugin ls' lists them.",
    })
  list.items.splice(list.items.indexOf(entry), 1)
  const at = first === true ? 0 : last === true || beside === undefined ? list.items.length : list.items.indexOf(beside)
  list.items.splice(after === undefined ? at : at + 1, 0, entry)
}

function unreadable(why: string): Fault {
  return new Fault('plugins-file', `config/plugins.yaml cannot be read, and was not changed: ${why}.`, {
    blame: 'owner',
    mend: 'Mend it by hand.',
  })
}
