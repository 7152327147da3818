// Text that strangers wrote: replies, subjects, addresses, names. What cannot be seen in it, or turns the order of what is read, is written out
// (`\u202e`), as hms does on a terminal.
export { visible, visibleLines } from '../../../src/cli/output/visible.ts'
