// What `definePlugin` of the package for plug-ins is where the server runs them: it gives types to what a plug-in says of itself, and
// does nothing to it.
import type { Plugin } from '../../contract/plugins.ts'

export function definePlugin<Settings>(plugin: Plugin<Settings>): Plugin<Settings> {
  return plugin
}
