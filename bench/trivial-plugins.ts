// Plug-ins that do nothing, one for each kind of hook: what they cost is what asking and telling them costs.
import type { BenchPlugin } from './hms.ts'

export const TRIVIAL = {
  mail: { hooks: ['from'], code: 'from: () => undefined' },
  message: { hooks: ['received'], code: "received: () => ({ action: 'accept' })" },
  deliveries: {
    hooks: ['domainStart', 'mxStart', 'deferring'],
    code: 'domainStart: () => undefined, mxStart: () => undefined, deferring: () => undefined',
  },
  told: { hooks: ['sent'], code: 'sent: () => undefined' },
  lines: { hooks: ['protocol'], code: 'protocol: () => undefined' },
} as const satisfies Readonly<Record<string, BenchPlugin>>

export type TrivialName = keyof typeof TRIVIAL

export function isTrivial(name: string): name is TrivialName {
  return Object.hasOwn(TRIVIAL, name)
}
