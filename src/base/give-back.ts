// Memory of octets that nobody looks at any more, given back at once. To the heap a buffer of a megabyte is an object of a few octets: it is
// found dead when the heap is next looked through for other reasons, and until then the system has given memory for all that passed.

/** They are alone in their memory: what is a part of Node's pool of small buffers throws. Whoever still has them finds none in them. */
export function giveBack(octets: Uint8Array): void {
  const { buffer } = octets
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0)
}
