/** A request's place in a distributed trace. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** The field for the next hop: same trace and flags, our own span. */
  readonly header: string
}

/**
 * Continues a valid incoming `traceparent` (W3C Trace Context §3.2); one that is not valid is as good as
 * absent (§3.2.2.2 and §4.3), then no trace is started here.
 *
 * @param spanId gives 16 hexadecimal digits
 */
export function continueTrace(traceparent: string | null, spanId: () => string): Trace | undefined {
  if (traceparent === null) return undefined
  const [, version, traceId, parentId, flags, rest] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(parentId!)) {
    return undefined
  }
  if (version === '00' && rest !== '') return undefined
  return { traceId, header: `00-${traceId}-${spanId()}-${flags}` }
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(|-.*)$/
