// How long a call of a hook took: most take less than the whole milliseconds that other times are told in.
import { number, span } from '../../texts/format.ts'
import { plugins } from '../../texts/plugins.ts'

const FINE = 10

export const spanOf = (ms: number): string => (ms < FINE ? plugins.milliseconds(number(Math.round(ms * 100) / 100)) : span(ms))
