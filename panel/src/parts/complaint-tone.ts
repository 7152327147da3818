// How a complaint rate is, by what Gmail and Yahoo ask of senders.
import type { Tone } from './layout.tsx'

const GOOD = 0.001
const MOST = 0.003

/** Of 1. */
export const complaintTone = (rate: number): Tone => (rate < GOOD ? 'ok' : rate < MOST ? 'warn' : 'bad')
