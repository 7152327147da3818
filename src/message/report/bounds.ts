// What is read of a message that came back, at most. Anyone can send one: whatever it holds, reading it takes a few milliseconds and a
// few megabytes, and what lies beyond these numbers is as if it were not there.

/** Octets of a message. */
export const MOST_OCTETS = 512 * 1024
/** Octets of a message that carries an archive of sums (DMARC, TLS-RPT): they are one long attachment. */
export const MOST_ARCHIVE_OCTETS = 8 * 1024 * 1024
export const MOST_PARTS = 200
/** Multiparts and messages in one another. */
export const DEEPEST = 12
export const MOST_FIELDS = 1000
/** Octets of one field. */
export const LONGEST_FIELD = 16 * 1024
export const MOST_RECIPIENTS = 1000
/** Characters of one part that are looked through. */
export const MOST_TEXT = 64 * 1024
/** Characters of a diagnostic. */
export const LONGEST_DIAGNOSTIC = 2000
/** Characters of the text that the classifier is given. */
export const MOST_SAID = 8000
