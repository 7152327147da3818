// Plug-ins of a test: a home's folder with their code and config/plugins.yaml, and a set of them that runs.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { machineClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import { PLUGIN_HOOKS } from '../src/contract/plugins.ts'
import { PluginSet, type PluginSetOptions } from '../src/plugins/plugin-set.ts'
import { PATIENCE_MS } from './patience.ts'
import { temporaryFolder } from './spool-samples.ts'

export interface TestPlugin {
  readonly name: string
  readonly hooks: readonly string[]
  /** What stands in `hooks: { … }`, in JavaScript; or, with `export`, the whole file. */
  readonly code: string
  readonly network?: true
  readonly api?: number
  /** Of its entry in config/plugins.yaml. */
  readonly entry?: Readonly<Record<string, unknown>>
}

/** Code of a hook that says what it is told. */
export function telling(hook: string): string {
  return `${hook}: (event, { log }) => { log.info('${hook} ' + JSON.stringify({ id: event.id, kind: event.kind, recipient: event.recipient })) }`
}

/** What hooks said so, in lines of a log. */
export function toldIn(log: string, hook: string): readonly Record<string, unknown>[] {
  return log.split('\n').flatMap((line) => {
    if (!line.includes(`"text":"${hook} {`)) return []
    const { text } = JSON.parse(line) as { readonly text: string }
    return [JSON.parse(text.slice(hook.length + 1)) as Record<string, unknown>]
  })
}

export class PluginHome implements AsyncDisposable {
  readonly folder: string
  readonly lines: string[] = []
  readonly #end = new AsyncDisposableStack()
  #list: Readonly<Record<string, unknown>>[] = []

  constructor(folder?: string) {
    this.folder = folder ?? this.#end.use(temporaryFolder()).path
    mkdirSync(join(this.folder, 'config'), { recursive: true })
  }

  add(plugin: TestPlugin): this {
    const { name, hooks, code, network = false, api = 1, entry } = plugin
    const path = join(this.folder, 'plugins', name)
    mkdirSync(path, { recursive: true })
    const manifest = { name, version: '1.0.0', type: 'module', main: 'index.js', hms: { api, hooks, network } }
    writeFileSync(join(path, 'package.json'), JSON.stringify(manifest))
    const whole = /^(?:import|export) /m.test(code)
    const head = "import { definePlugin } from '@hurricane-mta/plugin'\n"
    writeFileSync(
      join(path, 'index.js'),
      whole ? code : `${head}export default definePlugin({ name: '${name}', apiVersion: 1, hooks: { ${code} } })\n`,
    )
    this.#list = [...this.#list.filter((one) => one['name'] !== name), { name, ...entry }]
    this.write()
    return this
  }

  remove(name: string): void {
    this.#list = this.#list.filter((one) => one['name'] !== name)
    this.write()
    rmSync(join(this.folder, 'plugins', name), { recursive: true, force: true })
  }

  /** JSON is YAML. */
  write(list: unknown = this.#list): void {
    writeFileSync(join(this.folder, 'config', 'plugins.yaml'), JSON.stringify(list))
  }

  async run(more: Partial<PluginSetOptions> = {}): Promise<PluginSet> {
    const log = jsonLog('test', 'debug', (line) => this.lines.push(line))
    const set = await PluginSet.open({
      home: this.folder,
      hooks: PLUGIN_HOOKS,
      seal: () => assert.fail('nothing is sealed here'),
      clock: machineClock,
      log,
      lookEvery: 50,
      startWithin: PATIENCE_MS,
      ...more,
    })
    return this.#end.use(set)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end.disposeAsync()
  }
}
