// The package for plug-ins: `definePlugin` and the types of every event and every answer. Both are the server's own: what a plug-in gets of
// this name where the server runs it is the same code.
export { definePlugin } from '../../src/plugins/host/define.ts'
export type * from '../../src/contract/plugins.ts'
