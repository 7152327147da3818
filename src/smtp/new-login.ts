// What a new SMTP login is made of: a password that nobody guesses, and the verifier that is kept in its place.
import { randomInt } from 'node:crypto'
import type { SmtpCredential } from '../contract/settings.ts'
import { makeVerifier } from './scram.ts'

/** rfc:7677#4 asks for at least 4,096. New passwords are drawn at random, so more would only slow down each login. */
const ITERATIONS = 4096
/** Without characters that are taken for one another. 26 of 32: 130 bits. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const PASSWORD_LENGTH = 26

export function drawPassword(): string {
  return Array.from({ length: PASSWORD_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
}

/** The secret half of a credential. */
export async function verifierFor(password: string): Promise<Omit<SmtpCredential, 'user' | 'account' | 'networks'>> {
  const { salt, iterations, storedKey, serverKey } = await makeVerifier(password, ITERATIONS)
  const text = (octets: Buffer): string => octets.toString('base64')
  return { salt: text(salt), iterations, storedKey: text(storedKey), serverKey: text(serverKey) }
}
